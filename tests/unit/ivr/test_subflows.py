"""Flows that go through other flows and come back."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ivr.check import check_files, site_of
from ivr.engine import Engine
from ivr.flow import Surroundings, load_flow
from ivr.kept import Kept, read_kept, write_kept
from ivr.model import Flow
from ivr.settings import IvrSettings
from ivr.turn import AskDigits, Enqueue, Entered, Event, Facts, HangUp, KeyPressed, SentAway, Turn, Typed
from telephony.model import CallMark, Phase
from telephony.port import LineEntry
from tests.unit.ivr.scripted import EXAMPLE, Office, ScriptedLine

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
MAIN = """\
start: menu
variables: {member: {type: digits}, fee: {type: money, value: 5}}
nodes:
  menu:
    type: menu
    text: {zh: 会员请按1。, en: "Members, press 1."}
    options: {"1": identify, "2": away, "3": back}
    otherwise: person
  identify: {type: subflow, flow: identify, next: greet}
  greet: {type: say, text: {zh: "会员{member}，{fee}。", en: "{member}, {fee}."}, next: person}
  away: {type: goto, flow: identify}
  back: {type: return}
  person: {type: queue, queue: sales}
"""
IDENTIFY = """\
start: ask
variables: {member: {type: digits}, fee: {type: text, value: 无}}
nodes:
  ask:
    type: collect
    text: {zh: "请输入会员号，{fee}。", en: "Your member number, {fee}."}
    into: member
    next: end
    otherwise: end
  end: {type: return}
"""
SETTINGS = IvrSettings()


def flow(text: str, name: str, **around: Any) -> Flow:
    loaded, problems = load_flow(text, file=name, name=name, around=Surroundings(**around))
    assert loaded is not None, problems
    return loaded


def engine(main: str = MAIN, identify: str = IDENTIFY) -> Engine:
    return Engine(flow(main, "main"), {}, SETTINGS, {"identify": flow(identify, "identify")})


def after(interpreter: Engine, *events: Event) -> Turn:
    turn = interpreter.step(interpreter.begin(Facts()), Entered(), NOW)
    for event in events:
        turn = interpreter.step(turn.state, event, NOW)
    return turn


def said(turn: Turn) -> list[str]:
    last: Any = turn.effects[-1]
    return [prompt.text for prompt in last.prompts]


def test_a_caller_goes_through_the_other_flow_and_comes_back_with_what_it_learnt() -> None:
    interpreter = engine()
    inside = after(interpreter, KeyPressed(key="1"))
    assert isinstance(inside.effects[-1], AskDigits)
    assert (inside.state.flow, inside.state.back) == ("identify", (("main", "greet"),))
    behind = after(interpreter, KeyPressed(key="1"), Typed(digits="42"))
    assert (behind.state.flow, behind.state.node, behind.state.back) == ("main", "person", ())
    assert said(behind) == ["会员4 2，5元。"]


def test_variables_of_one_name_and_another_type_are_apart() -> None:
    assert said(after(engine(), KeyPressed(key="1"))) == ["请输入会员号，无。"]
    other = IDENTIFY.replace(
        "  end: {type: return}",
        "  end: {type: set, values: {fee: \"'x'\"}, next: out}\n  out: {type: return}",
    )
    behind = after(engine(identify=other), KeyPressed(key="1"), Typed(digits="42"))
    assert said(behind) == ["会员4 2，5元。"]


def test_who_goes_on_in_another_flow_comes_to_a_person_where_that_ends() -> None:
    last = after(engine(), KeyPressed(key="2"), Typed(digits="42")).effects[-1]
    assert isinstance(last, Enqueue)


def test_a_return_from_nowhere_leads_to_a_person() -> None:
    turn = after(engine(), KeyPressed(key="3"))
    assert isinstance(turn.effects[-1], Enqueue)
    assert said(turn) == ["正在为您转接人工服务，请稍候。"]


def test_who_is_not_understood_in_a_flow_without_a_person_gets_one_of_the_flow_around() -> None:
    lonely = IDENTIFY.replace("    otherwise: end\n", "    tries: 1\n")
    turn = after(engine(identify=lonely), KeyPressed(key="1"), Typed(digits=""))
    assert isinstance(turn.effects[-1], Enqueue)
    assert (turn.state.flow, turn.state.node) == ("main", "person")


def test_a_flow_that_is_gone_leads_to_a_person() -> None:
    interpreter = Engine(flow(MAIN, "main"), {}, SETTINGS)
    assert isinstance(after(interpreter, KeyPressed(key="1")).effects[-1], Enqueue)


LEADS_TO_MAIN = "start: a\nnodes:\n  a: {type: subflow, flow: main, next: b}\n  b: {type: return}\n"


GOES_TO_MAIN = "start: a\nnodes:\n  a: {type: goto, flow: main}\n"


@pytest.mark.parametrize("other", [GOES_TO_MAIN, LEADS_TO_MAIN])
def test_flows_that_lead_into_each_other_without_asking_end(other: str) -> None:
    main = "start: a\nnodes:\n  a: {type: subflow, flow: identify, next: b}\n  b: {type: return}\n"
    assert isinstance(after(engine(main, other)).effects[-1], HangUp)


def test_flows_do_not_go_deeper_and_deeper() -> None:
    interpreter = engine(identify=LEADS_TO_MAIN)
    presses = SETTINGS.subflows_deep_max // 2
    turn = after(interpreter, *[KeyPressed(key="1")] * presses)
    assert (turn.state.flow, len(turn.state.back)) == ("main", 2 * presses)
    turn = interpreter.step(turn.state, KeyPressed(key="1"), NOW)
    assert isinstance(turn.effects[-1], Enqueue)


def test_who_is_sent_away_from_a_queue_in_a_sub_flow_goes_on_there() -> None:
    text = "start: q\nnodes:\n  q: {type: queue, queue: x, full: end}\n  end: {type: return}\n"
    behind = after(engine(identify=text), KeyPressed(key="1"), SentAway(why="full"))
    assert (behind.state.flow, behind.state.node) == ("main", "person")


def test_the_way_back_is_kept_and_holds_only_where_the_caller_stood() -> None:
    back = (("main", "greet"), ("other", "menu"))
    kept = read_kept(write_kept(Kept(given=(("member", "42"),), flow="identify", back=back)))
    assert kept == Kept(given=(("member", "42"),), flow="identify", back=back)
    interpreter = Engine(flow(IDENTIFY, "identify"), {}, SETTINGS, {"main": flow(MAIN, "main")})
    mark = CallMark(phase=Phase.MENU, flow="identify", node="ask", kept_by_flow=write_kept(kept))
    assert interpreter.begin(Facts(), None, mark).back == back
    sent_on = Engine(flow(MAIN, "main"), {}, SETTINGS).begin(Facts(), None, mark)
    assert (sent_on.back, dict(sent_on.given)) == ((), {"member": "42"})


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(EXAMPLE, folder)
    (folder / "flows" / "main.yaml").write_text(MAIN, encoding="utf-8")
    (folder / "flows" / "identify.yaml").write_text(IDENTIFY, encoding="utf-8")
    return folder


async def test_a_restart_in_a_sub_flow_goes_on_there_and_comes_back(office: Office, site: Path) -> None:
    before = ScriptedLine(keys=["1"], steps_left=6)
    await office.service(site).handle(before)
    assert before.mark is not None
    assert (before.mark.flow, before.mark.node) == ("identify", "ask")
    after_ = ScriptedLine(keys=["42"], entry=LineEntry.NEXT, mark=before.mark)
    await office.service(site).handle(after_)
    assert "会员4 2，5元。" in office.said
    (request,) = office.requests
    assert (request.flow, request.node, request.queue) == ("main", "person", "sales")


def problems(site: Path, name: str = "main") -> list[tuple[str, int, str]]:
    found = check_files([site / "flows" / f"{name}.yaml"], lambda _: site, IvrSettings())
    return [(one.code, one.line, one.node) for one in found]


def test_flows_that_lead_into_each_other_are_right(site: Path) -> None:
    assert problems(site) == problems(site, "identify") == []


def test_what_stands_beside_a_flow_and_never_ends_is_not_read(site: Path) -> None:
    (site / "flows" / "noise.yaml").symlink_to("/dev/zero")
    assert problems(site) == []


def test_a_link_to_itself_is_told_as_any_file_that_cannot_be_read(site: Path) -> None:
    link = site / "flows" / "ring.yaml"
    link.symlink_to(link)
    with pytest.raises(OSError, match="symbolic links"):
        check_files([link], lambda file: site_of(file, [site]), IvrSettings())


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{type: subflow, flow: identify", "{type: subflow, flow: identity", ("unknown_flow", 9, "identify")),
        ("{type: goto, flow: identify}", "{type: goto, flow: gone}", ("unknown_flow", 11, "away")),
        ("{type: goto, flow: identify}", "{type: goto}", ("missing_target", 11, "away")),
        (
            "{type: goto, flow: identify}",
            "{type: goto, flow: identify, to: greet}",
            ("missing_target", 11, "away"),
        ),
        ("{type: subflow, flow: identify", "{type: subflow, flow: main", ("endless_loop", 9, "identify")),
        ("flow: identify, next: greet", "flow: identify, next: meet", ("missing_target", 9, "identify")),
        ("flow: identify, next: greet", "next: greet", ("missing_field", 9, "identify")),
        ("{type: return}", "{type: return, next: menu}", ("unknown_field", 12, "back")),
    ],
)
def test_ways_into_other_flows_are_checked(
    site: Path, old: str, new: str, expected: tuple[str, int, str]
) -> None:
    (site / "flows" / "main.yaml").write_text(MAIN.replace(old, new), encoding="utf-8")
    assert expected in problems(site)


def test_flows_that_go_through_each_other_for_ever_are_told(site: Path) -> None:
    around = IDENTIFY.replace(
        "  end: {type: return}", "  end: {type: subflow, flow: third, next: out}\n  out: {type: return}"
    )
    (site / "flows" / "identify.yaml").write_text(around, encoding="utf-8")
    third = "start: a\nnodes:\n  a: {type: subflow, flow: main, next: b}\n  b: {type: return}\n"
    (site / "flows" / "third.yaml").write_text(third, encoding="utf-8")
    assert problems(site) == [("endless_loop", 9, "identify")]
    assert problems(site, "third") == [("endless_loop", 3, "a")]
