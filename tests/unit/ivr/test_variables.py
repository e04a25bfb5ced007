"""Variables in a call: what flows give them, how ways depend on them, and that no restart forgets them."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.engine import Engine
from ivr.flow import Surroundings, load_flow
from ivr.kept import WRITTEN_MAX, Kept, read_kept, write_kept
from ivr.ports import KnownCaller
from ivr.settings import IvrSettings
from ivr.turn import Ask, Enqueue, Entered, Facts, KeyPressed, Turn
from telephony.port import LineEntry
from tests.unit.ivr.scripted import EXAMPLE, Office, ScriptedLine

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
FLOW = """\
start: menu
languages: [zh]
variables:
  asked: {type: number, value: 0}
  fee: {type: money, value: "19.90"}
  named: {type: text}
  is_vip: {type: yes_no}
  since: {type: date}
nodes:
  menu:
    type: menu
    text: {zh: "第{asked}次，{fee}，{is_vip}，{named}。请按1。"}
    options: {"1": again}
    otherwise: people
  again:
    type: set
    values:
      asked: asked + 1
      fee: fee * 2
      is_vip: caller_level == "vip"
      named: caller_name
      since: date(named)
    next: enough
  enough:
    type: condition
    cases:
      - {if: asked >= 3 and is_vip, to: vip}
      - {if: known(since), to: menu}
      - {if: asked >= 3, to: people}
    otherwise: menu
  vip: {type: goto, to: board}
  board: {type: queue, queue: board}
  people: {type: queue, queue: people}
"""


def engine() -> Engine:
    flow, problems = load_flow(FLOW, file="f.yaml", name="f", around=Surroundings(is_for_author=True))
    assert flow is not None, problems
    return Engine(flow, {}, IvrSettings())


def press(interpreter: Engine, facts: Facts, times: int) -> Turn:
    turn = interpreter.step(interpreter.begin(facts), Entered(), NOW)
    for _ in range(times):
        turn = interpreter.step(turn.state, KeyPressed(key="1"), NOW)
    return turn


def test_what_a_flow_gives_its_variables_is_said() -> None:
    last = press(engine(), Facts(caller_name="张伟", caller_level="vip"), 2).effects[-1]
    assert isinstance(last, Ask)
    assert last.prompts[0].text == "第2次，79.6元，是，张伟。请按1。"


def test_what_is_not_known_is_left_out_of_what_is_said() -> None:
    last = press(engine(), Facts(), 0).effects[-1]
    assert isinstance(last, Ask)
    assert last.prompts[0].text == "第0次，19.90元，，。请按1。"


@pytest.mark.parametrize(("level", "queue"), [("vip", "board"), ("normal", "people")])
def test_a_condition_leads_by_who_calls_and_what_was_counted(level: str, queue: str) -> None:
    last = press(engine(), Facts(caller_level=level), 3).effects[-1]
    assert isinstance(last, Enqueue)
    assert last.queue == queue


def test_a_variable_whose_expression_has_no_value_stays_as_it_is() -> None:
    assert "since" not in dict(press(engine(), Facts(caller_name="张伟"), 1).state.given)


def test_a_call_counts_for_itself() -> None:
    interpreter = engine()
    press(interpreter, Facts(), 2)
    assert interpreter.begin(Facts()).given == ()


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,39}", fullmatch=True)


@given(st.lists(st.tuples(NAMES, st.text(max_size=200)), max_size=30).map(tuple))
def test_what_is_kept_is_bounded_and_the_newest_comes_back(pairs: tuple[tuple[str, str], ...]) -> None:
    written = write_kept(Kept(given=pairs))
    assert len(written) <= WRITTEN_MAX
    given_back = read_kept(written).given
    assert given_back == pairs[len(pairs) - len(given_back) :]


def test_what_packs_small_and_unfolds_too_far_is_left_out_and_takes_nothing_with_it() -> None:
    written = write_kept(Kept(given=(("long", "0" * 30_000), ("n", "7")), flow="main", back=(("main", "a"),)))
    assert read_kept(written) == Kept(given=(("n", "7"),), flow="main", back=(("main", "a"),))


def test_usual_values_are_all_kept() -> None:
    usual = tuple((f"number_{n}", f"2026112300{n:02}") for n in range(20))
    assert read_kept(write_kept(Kept(given=usual))).given == usual


BROKEN = write_kept(Kept(given=(("a", "b"),)))[:-8]


@pytest.mark.parametrize("written", ["x", "****", "eJwDAAAAAAE", BROKEN, "é"])
def test_what_cannot_be_read_is_nothing(written: str) -> None:
    assert read_kept(written) == Kept()


@given(st.text(alphabet="abcXYZ019-_", max_size=60))
def test_no_word_makes_reading_fail(written: str) -> None:
    assert isinstance(read_kept(written), Kept)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    shutil.copytree(EXAMPLE, folder)
    text = FLOW.replace("queue: board", "queue: complaints").replace("queue: people", "queue: sales")
    (folder / "flows" / "main.yaml").write_text(text, encoding="utf-8")
    return folder


async def test_a_restart_in_a_menu_forgets_no_variable(office: Office, site: Path) -> None:
    office.customer = KnownCaller(name="张伟", level="vip")
    before = ScriptedLine(keys=["1", "1"], steps_left=9)
    await office.service(site).handle(before)
    assert before.mark is not None
    assert dict(read_kept(before.mark.kept_by_flow).given)["asked"] == "2"

    after = ScriptedLine(keys=["1"], entry=LineEntry.NEXT, mark=before.mark)
    await office.service(site).handle(after)
    (request,) = office.requests
    assert (request.queue, request.kept_by_flow) == ("complaints", after.marks[-1].kept_by_flow)
