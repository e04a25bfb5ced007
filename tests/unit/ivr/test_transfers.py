"""Callers whose flow has somebody outside rung for them."""

import shutil
from pathlib import Path

import pytest

from ivr.check import check_files
from ivr.settings import IvrSettings
from ivr.turn import Whom
from kernel.ids import QueueId
from telephony.model import CallMark, Outcome, PersonWanted, Phase
from telephony.port import LineEntry
from tests.unit.ivr.scripted import EXAMPLE, MONDAY_MORNING, Office, ScriptedLine

FLOW = """\
start: duty
nodes:
  duty:
    type: transfer
    expert: zhao
    queue: technical
    text: {zh: 正在为您联系值班人员。, en: We are calling the person on duty.}
    otherwise: sorry
  sorry: {type: voicemail, text: {zh: 现在无人接听，请留言。, en: Nobody answers. Please leave a message.}}
"""
TECHNICAL = QueueId("technical")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    site = tmp_path / "site"
    shutil.copytree(EXAMPLE, site)
    (site / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
    assert check_files([site / "flows" / "main.yaml"], lambda _: site, IvrSettings()) == []
    return Office(tmp_path)


async def call(office: Office, line: ScriptedLine) -> None:
    await office.service(office.tmp_path / "site").handle(line)


async def test_the_expert_is_rung_and_the_caller_hears_music(office: Office) -> None:
    line = ScriptedLine()
    await call(office, line)
    ((request, whom),) = office.reached
    assert (request.queue, request.flow, request.node, whom) == (TECHNICAL, "main", "duty", Whom("zhao"))
    assert "正在为您联系值班人员。" in office.said
    assert (line.did[-1], office.outcomes, office.requests) == ("hold", [], [])
    assert office.wanted == [PersonWanted(queue=TECHNICAL, since=MONDAY_MORNING)]


async def test_by_an_on_call_list_those_are_rung_who_are_on_call(office: Office) -> None:
    (office.tmp_path / "site" / "flows" / "main.yaml").write_text(
        FLOW.replace("expert: zhao", "on_call: night"), encoding="utf-8"
    )
    await call(office, ScriptedLine())
    assert [whom for _, whom in office.reached] == [Whom("night", is_list=True)]


async def test_whom_nobody_takes_goes_where_the_flow_says(office: Office) -> None:
    office.exits = ["timeout"]
    line = ScriptedLine()
    await call(office, line)
    assert "现在无人接听，请留言。" in office.said
    assert office.outcomes[0] is Outcome.VOICEMAIL
    assert office.wanted[-1].turned_away == "timeout"
    assert line.marks[-1].phase is Phase.SERVED


async def test_where_nobody_can_be_rung_the_flow_goes_on_at_once(office: Office) -> None:
    office.outside_fails = True
    line = ScriptedLine()
    await call(office, line)
    assert "现在无人接听，请留言。" in office.said
    assert "hold" not in line.did


async def test_without_a_way_on_a_message_is_taken(office: Office) -> None:
    flow = FLOW.replace("    otherwise: sorry\n", "").replace(FLOW[FLOW.index("  sorry") :], "")
    (office.tmp_path / "site" / "flows" / "main.yaml").write_text(flow, encoding="utf-8")
    office.exits = ["timeout"]
    await call(office, ScriptedLine())
    assert any("请在提示音后留言" in said for said in office.said)
    assert set(office.outcomes) == {Outcome.VOICEMAIL}


async def test_who_comes_back_after_a_restart_goes_on_where_the_flow_says(office: Office) -> None:
    """Routing knows the caller by then, and that nobody came."""
    mark = CallMark(
        phase=Phase.PARKED, flow="main", node="duty", language="en", queue=TECHNICAL, key_ms=1, sequence=1
    )
    office.exits = ["timeout"]
    line = ScriptedLine(entry=LineEntry.NEXT, mark=mark)
    await call(office, line)
    assert "Nobody answers. Please leave a message." in office.said
    assert office.reached == []
