"""Whole days with everything going wrong now and then; the seed is in the test's name."""

import pytest

from acd.model import Exit
from tests.sim.day import Day


@pytest.mark.parametrize("seed", range(12))
def test_a_day_of_mishaps_breaks_no_rule_and_leaves_nobody_behind(seed: int) -> None:
    day = Day(seed)

    day.run()

    assert day.rings > 300
    assert set(day.exits) == set(Exit)
    assert day.calls == {}
    assert max(day.ends.values()) == 1, "a call's end was told twice"
    world = day.engine.world
    assert world.calls == {}
    assert world.offers == {}
    assert all(len(line.places) == len(line.arrivals) == 0 for line in world.lines.values())
