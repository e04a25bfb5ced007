"""Made-up pictures of the switch, and in which state the drill takes their calls to be."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from drill.switch_view import SwitchView
from kernel.ids import AgentId, CallId, DeviceId, LegId
from telephony.model import Arrival, CallMark, LiveCall, LiveLeg, LiveWatch, Phase, WatchMode

CALL, ASKING, ASKED, HEARING = CallId("a"), LegId("leg-a-1"), LegId("leg-a-2"), LegId("leg-a-3")
ARRIVAL = Arrival(
    call=CALL,
    at=datetime(2026, 11, 20, 4, 0, tzinfo=UTC),
    caller_number="+8613920000001",
    caller_name="",
    dialled="4000",
    trunk="network",
)
LI = LiveLeg(leg=ASKING, call=CALL, agent=AgentId(7), device=DeviceId("d7"), is_answered=True)
WANG = LiveLeg(
    leg=ASKED, call=CALL, agent=AgentId(8), device=DeviceId("d8"), is_answered=True, asked_by=ASKING
)
WITH_LI, WITH_WANG = replace(LI, is_with_caller=True), replace(WANG, is_with_caller=True)
CHEN = LiveWatch(leg=HEARING, watched=ASKING, call=CALL, agent=AgentId(9), mode=WatchMode.LISTEN)


def _call(phase: Phase, talks_with: LegId | None = None) -> LiveCall:
    return LiveCall(arrival=ARRIVAL, mark=CallMark(phase=phase), talks_with=talks_with)


@pytest.mark.parametrize(
    ("view", "state"),
    [
        (SwitchView((_call(Phase.MENU),), ()), "menu"),
        (SwitchView((_call(Phase.WAITING),), ()), "waiting"),
        (SwitchView((_call(Phase.WAITING),), (LI,)), "ringing"),
        (SwitchView((_call(Phase.TALKING, ASKING),), (WITH_LI,)), "talking"),
        (SwitchView((_call(Phase.TALKING, ASKING),), (replace(WITH_LI, is_holding=True),)), "held"),
        (SwitchView((_call(Phase.HELD),), (LI, replace(WANG, is_with_leg=ASKING))), "consulting"),
        (SwitchView((_call(Phase.TALKING, ASKING),), (WITH_LI, WITH_WANG)), "three_way"),
        (SwitchView((_call(Phase.TALKING, ASKING),), (WITH_LI,), (CHEN,)), "supervised"),
        (SwitchView((_call(Phase.TALKING, ASKING),), (WITH_LI,), (replace(CHEN, mode=None),)), "talking"),
        (SwitchView((_call(Phase.HELD),), (LI, WANG)), ""),
    ],
)
def test_a_call_stands_where_its_legs_show(view: SwitchView, state: str) -> None:
    assert [call.arrival.call for call in view.in_state(state)] == [CALL]


def test_who_talks_with_whom_is_known_by_the_callers_number() -> None:
    view = SwitchView((_call(Phase.TALKING, ASKING),), (WITH_LI, WITH_WANG))
    assert view.agents() == {"+8613920000001": (AgentId(7), CALL)}
