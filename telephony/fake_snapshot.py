"""What is alive in the fake switch, as snapshots say it."""

from collections.abc import Mapping
from typing import TypedDict

from kernel.ids import CallId, LegId
from telephony.fake_line import FakeCall, FakeLeg
from telephony.model import LiveCall, LiveLeg, LiveWatch, Watch


class Alive(TypedDict):
    """Parts of a snapshot."""

    calls: tuple[LiveCall, ...]
    legs: tuple[LiveLeg, ...]
    watches: tuple[LiveWatch, ...]


def all_alive(
    calls: Mapping[CallId, FakeCall], legs: Mapping[LegId, FakeLeg], watches: Mapping[LegId, Watch]
) -> Alive:
    """Everybody who is on the phone."""
    with_callers = {leg for call in calls.values() for leg in (call.talks_with, call.also_with)}
    return {
        "calls": tuple(
            LiveCall(
                arrival=call.arrival,
                mark=call.mark,
                talks_with=call.talks_with,
                is_answered=call.placed_for is None,
            )
            for call in calls.values()
        ),
        "legs": tuple(_leg(leg, found, is_with_caller=leg in with_callers) for leg, found in legs.items()),
        "watches": tuple(_watch(watch) for watch in watches.values()),
    }


def _leg(leg: LegId, found: FakeLeg, *, is_with_caller: bool) -> LiveLeg:
    return LiveLeg(
        leg=leg,
        call=found.ring.call,
        agent=found.ring.agent,
        device=found.ring.device,
        is_answered=found.is_answered,
        is_holding=found.is_holding,
        asked_by=found.ring.asked_by,
        is_with_caller=is_with_caller,
        is_with_leg=found.is_with_leg,
        dials=found.ring.dials,
    )


def _watch(watch: Watch) -> LiveWatch:
    return LiveWatch(
        leg=watch.leg, watched=watch.watched, call=watch.call, agent=watch.agent, mode=watch.mode
    )
