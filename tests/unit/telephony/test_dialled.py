"""Customers whose phones ring while the connection to Asterisk is lost and found again."""

from datetime import UTC, datetime

from panoramisk.message import Message

from kernel.ids import AgentId, CallId, LegId
from telephony.asterisk.dialled import Dialled
from telephony.events import CallEnded
from telephony.model import Arrival, CallMark, CallOut, Direction, EndReason, LiveCall, Phase

CALL = CallId("out-1795000000-0123456789abcdef")
NOW = datetime(2026, 11, 22, tzinfo=UTC)
ORDER = CallOut(
    call=CALL,
    leg=LegId(f"leg-{CALL}-1"),
    agent=AgentId(7),
    to="+8613800138000",
    shown="",
    ring_s=30,
    mark=CallMark(phase=Phase.DIALLING),
)


def test_a_phone_that_is_found_ringing_can_be_stopped_though_its_beginning_was_missed() -> None:
    dialled = Dialled()
    dialled.ordered(ORDER)
    arrival = Arrival(
        call=CALL,
        at=NOW,
        caller_number="+8613800138000",
        caller_name="",
        dialled="",
        trunk="a",
        direction=Direction.OUT,
    )

    dialled.adopt([LiveCall(arrival=arrival, mark=None, talks_with=None, is_answered=False)])

    assert dialled.stop(CALL)


def test_a_customer_whom_no_line_of_ours_could_call_is_not_called_unreachable() -> None:
    dialled = Dialled()
    dialled.ordered(ORDER)
    dialled.handle(Message({"Event": "Newchannel", "Uniqueid": CALL}), NOW)
    dialled.handle(Message({"Event": "Hangup", "Uniqueid": CALL, "Cause": "34"}), NOW)

    told = {"Event": "OriginateResponse", "ActionID": CALL, "Response": "Failure", "Reason": "8"}

    assert dialled.handle(Message(told), NOW) == [CallEnded(at=NOW, call=CALL, reason=EndReason.NO_LINE)]
