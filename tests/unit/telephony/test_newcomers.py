"""Calls that come while the picture of the switch is being taken."""

from datetime import UTC, datetime

from kernel.ids import CallId
from telephony.asterisk.status import with_newcomers
from telephony.model import Arrival, LiveCall, Snapshot


def _arrival(call: str) -> Arrival:
    return Arrival(
        call=CallId(call),
        at=datetime(2026, 11, 22, 9, tzinfo=UTC),
        caller_number="+8613800138000",
        caller_name="张伟",
        dialled="4008009000",
        trunk="network",
    )


def _picture(*calls: str) -> Snapshot:
    live = tuple(LiveCall(arrival=_arrival(call), mark=None, talks_with=None) for call in calls)
    return Snapshot(boot_id="b", calls=live, legs=(), registered=frozenset())


def _calls(picture: Snapshot) -> list[str]:
    return [live.arrival.call for live in picture.calls]


def test_a_call_that_the_picture_just_missed_is_alive() -> None:
    assert _calls(with_newcomers(_picture("a"), [_arrival("b")], ended=set())) == ["a", "b"]


def test_a_call_that_the_picture_has_is_there_once() -> None:
    assert _calls(with_newcomers(_picture("a"), [_arrival("a")], ended=set())) == ["a"]


def test_a_call_that_came_and_went_meanwhile_is_not_brought_back() -> None:
    assert _calls(with_newcomers(_picture(), [_arrival("b")], ended={"b"})) == []
