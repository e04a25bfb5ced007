"""Callers who say who they are: what is asked, where they go on, and what queues and agents know then."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from ivr.flow import Surroundings, load_flow
from ivr.ports import ErrandOrder, KnownCaller
from ivr.turn import ErrandDone
from telephony.model import CallMark, Phase
from telephony.port import LineEntry
from tests.unit.ivr.scripted import EXAMPLE, Office, ScriptedLine, arrival

FLOW = """\
start: ask
variables: {member: {type: digits}, four: {type: digits}, level: {type: text}, proven: {type: yes_no}}
nodes:
  ask:
    type: collect
    text: {zh: 请输入会员号。, en: Your member number?}
    into: member
    max_digits: 8
    check: luhn
    tries: 2
    next: who
    wrong_input: helper
  who:
    type: identify
    member: member
    proof: four
    into: {level: level, proven: proven}
    found: greet
    missing: unknown
    unproven: ask_four
  ask_four: {type: collect, text: {zh: 后四位？, en: Last four?}, into: four, max_digits: 4, next: who}
  greet: {type: say, text: {zh: "您好{caller_name}，等级{caller_level}。", en: Hello.}, next: person}
  unknown: {type: say, text: {zh: 没有这个会员号。, en: No such number.}, next: helper}
  person: {type: queue, queue: sales}
  helper: {type: queue, queue: complaints}
"""
RIGHT, WRONG = "80010010", "80010011"
ZHANG = KnownCaller(name="张伟", level="vip")


@pytest.fixture
def office(tmp_path: Path) -> Office:
    return Office(tmp_path)


def site(office: Office) -> Path:
    folder = office.tmp_path / "site"
    shutil.copytree(EXAMPLE, folder, dirs_exist_ok=True)
    (folder / "flows" / "main.yaml").write_text(FLOW, encoding="utf-8")
    return folder


def knows(office: Office, answers: Mapping[str, ErrandDone]) -> None:
    """The directory, which knows the caller once it was told: by the proof that was given."""

    async def do(order: ErrandOrder) -> ErrandDone:
        done = answers[order.values.get("proof", "")]
        if done.way == "found":
            office.customer = ZHANG
        return done

    office.errand = do


FOUND = ErrandDone(way="found", fields={"name": "张伟", "level": "vip", "proven": "true"})
TAKEN_AT_THEIR_WORD = ErrandDone(way="found", fields={"level": "vip", "proven": "false"})


async def test_a_member_is_known_to_the_queue(office: Office) -> None:
    knows(office, {"": FOUND})
    await office.service(site(office)).handle(ScriptedLine(keys=[RIGHT]))
    (request,) = office.requests
    assert (request.queue, request.level) == ("sales", "vip")
    assert "您好张伟，等级vip。" in office.said
    (order,) = office.errands
    assert (order.kind, order.about, dict(order.values)) == ("identify", "proof", {"member": RIGHT})


async def test_a_number_of_which_nothing_proves_whose_it_is_tells_no_name(office: Office) -> None:
    office.customer = KnownCaller(name="王芳", level="normal")
    knows(office, {"": TAKEN_AT_THEIR_WORD})
    await office.service(site(office)).handle(ScriptedLine(keys=[RIGHT]))
    assert "您好，等级vip。" in office.said


async def test_a_wrong_digit_is_asked_for_again_and_then_the_flow_says_where_to(office: Office) -> None:
    knows(office, {})
    await office.service(site(office)).handle(ScriptedLine(keys=[WRONG, WRONG]))
    assert [request.queue for request in office.requests] == ["complaints"]
    assert office.said.count("请输入会员号。") == 2
    assert office.errands == []


async def test_who_has_to_prove_it_is_asked_and_known_then(office: Office) -> None:
    knows(office, {"": ErrandDone(way="unproven"), "5678": FOUND})
    await office.service(site(office)).handle(ScriptedLine(keys=[RIGHT, "5678"]))
    assert [request.level for request in office.requests] == ["vip"]


@pytest.mark.parametrize("way", ["missing", "failed"])
async def test_who_is_not_found_stays_who_they_were(office: Office, way: str) -> None:
    office.customer = KnownCaller(name="王芳", level="important")
    knows(office, {"": ErrandDone(way=way)})
    await office.service(site(office)).handle(ScriptedLine(keys=[RIGHT]))
    (request,) = office.requests
    assert request.level == "important"


async def test_a_new_server_knows_a_member_whose_number_is_withheld(office: Office) -> None:
    office.customer = ZHANG
    mark = CallMark(phase=Phase.MENU, flow="main", node="greet", language="zh")
    line = ScriptedLine(entry=LineEntry.NEXT, mark=mark, came=arrival(number=""))
    await office.service(site(office)).handle(line)
    assert [request.level for request in office.requests] == ["vip"]


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("member: member\n", "member: membre\n", "unknown_variable"),
        ("member: member\n    proof", "proof", "missing_field"),
        ("proof: four", "proof: 1 + 1", "wrong_type"),
        ("level: level,", "level: number,", "unknown_field"),
        ("found: greet", "found: greeet", "missing_target"),
        ("found: greet", "trust: everybody\n    found: greet", "wrong_type"),
    ],
)
def test_what_is_wrong_is_found_before(old: str, new: str, code: str) -> None:
    assert old in FLOW
    _, problems = load_flow(FLOW.replace(old, new), file="f", name="f", around=Surroundings())
    assert code in {problem.code for problem in problems}
    assert {problem.node for problem in problems if problem.code == code} == {"who"}


async def test_a_language_that_is_chosen_is_kept_for_the_next_call_once(office: Office) -> None:
    await office.service().handle(ScriptedLine(keys=["9", "9", "1"]))
    assert office.languages_kept == [("+8613812345678", "en")]
    assert [request.language for request in office.requests] == ["en"]


async def test_a_language_that_cannot_be_kept_costs_nobody_the_call(office: Office) -> None:
    async def broken() -> None:
        raise RuntimeError("the database is away")

    office.lookup = broken
    await office.service().handle(ScriptedLine(keys=["9", "1"]))
    assert [request.language for request in office.requests] == ["en"]


async def test_the_example_has_a_way_back_from_english(office: Office) -> None:
    office.customer = KnownCaller(language="en")
    await office.service().handle(ScriptedLine(keys=["8", "1"]))
    assert office.voices["中文服务请按8。"] == "zh"
    assert office.languages_kept == [("+8613812345678", "zh")]
