"""Callers whom a queue does not take, or no longer: what their flow does then."""

import shutil
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from ivr.nodes import QueueExit
from kernel.ids import QueueId
from telephony.model import CallMark, Outcome, PersonWanted, Phase
from telephony.port import LineEntry
from tests.unit.ivr.scripted import EXAMPLE, MONDAY_MORNING, SUNDAY, Office, ScriptedLine, arrival

FLOW = """\
start: person
nodes:
  person:
    type: queue
    queue: sales
    full: sorry
    closed: message
    timeout: still_there
    keys: {"5": message, "#": sorry}
  still_there:
    type: menu
    text: {zh: 继续等待请按1，留言请按2。, en: "To go on waiting, press 1. To leave a message, press 2."}
    options: {"1": person, "2": message}
  message:
    type: voicemail
    text: {zh: 请留言。, en: Please leave a message.}
  sorry:
    type: hangup
    text: {zh: 对不起，现在排队的人太多。, en: "We are sorry, too many people are waiting."}
"""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    shutil.copytree(EXAMPLE, tmp_path / "site")
    (tmp_path / "site" / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
    return Office(tmp_path)


async def call(office: Office, line: ScriptedLine) -> None:
    await office.service(office.tmp_path / "site").handle(line)


@pytest.mark.parametrize(
    ("why", "said", "outcome"),
    [
        ("full", "对不起，现在排队的人太多。", Outcome.SELF_SERVED),
        ("closed", "请留言。", Outcome.VOICEMAIL),
    ],
)
async def test_who_is_not_taken_goes_where_the_flow_says(
    office: Office, why: QueueExit, said: str, outcome: Outcome
) -> None:
    office.refusals = [why]
    line = ScriptedLine()
    await call(office, line)
    assert said in office.said
    assert "hold" not in line.did
    assert office.outcomes[0] is outcome


async def test_who_has_waited_too_long_is_asked_and_goes_on_waiting_in_the_old_place(office: Office) -> None:
    office.exits = ["timeout"]
    line = ScriptedLine(keys=["1"])
    await call(office, line)
    first, second = office.requests
    assert (first.since, second.since) == (None, MONDAY_MORNING)
    assert line.did[-1] == "hold"
    assert "继续等待请按1，留言请按2。" in office.said


async def test_the_music_ends_before_anything_is_said(office: Office) -> None:
    office.exits = ["timeout"]
    line = ScriptedLine(keys=["2"])
    await call(office, line)
    assert line.did[line.did.index("hold") + 1 :][:2] == ["write_mark", "play"]


async def test_a_successor_knows_since_when_the_caller_has_waited(office: Office) -> None:
    office.exits = ["timeout"]
    line = ScriptedLine(keys=["2"])
    await call(office, line)
    asked = next(mark for mark in line.marks if mark.node == "still_there")
    assert (asked.phase, asked.key_ms) == (Phase.MENU, int(MONDAY_MORNING.timestamp() * 1000))

    again = ScriptedLine(keys=["1"], entry=LineEntry.NEXT, mark=asked)
    office.now += timedelta(minutes=5)
    await call(office, again)
    assert office.requests[-1].since == MONDAY_MORNING


async def test_a_call_that_waits_across_a_restart_is_sent_away_like_any_other(office: Office) -> None:
    came_ms = int((MONDAY_MORNING - timedelta(minutes=10)).timestamp() * 1000)
    mark = CallMark(
        phase=Phase.WAITING,
        flow="main",
        node="person",
        language="en",
        queue="sales",  # type: ignore[arg-type]
        key_ms=came_ms - 120_000,
        boost_ms=120_000,
    )
    office.exits = ["timeout"]
    await call(office, ScriptedLine(keys=["1"], entry=LineEntry.NEXT, mark=mark))
    assert "To go on waiting, press 1. To leave a message, press 2." in office.said
    assert [request.since for request in office.requests] == [None, MONDAY_MORNING - timedelta(minutes=10)]
    assert office.requests[0].mark == mark


async def test_a_caller_whose_agent_vanished_may_be_sent_away_too(office: Office) -> None:
    mark = CallMark(phase=Phase.TALKING, flow="main", node="person", language="zh")
    office.after, office.exits = "hold", ["closed"]
    await call(office, ScriptedLine(entry=LineEntry.NEXT, mark=mark))
    assert "请留言。" in office.said


async def test_where_the_flow_says_nothing_a_message_is_taken(office: Office) -> None:
    silent = FLOW.replace("    closed: message\n", "")
    (office.tmp_path / "site" / "flows" / "main.yaml").write_text(silent, encoding="utf-8")
    office.refusals = ["closed"]
    line = ScriptedLine()
    await call(office, line)
    assert office.said[-2].startswith("很抱歉，现在无法为您接通人工服务。")
    assert office.outcomes == [Outcome.VOICEMAIL, Outcome.VOICEMAIL]
    assert len(office.imported) == 1


async def test_who_hangs_up_while_waiting_leaves_nothing_running(office: Office) -> None:
    line = ScriptedLine()
    await call(office, line)
    assert line.did[-1] == "hold"
    assert office.outcomes == []


SALES = QueueId("sales")


async def test_whom_a_caller_wanted_and_why_they_were_turned_away_is_noted(office: Office) -> None:
    office.exits = ["timeout"]
    await call(office, ScriptedLine(keys=["2"]))
    now = office.now
    assert office.wanted == [
        PersonWanted(queue=SALES, since=now),
        PersonWanted(queue=SALES, since=now, until=now, turned_away="timeout"),
    ]


async def test_who_is_sent_away_after_a_restart_is_noted_with_all_their_waiting(office: Office) -> None:
    office.exits = ["timeout"]
    since = MONDAY_MORNING - timedelta(minutes=4)
    mark = CallMark(
        phase=Phase.WAITING, flow="main", node="person", queue=SALES, key_ms=int(since.timestamp() * 1000)
    )
    await call(office, ScriptedLine(entry=LineEntry.NEXT, mark=mark, keys=["2"]))
    assert office.wanted == [PersonWanted(queue=SALES, since=since, until=office.now, turned_away="timeout")]


async def test_who_calls_out_of_hours_is_noted_for_the_queue_that_would_have_had_them(tmp_path: Path) -> None:
    office = Office(tmp_path, now=SUNDAY)
    await office.service().handle(ScriptedLine(came=arrival(dialled="02180009002")))
    technical = QueueId("technical")
    assert office.wanted == [PersonWanted(queue=technical, since=SUNDAY, until=SUNDAY, turned_away="closed")]


async def test_who_presses_a_key_while_waiting_goes_where_it_leads(office: Office) -> None:
    line = ScriptedLine()
    line.keys_in_queue = ["7", "5"]
    await call(office, line)
    assert office.left == ["hl-1"]
    assert "请留言。" in office.said
    assert office.outcomes[0] is Outcome.VOICEMAIL
    assert office.wanted[-1] == PersonWanted(queue=SALES, since=office.now, until=office.now)


class EagerLine(ScriptedLine):
    """Presses a key as soon as one is named."""

    @override
    async def play(self, prompts: Sequence[Path], *, keys: str = "") -> str | None:
        await super().play(prompts, keys=keys)
        return "5" if "5" in keys else None


async def test_a_key_pressed_while_the_queue_node_names_it_leads_there_at_once(office: Office) -> None:
    text = "text: {zh: 留言请按5。, en: 'To leave a message, press 5.'}"
    flow = FLOW.replace("    full:", f"    {text}\n    full:", 1)
    (office.tmp_path / "site" / "flows" / "main.yaml").write_text(flow, encoding="utf-8")
    line = EagerLine()
    await call(office, line)
    assert "请留言。" in office.said
    assert office.left == ["hl-1"], "they have been in the queue: who leaves no message is called back"
    assert "hold" not in line.did


async def test_who_presses_a_key_after_a_restart_goes_where_todays_flow_leads(office: Office) -> None:
    mark = CallMark(phase=Phase.WAITING, flow="main", node="person", language="zh", queue=SALES, key_ms=1)
    line = ScriptedLine(entry=LineEntry.NEXT, mark=mark)
    line.keys_in_queue = ["#"]
    await call(office, line)
    assert "对不起，现在排队的人太多。" in office.said


async def test_a_key_that_comes_when_an_agent_has_the_caller_changes_nothing(office: Office) -> None:
    office.lets_go = False
    line = ScriptedLine()
    line.keys_in_queue = ["5"]
    await call(office, line)
    assert office.left == ["hl-1"]
    assert (line.did[-1], office.outcomes) == ("hold", [])


async def test_who_comes_back_from_a_key_has_waited_since_they_first_came(office: Office) -> None:
    flow = FLOW.replace('"5": message', '"5": still_there')
    (office.tmp_path / "site" / "flows" / "main.yaml").write_text(flow, encoding="utf-8")
    line = ScriptedLine(keys=["1"])
    line.keys_in_queue = ["5"]
    await call(office, line)
    assert [request.since for request in office.requests] == [None, office.now]


GREETINGS = """\
start: hours
nodes:
  hours: {type: hours, calendar: office, open: welcome, closed: welcome_late}
  welcome: {type: say, text: {zh: 您好。, en: Hello.}, next: menu}
  welcome_late: {type: say, text: {zh: 晚上好。, en: Good evening.}, next: menu}
  menu:
    type: menu
    text: {zh: 人工服务请按1。, en: "For the operator, press 1."}
    options: {"1": person, "2": bye}
  person: {type: queue, queue: sales}
  bye: {type: hangup}
"""


async def test_hours_that_choose_a_greeting_alone_make_nobody_too_late(office: Office) -> None:
    (office.tmp_path / "site" / "flows" / "main.yaml").write_text(GREETINGS, encoding="utf-8")
    office.now = SUNDAY
    await call(office, ScriptedLine(keys=["2"]))
    assert "晚上好。" in office.said
    assert office.wanted == []


CLOSED_MEANWHILE = """\
start: help
nodes:
  person: {type: queue, queue: sales}
  help: {type: queue, queue: technical, timeout: hours}
  hours: {type: hours, calendar: office, open: person, closed: bye}
  bye: {type: hangup}
"""


async def test_who_has_waited_wanted_that_queue_even_if_the_company_closes_meanwhile(office: Office) -> None:
    (office.tmp_path / "site" / "flows" / "main.yaml").write_text(CLOSED_MEANWHILE, encoding="utf-8")
    office.now, office.exits = SUNDAY, ["timeout"]
    await call(office, ScriptedLine())
    assert office.wanted[-1] == PersonWanted(
        queue=QueueId("technical"), since=SUNDAY, until=SUNDAY, turned_away="timeout"
    )
