"""What is sure enough to be told to callers who wait; how true it is, the simulated days tell."""

from datetime import datetime

import pytest

from acd.announcing import Announcing
from acd.engine.effects import Effect
from acd.engine.expected_wait import Movement, Newcomers, Rate
from acd.engine.inputs import GiveBoost, Input, SetState
from acd.engine.promise_inputs import CancelPromise
from acd.engine.waiting import waiting_of
from acd.model import AgentState, QueueRules, StickyRules
from acd.outlooks import Outlooks
from acd.settings import AcdSettings
from kernel.events import Event
from kernel.ids import AgentId, CallId, QueueId, SkillId
from telephony.model import Boost, BoostSource
from tests.unit.acd.called_back import CALLING, accept, not_reached, promised
from tests.unit.acd.floor import SALES, Floor, rules

SETTINGS = AcdSettings(outlook_seen_min_s=60.0)
BACKUP = QueueId("backup")
ANNOUNCING = Announcing(every_s=30, first_s=30)


class Watched(Floor):
    """A floor whose callers may be told something."""

    def __init__(self, *, others: tuple[QueueRules, ...] = (), **of_queue: object) -> None:
        self.outlooks: Outlooks | None = None
        super().__init__(rules(wrap_up_s=0.0, **{"announcing": ANNOUNCING, **of_queue}), *others)  # type: ignore[arg-type]
        self.outlooks = Outlooks(self.engine.world, Watch(self), SETTINGS)

    def do(self, event: Input) -> list[Effect]:
        effects = super().do(event)
        for effect in effects:
            if self.outlooks and isinstance(effect, Event):
                self.outlooks.note(effect)
        return effects

    def tells(self, call: CallId) -> tuple[int | None, float | None]:
        assert self.outlooks
        found = self.outlooks.of(call)
        assert found
        return found.position, found.expected_s

    def busy_hour(self, served: int = 80) -> list[CallId]:
        """One agent, who takes a caller every ten seconds from a line of forty."""
        self.agent(1)
        calls = [self.call(f"c{number}") for number in range(served + 40)]
        for call in calls[:served]:
            self.serve(call)
        return calls[served:]


class Watch:
    """The floor's time as a clock."""

    def __init__(self, floor: Floor) -> None:
        self._floor = floor

    def now(self) -> datetime:
        return self._floor.at

    def monotonic(self) -> float:
        return self._floor.seconds


def test_a_regular_line_is_told_as_it_moves() -> None:
    floor = Watched()
    waiting = floor.busy_hour()
    position, expected_s = floor.tells(waiting[30])
    assert position == 31
    assert expected_s == pytest.approx(300, rel=0.05)


def test_who_is_about_to_be_served_is_told_no_wait_for_one_talk_alone_is_never_sure() -> None:
    floor = Watched()
    waiting = floor.busy_hour()
    assert floor.tells(waiting[1]) == (2, None)


@pytest.mark.parametrize(
    ("changes", "position", "waits"),
    [
        pytest.param({"tells_position": False}, None, True, id="no position"),
        pytest.param({"tells_wait": False}, 31, False, id="no wait"),
    ],
)
def test_what_a_queue_does_not_want_told_is_not(
    changes: dict[str, bool], position: int | None, *, waits: bool
) -> None:
    floor = Watched(announcing=Announcing(every_s=30, first_s=30, **changes))  # type: ignore[arg-type]
    found = floor.tells(floor.busy_hour()[30])
    assert (found[0], found[1] is not None) == (position, waits)


def test_no_place_is_told_that_later_callers_may_take() -> None:
    floor = Watched(boosts_s={"vip": 3600.0})
    waiting = floor.busy_hour()
    assert floor.tells(waiting[30])[0] == 31
    floor.call("vip", level="vip")
    assert floor.tells(waiting[30])[0] is None


def test_no_place_is_told_while_the_agents_have_older_callers_of_another_queue() -> None:
    floor = Watched(others=(rules(BACKUP),))
    floor.agent(2, SALES, BACKUP)
    old = floor.call("old", BACKUP)
    floor.answer(old)
    floor.call("older", BACKUP)
    waiting = floor.busy_hour()
    assert floor.tells(waiting[30])[0] is None
    floor.hang_up(CallId("older"))
    assert floor.tells(waiting[30])[0] == 31
    floor.call("younger", BACKUP)
    assert floor.tells(waiting[30])[0] == 31


def test_nothing_is_told_of_callers_who_wait_for_other_skills_or_for_their_own_agent() -> None:
    floor = Watched(sticky=StickyRules(hold_s=3600, least_chance=0, is_capped_by_service_level=False))
    waiting = floor.busy_hour()
    held = floor.call("held", sticky_agent=AgentId(1))
    assert floor.engine.world.calls[held].held_for == 1
    assert floor.tells(held) == (None, None)
    assert floor.tells(waiting[30]) != (None, None)
    english = floor.call("english", needs={SkillId("english"): 1})
    assert floor.tells(english) == (None, None)
    assert floor.tells(waiting[30]) == (None, None), "who is served next depends on the agent"


def test_nothing_is_told_while_nobody_goes_on_serving() -> None:
    floor = Watched()
    waiting = floor.busy_hour()
    floor.wait(2)
    floor.do(SetState(agent=AgentId(1), state=AgentState.ON_BREAK))
    assert floor.tells(waiting[30]) == (None, None)


def test_a_caller_pulled_forward_by_a_supervisor_is_told_the_new_place() -> None:
    floor = Watched()
    waiting = floor.busy_hour()
    floor.do(GiveBoost(call=waiting[30], seconds=3600.0))
    assert floor.tells(waiting[30])[0] == 1


def test_queues_that_tell_nothing_tell_nothing() -> None:
    floor = Watched(announcing=None)
    waiting = floor.busy_hour()
    assert floor.outlooks
    assert floor.outlooks.of(waiting[5]) is None
    assert floor.outlooks.of(CallId("unheard of")) is None


@pytest.mark.parametrize("announcing", [ANNOUNCING, None])
def test_supervisors_read_the_wait_that_callers_are_told_and_also_one_that_is_not_sure(
    announcing: Announcing | None,
) -> None:
    floor = Watched(announcing=announcing)
    waiting = floor.busy_hour()
    assert floor.outlooks

    def read(call: CallId) -> float | None:
        assert floor.outlooks
        found = waiting_of(floor.engine.world, call, floor.now)
        return floor.outlooks.reckoned(found).expected_s if found else None

    assert read(waiting[30]) == pytest.approx(300, rel=0.05)
    assert read(waiting[1]) == pytest.approx(10, rel=0.1)
    if announcing:
        assert floor.tells(waiting[30])[1] == read(waiting[30])
        assert floor.tells(waiting[1])[1] is None
    floor.do(SetState(agent=AgentId(1), state=AgentState.ON_BREAK))
    floor.wait(2)
    assert read(waiting[30]) is None


def test_boosts_of_all_amounts_are_forgotten_in_time() -> None:
    floor = Watched()
    assert floor.outlooks
    for number in range(600):
        floor.hang_up(floor.call(f"c{number}", boosts=(Boost(BoostSource.LOST_WAIT, float(number)),)))
        floor.wait(60)
    (past,) = floor.outlooks._pasts.values()
    assert len(past.classes) < 300


def test_a_wait_without_end_is_not_told() -> None:
    moved = Movement(taken=60, busy_s=600, squares=6000, serving=1, seen_s=0.0)
    endless = [Newcomers(per_s=0.2, for_s=float("inf"))]
    assert moved.estimate(30, endless, 0.0, SETTINGS) is None
    fair = moved.estimate(30, [Newcomers(per_s=0.05, for_s=float("inf"))], 0.0, SETTINGS)
    assert fair
    assert fair.wait_s == pytest.approx(620, rel=0.02), "as long again, for every second place is taken"
    assert fair.overtakers == pytest.approx(31, rel=0.02)


def test_callers_who_give_up_shorten_the_wait_of_those_behind() -> None:
    steady = Movement(taken=60, busy_s=600, squares=6000, serving=1, seen_s=0.0)
    leaving = Movement(taken=60, busy_s=600, squares=6000, serving=1, seen_s=0.0, left=10, waited_s=1000)
    patient, hurried = (moved.estimate(9, [], 0.0, SETTINGS) for moved in (steady, leaving))
    assert patient
    assert hurried
    assert patient.wait_s == pytest.approx(100)
    assert hurried.wait_s == pytest.approx(sum(1 / (0.1 + place * 0.01) for place in range(10)))


def test_a_rate_is_right_from_the_first_hour_on() -> None:
    rate = Rate()
    for second in range(0, 600, 10):
        rate.note(second, memory_s=1800)
    assert rate.per_s(600, 0, memory_s=1800) == pytest.approx(0.1, rel=0.02)


def test_who_would_rather_be_called_back_has_not_given_up_and_stays_before_those_behind() -> None:
    floor, same = Watched(), Watched()
    waiting = floor.busy_hour()
    assert same.busy_hour() == waiting
    for number, call in enumerate(waiting[5:25], 1):
        promised(floor, call, number, numbers=())
    assert floor.tells(waiting[30]) == same.tells(waiting[30])
    assert floor.tells(waiting[30])[0] == 31


def test_who_is_not_called_back_after_all_has_left_the_line_like_who_gives_up() -> None:
    floor, same = Watched(), Watched()
    waiting = floor.busy_hour()
    assert same.busy_hour() == waiting
    for number, call in enumerate(waiting[5:25], 1):
        floor.do(CancelPromise(call=promised(floor, call, number, numbers=())))
        same.hang_up(call)
    assert floor.tells(waiting[30]) == same.tells(waiting[30])
    assert floor.tells(waiting[30])[0] == 11


def test_agents_who_are_idle_while_a_customer_is_not_to_be_called_yet_are_not_slow() -> None:
    floor, same = Watched(callback=CALLING), Watched(callback=CALLING)
    for each in (floor, same):
        for call in each.busy_hour():
            each.serve(call)
        each.serve(each.call("busy"))
    agents_own = floor.call("talks")
    floor.answer(agents_own)
    call = promised(floor, floor.call("later"))
    floor.hang_up(agents_own)
    accept(floor, call)
    not_reached(floor, call)
    floor.wait(200)
    for each in (floor, same):
        each.serve(each.call("next"))
    assert pace(floor) == pytest.approx(pace(same), rel=0.1)


def pace(floor: Watched) -> float:
    assert floor.outlooks
    (past,) = floor.outlooks._pasts.values()
    return past.movement.taken / past.movement.busy_s
