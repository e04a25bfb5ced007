"""What a flow says of callers who press nothing or something else, and of nodes that fail them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from ivr.check import check_files
from ivr.engine import Engine
from ivr.flow import Surroundings, load_flow
from ivr.ports import QueueRequest
from ivr.prompts import known_ahead
from ivr.settings import IvrSettings
from ivr.turn import (
    Enqueue,
    Entered,
    Event,
    Facts,
    KeyPressed,
    NodeFailed,
    NothingPressed,
    TakeMessage,
    Typed,
)
from kernel.briefs import Words
from kernel.ids import CallId
from telephony.model import Outcome
from tests.unit.ivr.scripted import EXAMPLE, MONDAY_MORNING, Office, ScriptedLine

HEAD = "start: menu\nlanguages: [zh]\nvariables: {price: {type: money, value: 20}, typed: {type: digits}}\n"
MENU = """\
nodes:
  menu:
    type: menu
    text: {zh: 购买请按1。}
    options: {"1": collect}
    tries: 2
    otherwise: other
    no_input: silent
    wrong_input: wrong
    no_input_text: {zh: "请按一个键，上门费{price}。"}
    wrong_input_text: {zh: 没有这个选项。}
  collect:
    type: collect
    text: {zh: 请输入号码。}
    into: typed
    max_digits: 4
    min_digits: 4
    tries: 2
    next: other
    no_input: silent
    no_input_text: {zh: 请输入四位数字。}
  silent: {type: queue, queue: silent}
  wrong: {type: queue, queue: wrong}
  other: {type: queue, queue: other}
"""


def engine(text: str) -> Engine:
    flow, problems = load_flow(text, file="f.yaml", name="f", around=Surroundings(is_for_author=True))
    assert problems == []
    assert flow is not None
    return Engine(flow, {}, IvrSettings())


def after(interpreter: Engine, *events: Event) -> Any:
    """What is done last of all."""
    turn = interpreter.step(interpreter.begin(Facts()), Entered(), MONDAY_MORNING)
    for event in events:
        turn = interpreter.step(turn.state, event, MONDAY_MORNING)
    return turn.effects[-1]


SILENCE, WRONG = NothingPressed(), KeyPressed(key="7")


@pytest.mark.parametrize(
    ("events", "queue"),
    [
        ((SILENCE, SILENCE), "silent"),
        ((WRONG, WRONG), "wrong"),
        ((WRONG, SILENCE), "silent"),
        ((SILENCE, WRONG), "wrong"),
    ],
)
def test_the_last_miss_says_where_a_caller_goes(events: tuple[Event, ...], queue: str) -> None:
    last = after(engine(HEAD + MENU), *events)
    assert isinstance(last, Enqueue)
    assert last.queue == queue


@pytest.mark.parametrize("event", [SILENCE, WRONG])
def test_without_a_way_of_its_own_a_miss_leads_otherwise(event: Event) -> None:
    plain = MENU.replace("    no_input: silent\n    wrong_input: wrong\n", "", 1)
    plain = plain.replace("no_input: silent", "no_input: wrong").replace("next: other", "next: silent")
    last = after(engine(HEAD + plain), event, event)
    assert isinstance(last, Enqueue)
    assert last.queue == "other"


@pytest.mark.parametrize(
    ("events", "said"),
    [
        ((SILENCE,), "请按一个键，上门费20元。"),
        ((WRONG,), "没有这个选项。"),
        ((KeyPressed(key="1"), Typed(digits="")), "请输入四位数字。"),
        ((KeyPressed(key="1"), Typed(digits="12")), "对不起，您输入的号码不正确，请重新输入。"),
    ],
)
def test_a_retry_has_words_of_its_own(events: tuple[Event, ...], said: str) -> None:
    assert after(engine(HEAD + MENU), *events).prompts[0].text == said


def test_words_for_a_retry_are_rendered_ahead() -> None:
    flow = engine(HEAD + MENU).flows.first
    assert {"请按一个键，上门费20元。", "没有这个选项。"} <= {prompt.text for prompt in known_ahead(flow)}


FAILED = "failed: sorry\n"
SORRY = "  sorry: {type: voicemail, text: {zh: 出了一点问题，请留言。}}\n"


def is_message(effect: object) -> bool:
    return isinstance(effect, TakeMessage) and effect.prompts[0].text == "出了一点问题，请留言。"


def test_whom_a_node_fails_goes_where_the_flow_says() -> None:
    assert is_message(after(engine(FAILED + HEAD + MENU + SORRY), NodeFailed()))


def test_whom_a_node_fails_goes_to_the_first_queue_by_itself() -> None:
    last = after(engine(HEAD + MENU), NodeFailed())
    assert isinstance(last, Enqueue)
    assert last.queue == "silent"


def test_an_endless_way_leads_where_the_flow_says_and_nothing_of_it_is_said() -> None:
    loop = "nodes:\n  menu: {type: condition, cases: [{if: 'known(typed)', to: sorry}], otherwise: say}\n"
    loop += "  say: {type: say, text: {zh: 您好。}, next: menu}\n" + SORRY
    flow, _ = load_flow(HEAD + loop, file="f", name="f", around=Surroundings())
    assert flow is None  # the check finds it; one that gets past it ends all the same
    broken = engine(FAILED + HEAD + MENU + SORRY)
    state = broken.begin(Facts())
    turn = broken.step(type(state)(node="gone", language="zh", flow="f"), Entered(), MONDAY_MORNING)
    assert is_message(turn.effects[-1])


def test_a_target_that_fails_too_leads_to_a_person() -> None:
    interpreter = engine(FAILED + HEAD + MENU + SORRY)
    state = interpreter.begin(Facts())
    tired = type(state)(node="menu", language="zh", flow="f", asks=IvrSettings().asks_max)
    (effect,) = interpreter.step(tired, NodeFailed(), MONDAY_MORNING).effects
    assert isinstance(effect, Enqueue)


class BrokenOffice(Office):
    """Some of its parts fail."""

    fails: Callable[[QueueRequest], bool] = staticmethod(lambda _: False)
    choices_fail = False

    @override
    async def enter(self, request: QueueRequest) -> Any:
        if self.fails(request):
            raise RuntimeError("routing is broken")
        return await super().enter(request)

    @override
    async def choose(self, call: CallId, choice: Words) -> tuple[Words, ...]:
        if self.choices_fail:
            raise RuntimeError("the database is away")
        return await super().choose(call, choice)


def site(folder: Path) -> Path:
    (folder / "flows").mkdir(parents=True)
    for name in ("calendars.yaml", "queues.yaml"):
        (folder / name).write_bytes((EXAMPLE / name).read_bytes())
    (folder / "numbers.yaml").write_text("numbers: {}\ndefault: {flow: f}\n", encoding="utf-8")
    queue = "  menu: {type: queue, queue: sales}\n"
    flow = FAILED + "start: menu\nlanguages: [zh]\nnodes:\n" + queue + SORRY
    (folder / "flows" / "f.yaml").write_text(flow, encoding="utf-8")
    assert check_files([folder / "flows" / "f.yaml"], lambda _: folder, IvrSettings()) == []
    return folder


async def test_a_queue_that_cannot_be_entered_leads_where_the_flow_says(tmp_path: Path) -> None:
    office = BrokenOffice(tmp_path)
    office.fails = lambda _: True
    line = ScriptedLine()
    await office.service(site(tmp_path / "site")).handle(line)
    assert "出了一点问题，请留言。" in office.said
    assert office.outcomes[0] is Outcome.VOICEMAIL
    assert line.did[-1] == "hang_up"


async def test_a_choice_that_cannot_be_written_down_is_chosen_all_the_same(tmp_path: Path) -> None:
    office = BrokenOffice(tmp_path)
    office.choices_fail = True
    line = ScriptedLine(keys=["2"])
    await office.service().handle(line)
    assert [request.queue for request in office.requests] == ["complaints"]
    assert line.did[-1] == "hold"
