"""What a flow does once its caller has hung up: errands alone, and it always ends."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from ivr.after_hangup import AfterHangup
from ivr.cases import Case, try_case
from ivr.current_site import CurrentSite
from ivr.drawing import draw, to_svg
from ivr.engine import Engine
from ivr.flow import Surroundings, load_flow
from ivr.hanging_up import HangingUp
from ivr.model import Flow, FlowHead
from ivr.nodes import NODE_TYPES
from ivr.pinned import PinnedFlows
from ivr.ports import ErrandOrder
from ivr.settings import IvrSettings
from ivr.site import SiteFiles
from ivr.turn import Errand, ErrandDone, Facts
from kernel.errors import DatabaseUnavailable, InvalidInput
from telephony.events import HungUp
from telephony.model import CallMark, Phase
from tests.unit.ivr.random_flows import VARIABLES, days, events, random_flows, targets
from tests.unit.ivr.scripted import MONDAY_MORNING, Office, ScriptedLine, arrival

FLOW = """\
start: menu
hangup: who
variables: {order: {type: digits}, state: {type: text}, number: {type: text}}
nodes:
  menu:
    type: menu
    text: {zh: 查询订单请按1，人工请按2，留言请按3。, en: "Orders 1, operator 2, message 3."}
    options: {"1": ask, "2": person, "3": message, "4": part}
  ask: {type: collect, text: {zh: 请输入订单号。, en: Order?}, into: order, max_digits: 8, next: menu}
  person: {type: queue, queue: sales, text: {zh: 您的通话将被录音。, en: This call will be recorded.}}
  message: {type: voicemail, text: {zh: 请留言。, en: Speak.}, next: menu}
  part: {type: subflow, flow: part, next: menu}
  who:
    type: condition
    cases: [{if: left_at == "person", to: note}, {if: known(order), to: find}]
    otherwise: text_them
  find:
    type: lookup
    lookup: order
    give: {number: order}
    into: {state: state}
    found: text_them
    missing: done
    failed: note
  text_them:
    type: sms
    message: {zh: "您的来电中断了。订单{order}{state}", en: "You were disconnected. Order {order} {state}"}
    next: done
    failed: note
  note:
    type: ticket
    ticket: callback
    title: {zh: "来电中断：{left_at}", en: "Disconnected at {left_at}"}
    into: {number: number}
    next: done
  done: {type: hangup}
"""
PART = """\
start: there
nodes:
  there: {type: menu, text: {zh: 返回请按1。, en: Back 1.}, options: {"1": back, "2": person}}
  back: {type: return}
  person: {type: queue, queue: sales}
"""
DONE, SPEAKS = "  done: {type: hangup}", "speaks_after_hangup"
AROUND = Surroundings(queues={"sales": frozenset()}, is_for_author=True)


def write_site(folder: Path, flow: str = FLOW) -> Path:
    flows = folder / "flows"
    flows.mkdir(parents=True)
    (flows / "main.yaml").write_text(flow, encoding="utf-8")
    (flows / "part.yaml").write_text(PART, encoding="utf-8")
    (folder / "numbers.yaml").write_text("default: {flow: main}\n", encoding="utf-8")
    (folder / "calendars.yaml").write_text("calendars: {}\n", encoding="utf-8")
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return write_site(tmp_path / "site")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def going_on(office: Office, site: Path, settings: IvrSettings | None = None) -> HangingUp:
    settings = settings or IvrSettings()
    files = SiteFiles(site, settings, kept=office.tmp_path / "last_good")
    clock: Any = type("Clock", (), {"now": lambda _: office.now, "monotonic": lambda _: 0.0})()
    return HangingUp(
        site=CurrentSite(files, answer_max_s=5.0),
        pinned=PinnedFlows(office, settings),
        customers=office,
        errands=office,
        clock=clock,
        settings=settings,
    )


def left(mark: CallMark, at: datetime = MONDAY_MORNING) -> HungUp:
    return HungUp(at=at, arrival=arrival(), mark=mark)


def at(node: str, **more: Any) -> CallMark:
    return CallMark(phase=Phase.MENU, flow="main", node=node, language="zh", **more)


def answer(way: str, **fields: str) -> Callable[[ErrandOrder], Awaitable[ErrandDone]]:
    async def do(order: ErrandOrder) -> ErrandDone:
        return ErrandDone(way=way if order.kind == "lookup" else "next", fields=fields)

    return do


async def stands(office: Office, site: Path, keys: list[str], steps: int) -> CallMark | None:
    """Where the ledger knows a caller to stand who hung up after so many steps."""
    line = ScriptedLine(keys=keys, steps_left=steps)
    async with asyncio.timeout(10):
        await office.service(site).handle(line)
    return office.stood[-1]


async def test_a_caller_who_hangs_up_in_a_menu_is_known_to_stand_there(office: Office, site: Path) -> None:
    mark = await stands(office, site, [], 4)
    assert mark is not None
    assert (mark.flow, mark.node) == ("main", "menu")


async def test_who_waits_for_a_person_stands_at_the_queue(office: Office, site: Path) -> None:
    mark = await stands(office, site, ["2"], 1000)
    assert mark is not None
    assert mark.node == "person"


async def test_in_a_flow_that_says_nothing_of_it_nobody_stands(office: Office, tmp_path: Path) -> None:
    site = write_site(tmp_path / "other", FLOW.replace("hangup: who\n", ""))
    assert await stands(office, site, [], 4) is None


async def test_who_is_in_a_sub_flow_is_its_callers_caller(office: Office, site: Path) -> None:
    mark = await stands(office, site, ["4"], 8)
    assert mark is not None
    assert (mark.flow, mark.node) == ("part", "there")
    office.errand = answer("found")
    await going_on(office, site).run(left(mark))
    (sent,) = office.errands
    assert (sent.kind, sent.key) == ("sms", "hl-1/main/text_them")


async def test_what_was_typed_is_known_and_nothing_is_said(office: Office, site: Path) -> None:
    mark = await stands(office, site, ["1", "60010001"], 12)
    assert mark is not None
    office.said.clear()
    office.errand = answer("found", state="已发货")
    await going_on(office, site).run(left(mark))
    found, sent = office.errands
    assert (found.kind, found.values) == ("lookup", {"number": "60010001"})
    assert sent.values == {"number": "+8613812345678", "text": "您的来电中断了。订单60010001已发货"}
    assert office.said == []


async def test_it_is_known_where_the_caller_hung_up(office: Office, site: Path) -> None:
    await going_on(office, site).run(left(at("person")))
    (done,) = office.errands
    assert (done.kind, done.about, done.values["title"]) == ("ticket", "callback", "来电中断：person")


async def test_done_again_after_a_crash_everything_has_the_same_key(office: Office, site: Path) -> None:
    await going_on(office, site).run(left(at("menu")))
    office.now += timedelta(hours=3)
    await going_on(office, site).run(left(at("menu")))
    first, *again = office.errands
    assert len(again) == 3, "the message fails, and a ticket is left, both times"
    assert [one.key for one in office.errands[:2]] == [one.key for one in office.errands[2:]]
    assert first.values == again[1].values


async def test_what_is_refused_goes_the_way_of_a_failure(office: Office, site: Path) -> None:
    async def refuse(order: ErrandOrder) -> ErrandDone:
        if order.kind == "sms":
            raise InvalidInput("a landline")
        return ErrandDone(way="next")

    office.errand = refuse
    await going_on(office, site).run(left(at("menu")))
    assert [one.kind for one in office.errands] == ["sms", "ticket"]


async def test_without_the_database_nothing_is_given_up(office: Office, site: Path) -> None:
    async def away(_order: ErrandOrder) -> ErrandDone:
        raise DatabaseUnavailable("the database does not answer")

    office.errand = away
    with pytest.raises(DatabaseUnavailable):
        await going_on(office, site).run(left(at("menu")))
    assert [one.kind for one in office.errands] == ["sms"]


async def test_an_errand_that_hangs_counts_as_failed(office: Office, site: Path) -> None:
    async def hang(order: ErrandOrder) -> ErrandDone:
        if order.kind == "sms":
            await asyncio.Event().wait()
        return ErrandDone(way="next")

    office.errand = hang
    await going_on(office, site, IvrSettings(errand_max_s=0.05)).run(left(at("menu")))
    assert [one.kind for one in office.errands] == ["sms", "ticket"]


async def test_a_server_that_was_down_for_days_writes_to_nobody(office: Office, site: Path) -> None:
    await going_on(office, site).run(left(at("menu"), MONDAY_MORNING - timedelta(days=2)))
    assert office.errands == []


@pytest.mark.parametrize("mark", [at("gone"), replace(at("menu"), flow="gone")])
async def test_a_place_that_is_gone_breaks_nothing(office: Office, site: Path, mark: CallMark) -> None:
    await going_on(office, site).run(left(mark))
    assert [one.kind for one in office.errands] == (["sms", "ticket"] if mark.flow == "main" else [])


async def test_no_more_is_done_than_the_limit_says(office: Office, site: Path) -> None:
    await going_on(office, site, IvrSettings(hangup_errands_max=1)).run(left(at("menu")))
    assert [one.kind for one in office.errands] == ["sms"]


def engine_of(text: str) -> Engine:
    flow, problems = load_flow(text, file="f", name="main", around=Surroundings())
    assert flow is not None, problems
    return Engine(flow, {}, IvrSettings())


@pytest.mark.parametrize(
    ("old", "new", "code", "node", "line", "says"),
    [
        (DONE, "  done: {type: hangup, text: {zh: 再见。, en: Bye.}}", SPEAKS, "done", "done:", "nobody"),
        ("otherwise: text_them", "otherwise: menu", SPEAKS, "menu", "type: menu", "the caller is gone"),
        ("missing: done", "missing: message", SPEAKS, "message", "message:", "the caller is gone"),
        ("give: {number: order}", "text: {zh: 请稍候。, en: Wait.}", SPEAKS, "find", "text: {zh", "nobody"),
        (DONE, "  done: {type: goto, flow: part}", SPEAKS, "done", "done:", "goto to a node"),
        ("hangup: who", "hangup: whom", "missing_target", "", "hangup:", "perhaps 'who' is meant"),
        ("hangup: who", 'hangup: ""', "missing_target", "", "hangup:", "'hangup' is empty"),
        ("hangup: who\n", "", "unreachable_node", "who", "who:", "no way from the start"),
        ("number}\n    next: done", "number}\n    next: dome", "missing_target", "note", "next:", "'done'"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_without_a_caller_is_told(  # noqa: PLR0917 - the parts of a finding
    old: str, new: str, code: str, node: str, line: str, says: str
) -> None:
    assert FLOW.count(old) == 1
    text = FLOW.replace(old, new)
    flow, problems = load_flow(text, file="f", name="main", around=AROUND)
    found = next(one for one in problems if (one.code, one.node) == (code, node))
    assert flow is None
    assert says in found.message
    assert text.splitlines()[found.line - 1].strip().startswith(line)


def test_the_flow_itself_is_right() -> None:
    assert load_flow(FLOW, file="f", name="main", around=AROUND)[1] == []


def case(**more: Any) -> Case:
    written = {"name": "n", "at": "2026-11-23T10:00", "hangs_up": True, "ends": {"outcome": "abandoned"}}
    return Case.model_validate({**written, **more})


@pytest.mark.parametrize(
    "tried",
    [
        case(caller={"number": "13812345678"}, does=["text_them"], never_does=["ticket"]),
        case(keys="2", does=["来电中断：person"], hears=["录音"], ends={"node": "person"}),
        case(keys="27", does=["note"]),
        case(fails=["sms"], does=["sms", "note"]),
        case(keys="1,60010001#", lookups=[{"state": "已发货"}], does=["find", "订单60010001已发货"]),
        case(keys="3", never_does=["sms", "ticket"], ends={"node": "menu", "outcome": "voicemail"}),
        case(keys="9", hangs_up=False, never_does=["sms"], ends={"queue": "sales"}),
    ],
)  # fmt: skip
def test_a_hang_up_is_tried_without_a_telephone(tried: Case) -> None:
    assert try_case(engine_of(FLOW), tried, 1, "Asia/Shanghai").differences == []


@pytest.mark.parametrize(
    ("tried", "difference"),
    [
        (case(does=["ticket"], caller={"number": "13812345678"}), "'ticket' is not done"),
        (case(never_does=["中断"], caller={"number": "13812345678"}), "is done"),
        (case(ends={"outcome": "self_served"}), "it ends with outcome 'abandoned'"),
    ],
)
def test_what_differs_is_told(tried: Case, difference: str) -> None:
    (found,) = try_case(engine_of(FLOW), tried, 1, "Asia/Shanghai").differences
    assert difference in str(found)


def test_the_diagram_shows_on_what_occasion_one_comes_there() -> None:
    flow = engine_of(FLOW).flows.first
    drawing = draw(flow, "zh")
    assert [box.name for box in drawing.boxes if box.begins == "来电者挂断后"] == ["who"]
    assert "▶ 来电者挂断后" in to_svg(drawing, "zh")
    places = {box.name: box.y for box in drawing.boxes}
    assert places["menu"] < places["message"] < places["who"] < places["done"]


@given(random_flows, targets, targets, events, days)
def test_any_flow_ends_after_any_hang_up_and_says_nothing(
    nodes: dict[str, dict[str, Any]], start: str, hangup: str, event: Any, now: datetime
) -> None:
    parsed = {name: NODE_TYPES[node["type"]].model_validate(node) for name, node in nodes.items()}
    head = FlowHead.model_validate({"start": start, "hangup": hangup, "variables": VARIABLES})
    engine = Engine(Flow(name="f", head=head, nodes=parsed), {}, IvrSettings())
    after = AfterHangup(engine=engine, at=now, errands_max=3)
    done = event if isinstance(event, ErrandDone) else ErrandDone(way="next")
    turn, errands = after.begin(engine.begin(Facts())), 0
    while turn.effects:
        (errand,) = turn.effects
        assert isinstance(errand, Errand)
        assert errand.prompts == ()
        errands += 1
        turn = after.go_on(turn.state, done)
    assert errands <= 3
