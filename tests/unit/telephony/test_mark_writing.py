"""A call's mark is written in pieces: none of a longer one is left behind a shorter one."""

from dataclasses import replace

import pytest

from kernel.ids import CallId, QueueId, SkillId
from telephony.asterisk.ami import AmiRefused
from telephony.model import CallMark, Phase
from tests.unit.telephony.scripted_asterisk import CALL, on_scripted_asterisk

SHORT = CallMark(phase=Phase.WAITING, queue=QueueId("sales"), key_ms=1_795_000_000_000)
LONG = replace(SHORT, needs=tuple((SkillId(f"{n:02}-{'s' * 37}"), 10) for n in range(20)))
REFUSED = "Response: Error\nActionID: <id>\nMessage: Not now"


async def test_what_may_not_have_been_written_is_written_again() -> None:
    async with on_scripted_asterisk() as (scripted, switch, _):
        await switch.write_mark(CallId(CALL), LONG)
        scripted.scripts["Setvar"] += [(REFUSED,)]
        with pytest.raises(AmiRefused):
            await switch.write_mark(CallId(CALL), replace(LONG, key_ms=1_795_000_001_000))
        scripted.actions.clear()
        await switch.write_mark(CallId(CALL), SHORT)
        written = {action["Variable"]: action["Value"] for action in await scripted.asked("Setvar")}
    assert written["HL_MARK"]
    assert written["HL_MARK_B"] == ""
