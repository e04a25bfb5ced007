"""What flows have done outside: given, waited for in company, taken in, and never a way to lose a caller."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
from typing_extensions import override

from ivr.errand_check import LookupShape
from ivr.flow import Surroundings, load_flow
from ivr.kept import read_kept
from ivr.ports import ErrandOrder
from ivr.settings import IvrSettings
from ivr.turn import ErrandDone
from telephony.errors import LineGone
from telephony.model import CallMark, Phase
from telephony.port import LineEntry
from tests.unit.ivr.scripted import EXAMPLE, Office, ScriptedLine, never

FLOW = """\
start: ask
variables:
  order: {type: digits}
  state: {type: text, value: 未知}
  arrives: {type: date}
nodes:
  ask: {type: collect, text: {zh: 请输入订单号。, en: Order?}, into: order, next: find, otherwise: person}
  find:
    type: lookup
    lookup: order
    text: {zh: 正在为您查询。, en: Let me see.}
    give: {number: order, phone: caller_number}
    into: {state: state, arrives: arrives}
    found: tell
    missing: ask
  tell: {type: hangup, text: {zh: "订单{state}，{arrives}送达。", en: "{state}"}}
  person: {type: queue, queue: sales}
"""
QUICK = IvrSettings(errand_silence_s=0.01, errand_max_s=0.05)
PATIENCE_S = 5.0
Do = Callable[[ErrandOrder], Awaitable[ErrandDone]]


class Patient(ScriptedLine):
    """Listens to music for as long as it plays."""

    hears_music: asyncio.Event

    def __init__(self, *, keys: Sequence[str]) -> None:
        super().__init__(keys=keys)
        self.hears_music = asyncio.Event()

    @override
    async def hold(self, *, keys: str = "") -> str:
        self.did.append("hold")
        if self.mark is not None and self.mark.phase is Phase.WAITING:
            raise LineGone("an agent took the call")
        self.hears_music.set()
        await never()
        raise AssertionError


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def site(office: Office) -> Path:
    folder = office.tmp_path / "site"
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    (folder / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
    return folder


async def call(office: Office, line: ScriptedLine, do: Do, settings: IvrSettings = QUICK) -> None:
    office.errand = do
    async with asyncio.timeout(PATIENCE_S):
        await office.service(site(office), settings).handle(line)


def answering(*answers: ErrandDone) -> Do:
    ahead = iter(answers)

    async def do(_order: ErrandOrder) -> ErrandDone:
        return next(ahead)

    return do


FOUND = ErrandDone(way="found", fields={"state": "已发货", "arrives": "2026-11-25"})


async def test_what_a_system_answers_is_spoken(office: Office) -> None:
    await call(office, ScriptedLine(keys=["4422"]), answering(FOUND))
    assert office.said[-2:] == ["正在为您查询。", "订单已发货，2026年11月25日送达。"]
    (order,) = office.errands
    assert (order.kind, order.about, dict(order.values)) == (
        "lookup",
        "order",
        {"number": "4422", "phone": "+8613812345678"},
    )
    assert order.key == "hl-1/main/find"


async def test_what_is_not_found_has_not_the_state_of_what_was(office: Office) -> None:
    flow = FLOW.replace("found: tell", "found: ask").replace("missing: ask", "missing: tell")
    line = ScriptedLine(keys=["1", "2"])
    office.errand = answering(FOUND, ErrandDone(way="missing"))
    folder = site(office)
    (folder / "flows" / "main.yaml").write_text(flow, encoding="utf-8")
    await office.service(folder, QUICK).handle(line)
    assert office.said[-1] == "订单未知，送达。"


async def broken(_order: ErrandOrder) -> ErrandDone:
    raise RuntimeError("the system is down")


async def endless(_order: ErrandOrder) -> ErrandDone:
    await never()
    raise AssertionError


@pytest.mark.parametrize(
    "do",
    [
        broken,
        endless,
        answering(ErrandDone(way="failed")),
        answering(ErrandDone(way="found", fields={"arrives": "tomorrow"})),
        answering(ErrandDone(way="no such way")),
    ],
    ids=["down", "too slow", "failed", "wrong type", "unknown way"],
)
async def test_whatever_goes_wrong_the_caller_comes_to_a_person(office: Office, do: Do) -> None:
    await call(office, Patient(keys=["4422"]), do)
    assert [request.queue for request in office.requests] == ["sales"]
    assert office.said[-1] == "正在为您转接人工服务，请稍候。"


async def test_a_caller_who_waits_is_told_so_and_hears_music(office: Office) -> None:
    line = Patient(keys=["4422"])

    async def do(_order: ErrandOrder) -> ErrandDone:
        await line.hears_music.wait()
        return FOUND

    await call(office, line, do, IvrSettings(errand_silence_s=0.01))
    assert office.said[-3:] == ["正在为您查询。", "请稍候。", "订单已发货，2026年11月25日送达。"]
    assert line.did.count("hold") == 1


async def test_a_quick_answer_comes_without_music(office: Office) -> None:
    line = ScriptedLine(keys=["4422"])
    await call(office, line, answering(FOUND))
    assert "hold" not in line.did
    assert "请稍候。" not in office.said


async def test_who_hangs_up_takes_the_question_back(office: Office) -> None:
    ended = asyncio.Event()

    async def do(_order: ErrandOrder) -> ErrandDone:
        try:
            await never()
        finally:
            ended.set()
        raise AssertionError

    class Leaving(ScriptedLine):
        @override
        async def hold(self, *, keys: str = "") -> str:
            raise LineGone("the caller hung up")

    await call(office, Leaving(keys=["4422"]), do, IvrSettings(errand_silence_s=0.01))
    assert ended.is_set()
    assert office.requests == []


async def test_a_server_that_died_meanwhile_asks_again_by_the_same_key(office: Office) -> None:
    dying = ScriptedLine(keys=["4422"])
    asked = asyncio.Event()

    async def do(order: ErrandOrder) -> ErrandDone:
        asked.set()
        return await endless(order)

    office.errand = do
    session = asyncio.ensure_future(office.service(site(office)).handle(dying))
    async with asyncio.timeout(PATIENCE_S):
        await asked.wait()
    session.cancel()
    await asyncio.gather(session, return_exceptions=True)
    mark = dying.mark
    assert mark is not None
    assert (mark.phase, mark.node) == (Phase.MENU, "find")
    assert dict(read_kept(mark.kept_by_flow).given) == {"order": "4422"}
    back = ScriptedLine(entry=LineEntry.NEXT, mark=mark)
    await call(office, back, answering(FOUND))
    first, second = office.errands
    assert (second.key, second.values) == (first.key, first.values)
    assert office.said[-1] == "订单已发货，2026年11月25日送达。"


async def test_a_node_that_is_brought_back_to_does_its_errand(office: Office) -> None:
    line = ScriptedLine(
        entry=LineEntry.NEXT, mark=CallMark(phase=Phase.MENU, flow="main", node="find", language="en")
    )
    await call(office, line, answering(FOUND))
    assert office.said == ["Let me see.", "已发货"]


SHAPE = LookupShape(
    params={"number": "digits", "phone": "phone"}, fields={"state": "text", "arrives": "date"}
)
AROUND = Surroundings(lookups={"order": SHAPE}, is_for_author=True)


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("lookup: order", "lookup: oder", "unknown_lookup", 10),
        ("number: order", "nummer: order", "unknown_field", 12),
        ("{number: order, phone: caller_number}", "{number: order}", "missing_field", 12),
        ("number: order", "number: ordre", "unknown_variable", 12),
        ("number: order", "number: 1 + 2", "wrong_type", 12),
        ("number: order", "number: 1 +", "bad_expression", 12),
        ("{state: state,", "{state: stat,", "unknown_field", 13),
        ("{state: state,", "{sate: state,", "unknown_variable", 13),
        ("{state: state,", "{today: state,", "wrong_type", 13),
        ("{state: state, arrives: arrives}", "{arrives: state}", "wrong_type", 13),
        ("    found: tell\n", "", "missing_target", 8),
        ("    missing: ask\n", "    missing: aks\n", "missing_target", 15),
        ("    missing: ask\n", "    failed: find\n", "endless_loop", 8),
    ],
)
def test_mistakes_of_a_look_up_are_told_with_their_line(old: str, new: str, code: str, line: int) -> None:
    assert load_flow(FLOW, file="f.yaml", name="f", around=AROUND)[1] == []
    assert FLOW.count(old) == 1
    _, problems = load_flow(FLOW.replace(old, new), file="f.yaml", name="f", around=AROUND)
    assert (code, line) in [(one.code, one.line) for one in problems]


WRITING = """\
start: ask
variables: {phone: {type: phone}, number: {type: text}}
nodes:
  ask: {type: collect, text: {zh: 请输入手机号。, en: Number?}, into: phone, next: send, otherwise: person}
  send:
    type: sms
    number: phone
    message: {zh: "您好{caller_name}，工单见{phone}。", en: "{phone}"}
    next: leave
  leave:
    type: ticket
    ticket: complaint
    title: {zh: "{phone}的投诉", en: Complaint}
    priority: high
    into: {number: number}
    next: tell
  tell: {type: hangup, text: {zh: "工单{number}。", en: "{number}"}}
  person: {type: queue, queue: sales}
"""


async def test_what_is_written_has_its_figures_together(office: Office) -> None:
    folder = site(office)
    (folder / "flows" / "main.yaml").write_text(WRITING, encoding="utf-8")
    office.errand = answering(
        ErrandDone(way="next"), ErrandDone(way="next", fields={"number": "CS202611230007"})
    )
    await office.service(folder, QUICK).handle(ScriptedLine(keys=["13912345678"]))
    sms, ticket = office.errands
    assert dict(sms.values) == {"number": "13912345678", "text": "您好，工单见13912345678。"}
    assert (ticket.about, ticket.values["title"], ticket.values["priority"]) == (
        "complaint",
        "13912345678的投诉",
        "high",
    )
    assert office.said[-1] == "工单CS202611230007。"


async def test_who_hangs_up_has_left_the_ticket_all_the_same(office: Office) -> None:
    gone, written = asyncio.Event(), asyncio.Event()

    async def do(_order: ErrandOrder) -> ErrandDone:
        await gone.wait()
        written.set()
        return ErrandDone(way="next")

    class Leaving(ScriptedLine):
        @override
        async def hold(self, *, keys: str = "") -> str:
            gone.set()
            raise LineGone("the caller hung up")

    folder = site(office)
    (folder / "flows" / "main.yaml").write_text(WRITING, encoding="utf-8")
    office.errand = do
    async with asyncio.timeout(PATIENCE_S):
        await office.service(folder, IvrSettings(errand_silence_s=0.01)).handle(Leaving(keys=["1390000"]))
    assert written.is_set()


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("number: phone\n", "number: 1 + 2\n", "wrong_type", 7),
        ("number: phone\n", "number: fone\n", "unknown_variable", 7),
        ('工单见{phone}。"', '工单见{fone}。"', "unknown_variable", 8),
        (', en: "{phone}"}', "}", "missing_language", 8),
        ('en: "{phone}"', 'en: ""', "missing_prompt", 8),
        ("ticket: complaint", "ticket: complain", "wrong_type", 12),
        ("priority: high", "priority: highest", "wrong_type", 14),
        ("{number: number}", "{number: serial}", "unknown_field", 15),
        ("{number: number}", "{phone: number}", "wrong_type", 15),
        ("    next: tell\n", "", "missing_target", 10),
    ],
)
def test_mistakes_of_what_is_written_are_told_with_their_line(
    old: str, new: str, code: str, line: int
) -> None:
    assert load_flow(WRITING, file="f.yaml", name="f", around=Surroundings(is_for_author=True))[1] == []
    assert WRITING.count(old) == 1
    _, problems = load_flow(
        WRITING.replace(old, new), file="f.yaml", name="f", around=Surroundings(is_for_author=True)
    )
    assert (code, line) in [(one.code, one.line) for one in problems]
