"""Whole days with everything going wrong now and then; the seed is in the test's name.

`SIM_DAYS=500 ./hotline test tests/sim/test_days.py` goes through so many days instead of a few.
"""

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from acd.model import Exit
from acd.promises import PromiseEnd
from acd.reserves import Help
from tests.sim.day import Day
from tests.sim.vanishing import Vanishing

DAYS = int(os.environ.get("SIM_DAYS", "3"))
MENDED = (0, 4, 18, 29, 40, 65, 81, 85, 1000)
"""Days that once showed a mistake."""
FEW_HELPS = 20
"""As many as a single day may have."""
SEEDS = sorted({*range(100, 100 + DAYS), *MENDED})


@pytest.fixture(scope="module")
def helps() -> Iterator[Counter[Help]]:
    """How often it came how far with a reserve. Not every day has all; the days together do."""
    seen: Counter[Help] = Counter()
    yield seen
    assert seen.total() < FEW_HELPS or set(seen) == set(Help)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_day_of_mishaps_breaks_no_rule_and_leaves_nobody_behind(seed: int, helps: Counter[Help]) -> None:
    day = Day(seed, keys_are_pressed=seed not in MENDED)

    day.run()

    told = day.server.history
    assert day.switch.rings > 300
    assert day.staff.sent_on > 20
    assert told.holds > 100
    assert Exit.TIMEOUT in told.exits
    assert (Exit.KEY in told.exits) == (seed not in MENDED)
    assert bool(day.server.helps) == (seed not in MENDED)
    helps.update(day.server.helps)
    assert day.switch.calls == day.switch.legs == {}
    world = day.server.engine.world
    assert world.calls == world.offers == {}
    assert world.talked_and_left == {}
    assert all(len(line.places) == 0 for line in world.lines.values())
    _each_call_ended_once(day)


@pytest.mark.parametrize("seed", sorted({*range(200, 200 + DAYS), 214, 219, 236}))
def test_on_a_day_of_mishaps_customers_are_called_back_at_their_places_once_at_a_time(seed: int) -> None:
    day = Day(seed, keys_are_pressed=True, callbacks=True)

    day.run()

    assert day.called_back is not None
    day.called_back.check()
    assert day.called_back.made > 80
    assert day.called_back.relied > 3
    assert set(day.called_back.ends.values()) >= set(PromiseEnd) - {PromiseEnd.FORBIDDEN}
    assert day.switch.calls == day.switch.legs == {}
    world = day.server.engine.world
    assert world.calls == world.offers == world.absent == world.promised == {}


@pytest.mark.parametrize("seed", range(400, 400 + DAYS))
def test_promises_are_kept_or_ended_though_who_is_reserved_vanishes_while_the_customer_is_called(
    seed: int,
) -> None:
    day = Day(seed, keys_are_pressed=True, callbacks=True)
    assert day.called_back is not None
    vanishing = day.called_back.vanishing = Vanishing(day.time, day.switch, day.server)

    day.run()

    day.called_back.check()
    assert vanishing.was_gone > 1
    world = day.server.engine.world
    assert day.switch.calls == day.switch.legs == {}
    assert world.calls == world.offers == world.absent == world.promised == {}


@pytest.mark.parametrize("seed", sorted({*range(300, 300 + DAYS), 307, 318, 319}))
def test_on_a_day_of_mishaps_agents_who_call_customers_are_free_afterwards(seed: int) -> None:
    day = Day(seed, own_calls=True)

    day.run()

    assert day.own_calls is not None
    day.own_calls.check()
    assert len(day.own_calls.answered) > 5
    assert day.own_calls.vanishing.was_gone > 1
    assert day.switch.calls == day.switch.legs == {}
    world = day.server.engine.world
    assert world.calls == world.offers == {}
    assert not any(agent.is_dialling for agent in world.agents.values())
    _each_call_ended_once(day)


def _each_call_ended_once(day: Day) -> None:
    """In one outcome, and that is the true one where the server heard of it."""
    told, unheard = day.server.history, day.server.unheard
    came = [call for call in day.callers.all_calls if call in told.calls or call in day.callers.turned_away]
    outcomes = day.outcomes()
    assert len(came) > 350
    assert [call for call in came if len(outcomes[call]) > 1] == []
    assert [call for call in came if not outcomes[call] and call not in unheard] == []
    served = {call for call in came if outcomes[call] == ["served"]}
    assert served - unheard == day.switch.talked & set(day.callers.all_calls) - unheard
    assert set(told.abandoned.values()) == {1}
