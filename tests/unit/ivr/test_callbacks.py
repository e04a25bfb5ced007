"""Callers who would rather be called back: what they hear, and what becomes of their place."""

import shutil
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ivr.spoken import say_opening
from kernel.calendar import Calendar
from kernel.ids import QueueId
from telephony.model import CallMark, Outcome, Phase
from telephony.port import LineEntry
from tests.unit.ivr.scripted import EXAMPLE, Office, ScriptedLine, arrival

OWN = "+8613812345678"
OTHER = "13900139000"
SHANGHAI = ZoneInfo("Asia/Shanghai")
FLOW = """\
start: person
nodes:
  person:
    type: queue
    queue: sales
    closed: call_back
    full: call_back
    keys: {"2": call_back, "5": message}
  call_back:
    type: callback
    queue: sales
    needs: {english: 1}
    otherwise: message
  message:
    type: voicemail
    text: {zh: 请留言。, en: Please leave a message.}
"""


@pytest.fixture
def office(tmp_path: Path) -> Office:
    shutil.copytree(EXAMPLE, tmp_path / "site")
    (tmp_path / "site" / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
    return Office(tmp_path)


def waiting_line(*keys: str | None, number: str = OWN) -> ScriptedLine:
    line = ScriptedLine(keys=keys, came=arrival(number=number))
    line.keys_in_queue = ["2"]
    return line


async def call(office: Office, line: ScriptedLine) -> None:
    await office.service(office.tmp_path / "site").handle(line)


async def test_who_confirms_their_number_is_called_back_at_the_place_they_have(office: Office) -> None:
    line = waiting_line("1")
    await call(office, line)

    ((request, number),) = office.promised
    assert (request.arrival.call, number) == (line.arrival.call, OWN)
    assert office.left == []
    assert any(OWN in said for said in office.said)
    assert office.said[-1].startswith("已为您登记回拨，您的排队位置不变")
    assert line.did[-1] == "hang_up"
    assert set(office.outcomes) == {Outcome.CALLBACK}
    assert line.marks[-1].decided is Outcome.CALLBACK


async def test_it_is_written_down_before_it_is_said(office: Office) -> None:
    office.promises_fail = True
    line = waiting_line("1")
    await call(office, line)

    assert office.said[-1] == "对不起，现在无法为您登记回拨。"
    assert not any("已为您登记" in said for said in office.said)
    assert (line.did[-1], office.left, office.outcomes) == ("hold", [], [])


async def test_another_number_is_typed_and_read_back(office: Office) -> None:
    line = waiting_line("2", OTHER, "1")
    await call(office, line)

    assert [number for _, number in office.promised] == [f"+86{OTHER}"]
    assert any(f"您输入的号码是+86{OTHER}" in said for said in office.said)


async def test_who_withholds_the_number_must_type_one(office: Office) -> None:
    line = waiting_line(OTHER, "2", OTHER, "1", number="")
    await call(office, line)

    assert line.did.count("collect") == 2
    assert [number for _, number in office.promised] == [f"+86{OTHER}"]


@pytest.mark.parametrize("keys", [("*",), (None, None, None), ("2", "12", "12", "12")])
async def test_who_thinks_better_of_it_waits_on_at_the_place_they_have(
    office: Office, keys: tuple[str | None, ...]
) -> None:
    line = waiting_line(*keys)
    await call(office, line)

    assert (office.promised, office.left, office.outcomes) == ([], [], [])
    assert line.did[-1] == "hold"


async def test_another_key_of_the_queue_leads_where_it_did(office: Office) -> None:
    line = ScriptedLine()
    line.keys_in_queue = ["5"]
    await call(office, line)

    assert len(office.left) == 1
    assert "请留言。" in office.said


async def test_a_caller_who_waits_on_after_a_restart_can_be_called_back_too(office: Office) -> None:
    mark = CallMark(
        phase=Phase.WAITING, flow="main", node="person", queue=QueueId("sales"), key_ms=1, sequence=4
    )
    line = ScriptedLine(keys=["1"], entry=LineEntry.NEXT, mark=mark)
    line.keys_in_queue = ["2"]
    await call(office, line)

    ((request, _),) = office.promised
    assert request.mark == mark
    assert line.did[-1] == "hang_up"


async def test_who_comes_when_it_is_closed_is_told_when_they_are_called(office: Office) -> None:
    office.refusals = ["closed"]
    office.opening = datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
    line = ScriptedLine(keys=["1"])
    await call(office, line)

    ((request, _),) = office.promised
    assert request.needs == (("english", 1),)
    assert "我们会从明天9点整起按顺序给您打电话" in office.said[-1]


async def test_who_does_not_want_it_when_it_is_closed_goes_where_the_flow_says(office: Office) -> None:
    office.refusals = ["closed"]
    await call(office, ScriptedLine(keys=["*"]))

    assert office.promised == []
    assert "请留言。" in office.said


async def test_a_customer_who_came_too_late_is_wanted_by_that_queue_all_the_same(office: Office) -> None:
    office.refusals = ["full"]
    await call(office, ScriptedLine(keys=["1"]))

    assert office.wanted[-1].queue == "sales"


@pytest.mark.parametrize(
    ("at", "zh", "en"),
    [
        ("2026-11-23T07:30", "今天9点整", "today at 9:00 AM"),
        ("2026-11-23T19:30", "明天9点整", "tomorrow at 9:00 AM"),
        ("2026-11-27T19:30", "星期一9点整", "Monday at 9:00 AM"),
        ("2026-11-23T12:30", "今天13点30分", "today at 1:30 PM"),
        ("2026-12-30T19:30", "1月8日9点整", "January 8 at 9:00 AM"),
    ],
)
def test_the_opening_is_said_as_people_say_it(at: str, zh: str, en: str) -> None:
    days = {day: ["09:00-12:00", "13:30-18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}
    closed = {"2026-12-31": "closed"} | {f"2027-01-0{day}": "closed" for day in range(1, 8)}
    calendar = Calendar.model_validate({"weekly": days, "holidays": "none", "exceptions": closed})
    now = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)

    opens = calendar.opens_at(now)

    assert opens is not None
    assert (say_opening(opens, now, "zh"), say_opening(opens, now, "en")) == (zh, en)


def test_a_calendar_that_is_open_or_never_opens_names_no_opening() -> None:
    always = Calendar.model_validate({"weekly": {"mon": "00:00-24:00"}, "holidays": "none"})
    never = Calendar.model_validate({"weekly": {}, "holidays": "none"})
    monday = datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI)

    assert always.opens_at(monday) is None
    assert never.opens_at(monday) is None
