"""Callers on the blacklist, at the door."""

from dataclasses import replace

import pytest

from ivr.ports import Verdict
from ivr.settings import IvrSettings
from ivr.texts import SYSTEM_TEXTS, SystemText
from telephony.model import CallMark, Direction, Outcome, Phase
from telephony.port import LineEntry
from tests.unit.ivr.scripted import Office, ScriptedLine, arrival, never

TOLD = list(SYSTEM_TEXTS[SystemText.BLOCKED].values())


async def test_blocked_caller_hears_why_in_both_languages_and_no_agent_is_asked(office: Office) -> None:
    office.verdict = Verdict.BLOCK
    line = ScriptedLine(keys=["1", "1"])
    await office.service().handle(line)
    assert (office.said, office.outcomes, office.requests) == (TOLD, [Outcome.BLOCKED], [])
    assert line.did == ["answer", "write_mark", "play", "hang_up"]
    assert (line.marks[-1].phase, line.marks[-1].decided) == (Phase.SERVED, Outcome.BLOCKED)


async def test_rejected_caller_is_not_even_answered(office: Office) -> None:
    office.verdict = Verdict.REJECT
    line = ScriptedLine()
    await office.service().handle(line)
    assert (office.said, office.outcomes) == ([], [Outcome.BLOCKED])
    assert line.did == ["write_mark", "hang_up"]


@pytest.mark.parametrize("steps", range(4))
async def test_blocked_caller_who_hangs_up_at_any_time_counts_once(office: Office, steps: int) -> None:
    office.verdict = Verdict.BLOCK
    await office.service().handle(ScriptedLine(steps_left=steps))
    assert (office.outcomes, office.requests) == ([Outcome.BLOCKED], [])


async def test_blocked_caller_stays_blocked_when_the_server_dies_meanwhile(office: Office) -> None:
    office.verdict = Verdict.BLOCK
    mark = CallMark(phase=Phase.SERVED, decided=Outcome.BLOCKED)
    line = ScriptedLine(entry=LineEntry.NEXT, mark=mark)
    await office.service().handle(line)
    assert (office.outcomes, office.requests, line.did[-1]) == ([], [], "hang_up")


async def test_caller_who_came_while_no_server_lived_is_judged_by_the_next(office: Office) -> None:
    office.verdict = Verdict.BLOCK
    await office.service().handle(ScriptedLine(entry=LineEntry.NEXT, mark=None))
    assert office.outcomes == [Outcome.BLOCKED]


async def test_call_that_an_agent_makes_is_never_blocked(office: Office) -> None:
    office.verdict = Verdict.BLOCK
    placed = replace(arrival(), direction=Direction.OUT)
    await office.service().handle(ScriptedLine(came=placed, keys=["1", "1"]))
    assert office.screened == []
    assert Outcome.BLOCKED not in office.outcomes


async def test_caller_who_is_let_in_once_is_not_judged_again_in_the_call(office: Office) -> None:
    line = ScriptedLine(keys=["2", "1"])
    await office.service().handle(line)
    office.verdict = Verdict.BLOCK
    again = ScriptedLine(entry=LineEntry.NEXT, mark=line.marks[-1])
    await office.service().handle(again)
    assert len(office.screened) == 1


async def test_lists_that_fail_or_hang_keep_nobody_out(office: Office) -> None:
    async def fails() -> None:
        raise RuntimeError("the database is away")

    for screening in (fails, never):
        office.screening, office.verdict = screening, Verdict.BLOCK
        line = ScriptedLine(keys=["2", "1"])
        await office.service(settings=IvrSettings(lookup_timeout_s=0.01)).handle(line)
        assert line.did[0] == "answer"
    assert Outcome.BLOCKED not in office.outcomes
    assert office.requests


async def test_caller_who_calls_too_often_hears_so(office: Office) -> None:
    office.verdict = Verdict.TOO_OFTEN
    line = ScriptedLine(keys=["1", "1"])
    await office.service().handle(line)
    told = list(SYSTEM_TEXTS[SystemText.CALLED_TOO_OFTEN].values())
    assert (office.said, office.outcomes, office.requests) == (told, [Outcome.BLOCKED], [])
    assert line.did[-1] == "hang_up"


@pytest.mark.parametrize("hangs_up", [True, False])
async def test_caller_who_calls_too_often_may_leave_a_message(office: Office, *, hangs_up: bool) -> None:
    office.verdict = Verdict.MESSAGE
    line = ScriptedLine()
    line.ends_message_by_hanging_up = hangs_up
    await office.service().handle(line)
    assert office.outcomes[0] is Outcome.VOICEMAIL
    assert office.imported == office.spool.parts()
    assert len(office.imported) == 1


@pytest.mark.parametrize("steps", range(6))
async def test_who_leaves_no_message_there_was_blocked_whenever_they_hang_up(
    office: Office, steps: int
) -> None:
    office.verdict = Verdict.MESSAGE
    line = ScriptedLine(steps_left=steps)
    line.message_s = 0.1
    await office.service().handle(line)
    assert office.outcomes[:1] in ([Outcome.BLOCKED], [] if steps == 0 else [Outcome.BLOCKED])
    assert office.requests == []


async def test_withheld_caller_types_a_number_and_is_judged_by_it(office: Office) -> None:
    office.verdicts = [Verdict.TYPE_NUMBER, Verdict.LET_IN]
    line = ScriptedLine(keys=["13900001111", "2", "1"], came=arrival(number=""))
    await office.service().handle(line)
    assert [came.caller_number for came in office.screened] == ["", "+8613900001111"]
    assert office.choices[0].zh == "匿名来电，输入号码 +8613900001111"
    assert office.requests[0].arrival.caller_number == ""


async def test_withheld_caller_who_types_a_blocked_number_is_blocked(office: Office) -> None:
    office.verdicts = [Verdict.TYPE_NUMBER, Verdict.BLOCK]
    line = ScriptedLine(keys=["13900001111"], came=arrival(number=""))
    await office.service().handle(line)
    assert (office.outcomes, office.requests) == ([Outcome.BLOCKED], [])


async def test_withheld_caller_who_types_none_is_asked_three_times(office: Office) -> None:
    office.verdicts = [Verdict.TYPE_NUMBER]
    line = ScriptedLine(keys=["12", None, "0"], came=arrival(number=""))
    await office.service().handle(line)
    assert line.did.count("collect") == 3
    assert (office.outcomes, office.requests) == ([Outcome.BLOCKED], [])
