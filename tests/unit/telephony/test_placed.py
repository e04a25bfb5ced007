"""Names of calls that Hotline places itself."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import CallId
from telephony.model import Direction
from telephony.placed import direction_of, new_call, placed_at

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@given(st.integers(0, 2**64 - 1))
def test_a_call_that_is_placed_tells_when_and_finds_one_of_a_hundred_locks(chance: int) -> None:
    call = new_call(NOON, chance)
    assert (direction_of(call), placed_at(call)) == (Direction.OUT, NOON)
    assert call[-2:].isdecimal()


def test_a_call_that_came_in_was_placed_by_nobody_here() -> None:
    call = CallId("hotline-1795390240.0")
    assert (direction_of(call), placed_at(call)) == (Direction.IN, None)
