"""Digits that callers type: what counts, what is asked again, and what the agent hears of it."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ivr.engine import Engine
from ivr.flow import Surroundings, load_flow
from ivr.kept import read_kept
from ivr.settings import IvrSettings
from ivr.trial import Script, try_flow
from ivr.turn import (
    Ask,
    AskDigits,
    Chose,
    Enqueue,
    Entered,
    Event,
    Facts,
    KeyPressed,
    NothingPressed,
    Turn,
    Typed,
)
from kernel.briefs import Words
from telephony.port import LineEntry
from tests.unit.ivr.scripted import EXAMPLE, Office, ScriptedLine

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FLOW = """\
start: ask
variables:
  typed: {type: TYPE}
nodes:
  ask:
    type: collect
    text: {zh: 请输入号码。, en: Please enter the number.}
    into: typed
    MORE
    next: found
    otherwise: helper
  found:
    type: say
    text: {zh: "号码{typed}。", en: "Number {typed}."}
    next: person
  person: {type: queue, queue: sales}
  helper: {type: queue, queue: complaints}
"""


def written(kind: str = "digits", more: str = "max_digits: 20") -> str:
    return FLOW.replace("TYPE", kind).replace("MORE", more)


def engine(kind: str = "digits", more: str = "max_digits: 20") -> Engine:
    flow, problems = load_flow(
        written(kind, more), file="f", name="f", around=Surroundings(is_for_author=True)
    )
    assert flow is not None, problems
    return Engine(flow, {}, IvrSettings())


def after(interpreter: Engine, *events: Event) -> Turn:
    turn = interpreter.step(interpreter.begin(Facts()), Entered(), NOW)
    for event in events:
        turn = interpreter.step(turn.state, event, NOW)
    return turn


def said(turn: Turn) -> list[str]:
    last: Any = turn.effects[-1]
    return [prompt.text for prompt in last.prompts]


def test_digits_are_asked_for_with_their_bounds() -> None:
    (last,) = after(engine(more="max_digits: 12\n    timeout_s: 7")).effects
    assert isinstance(last, AskDigits)
    assert (last.digits_max, last.timeout_s, [p.text for p in last.prompts]) == (12, 7, ["请输入号码。"])


@pytest.mark.parametrize(
    ("kind", "more", "digits", "value"),
    [
        ("digits", "min_digits: 4", "0042", "0042"),
        ("text", "check: resident_id", "11010519491231002*", "11010519491231002X"),
        ("phone", "check: luhn", "79927398713", "79927398713"),
        ("digits", "check: mod11_10", "07945", "07945"),
        ("text", "check: mod11_2", "07940", "07940"),
        ("text", "check: mod11_2", "000000021694233*", "000000021694233X"),
        ("number", "max_digits: 3", "007", "007"),
        ("date", "max_digits: 8", "20260228", "2026-02-28"),
        ("time", "max_digits: 4", "0930", "09:30"),
        ("time", "max_digits: 4", "930", "09:30"),
        ("time", "max_digits: 4", "12", "12:00"),
    ],
)
def test_what_fits_becomes_the_value_of_the_variable(kind: str, more: str, digits: str, value: str) -> None:
    turn = after(engine(kind, more), Typed(digits=digits))
    assert dict(turn.state.given) == {"typed": value}
    assert isinstance(turn.effects[-1], Enqueue)


@pytest.mark.parametrize(
    ("kind", "more", "digits"),
    [
        ("digits", "min_digits: 4", "042"),
        ("digits", "max_digits: 4", "00042"),
        ("digits", "min_digits: 1", "4*2"),
        ("digits", "check: luhn", "79927398710"),
        ("digits", "check: mod11_10", "07954"),
        ("digits", "check: mod11_10", "0794*"),
        ("text", "check: mod11_2", "07904"),
        ("text", "check: mod11_2", "*0794"),
        ("text", "check: resident_id", "110105194912310021"),
        ("text", "min_digits: 1", "*"),
        ("date", "max_digits: 8", "20260230"),
        ("date", "max_digits: 8", "2026022"),
        ("time", "max_digits: 4", "2400"),
        ("time", "max_digits: 4", "25"),
    ],
)
def test_what_does_not_fit_is_asked_for_again_and_in_the_end_leads_on(
    kind: str, more: str, digits: str
) -> None:
    interpreter = engine(kind, more)
    turn = after(interpreter, Typed(digits=digits))
    assert said(turn) == ["对不起，您输入的号码不正确，请重新输入。", "请输入号码。"]
    last = after(interpreter, *[Typed(digits=digits)] * 3).effects[-1]
    assert isinstance(last, Enqueue)
    assert last.queue == "complaints"


def test_silence_and_wrong_digits_count_together() -> None:
    interpreter = engine(more="min_digits: 4")
    assert said(after(interpreter, Typed(digits="")))[0] == "对不起，没有收到您的按键。"
    last = after(interpreter, Typed(digits=""), Typed(digits="1"), Typed(digits="")).effects[-1]
    assert isinstance(last, Enqueue)
    assert last.queue == "complaints"


READ_BACK = "您输入的是1 2 3 4。正确请按1，重新输入请按2。"


def test_what_is_read_back_counts_once_it_is_confirmed() -> None:
    turn = after(engine(more="read_back: true"), Typed(digits="1234"))
    assert isinstance(turn.effects[-1], Ask)
    assert (said(turn), turn.state.given) == ([READ_BACK], ())
    turn = after(engine(more="read_back: true"), Typed(digits="1234"), KeyPressed(key="1"))
    assert (said(turn), dict(turn.state.given)) == (["号码1 2 3 4。"], {"typed": "1234"})


@pytest.mark.parametrize("key", ["2", "9", "#"])
def test_what_is_not_confirmed_is_typed_again(key: str) -> None:
    turn = after(engine(more="read_back: true"), Typed(digits="1234"), KeyPressed(key=key))
    assert (said(turn), turn.state.given) == (["请输入号码。"], ())


def test_who_never_confirms_is_not_asked_for_ever() -> None:
    interpreter = engine(more="read_back: true")
    last = after(interpreter, *[Typed(digits="1234"), NothingPressed()] * 3).effects[-1]
    assert isinstance(last, Enqueue)
    assert last.queue == "complaints"


@pytest.mark.parametrize(
    ("more", "told"),
    [("tries: 3", []), ("label: {zh: 订单号, en: Order}", [("订单号 1234", "Order 1234")])],
)
def test_the_agent_hears_of_it_where_the_flow_says_so(more: str, told: list[tuple[str, str]]) -> None:
    effects = after(engine(more=more), Typed(digits="1234")).effects
    found = [(effect.label["zh"], effect.label["en"]) for effect in effects if isinstance(effect, Chose)]
    assert found == told


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("12 34#1", [{"did": "type", "digits": "1234"}, {"did": "key", "key": "1"}]),
        ("123456 1", [{"did": "type", "digits": "123456"}, {"did": "key", "key": "1"}]),
        ("123-", [{"did": "type", "digits": "123"}, {"did": "silence"}, {"did": "silence"}]),
    ],
)
def test_trying_a_flow_types_the_keys_up_to_the_hash_or_the_last_digit(
    keys: str, shown: list[dict[str, str]]
) -> None:
    interpreter = engine(more="read_back: true\n    min_digits: 4\n    max_digits: 6")
    steps = list(try_flow(interpreter, interpreter.begin(Facts()), Script(keys=keys), NOW))
    answers = [step for step in steps if step["did"] in {"type", "key", "silence"}]
    assert answers == shown


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(EXAMPLE, folder)
    more = "read_back: true\n    label: {zh: 订单号, en: Order}"
    (folder / "flows" / "main.yaml").write_text(written("digits", more), encoding="utf-8")
    return folder


async def test_a_caller_types_confirms_and_waits_with_it(office: Office, site: Path) -> None:
    line = ScriptedLine(keys=["1234", "1"])
    await office.service(site).handle(line)
    assert line.mark is not None
    assert dict(read_kept(line.mark.kept_by_flow).given) == {"typed": "1234"}
    assert office.choices == [Words(zh="订单号 1234", en="Order 1234")]
    assert "号码1 2 3 4。" in office.said
    assert office.requests[0].queue == "sales"


async def test_a_restart_before_the_confirmation_asks_for_the_digits_again(
    office: Office, site: Path
) -> None:
    before = ScriptedLine(keys=["1234"], steps_left=5)
    await office.service(site).handle(before)
    assert READ_BACK in office.said
    office.said.clear()
    again = ScriptedLine(keys=["5678", "1"], entry=LineEntry.NEXT, mark=before.mark)
    await office.service(site).handle(again)
    assert office.said[0] == "请输入号码。"
    assert again.mark is not None
    assert dict(read_kept(again.mark.kept_by_flow).given) == {"typed": "5678"}


async def test_a_voice_that_fails_takes_no_digits_away(office: Office, site: Path) -> None:
    office.speech_fails = True
    await office.service(site).handle(ScriptedLine(keys=["1234", "1"]))
    assert [request.queue for request in office.requests] == ["sales"]
