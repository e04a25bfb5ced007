"""Customers whose phones ring while the connection to Asterisk is lost and found again."""

from datetime import UTC, datetime

from kernel.ids import AgentId, CallId, LegId
from telephony.asterisk.dialled import Dialled
from telephony.model import Arrival, CallMark, CallOut, Direction, LiveCall, Phase

CALL = CallId("out-1795000000-0123456789abcdef")
NOW = datetime(2026, 11, 22, tzinfo=UTC)


def test_a_phone_that_is_found_ringing_can_be_stopped_though_its_beginning_was_missed() -> None:
    dialled = Dialled()
    dialled.ordered(
        CallOut(
            call=CALL,
            leg=LegId(f"leg-{CALL}-1"),
            agent=AgentId(7),
            to="+8613800138000",
            shown="",
            ring_s=30,
            mark=CallMark(phase=Phase.DIALLING),
        )
    )
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
