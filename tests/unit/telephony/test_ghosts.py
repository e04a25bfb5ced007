"""A caller who is gone before anybody has heard of the call does not come back."""

from datetime import UTC, datetime

import pytest
from panoramisk.message import Message

from kernel.ids import CallId
from telephony.asterisk.translate import Translator

CALL = CallId("h-1795000000.7")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def _hangup(channel: str, call: str) -> Message:
    headers = {"Event": "Hangup", "Uniqueid": channel, "Cause": "16"}
    return Message({**headers, "ChanVariable": f"HL_CALL={call}"})


def test_a_hangup_that_is_heard_before_the_line_session_ends_the_call() -> None:
    translator = Translator({})
    assert translator.handle(_hangup(CALL, CALL), NOON) == []
    assert not translator.arrived(CALL)
    assert CALL not in translator.calls


def test_the_end_of_a_leg_that_nobody_knows_ends_no_call() -> None:
    translator = Translator({})
    assert translator.handle(_hangup(f"leg-{CALL}-1", CALL), NOON) == []
    assert translator.arrived(CALL)


@pytest.mark.parametrize("others", [1999, 2000])
def test_only_so_many_ends_are_remembered(others: int) -> None:
    translator = Translator({})
    for number in range(others + 1):
        channel = f"h-1795000000.{number}"
        translator.handle(_hangup(channel, channel), NOON)
    assert translator.arrived(CallId("h-1795000000.0")) is (others == 2000)
