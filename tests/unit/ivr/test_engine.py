"""The interpreter: whatever the flow, the keys and the time, a call always comes to an end."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.engine import Engine
from ivr.model import Flow, FlowHead
from ivr.nodes import NODE_TYPES, QUEUE_EXITS, QueueExit
from ivr.settings import IvrSettings
from ivr.turn import (
    Ask,
    AskDigits,
    AskWords,
    Enqueue,
    Entered,
    Errand,
    ErrandDone,
    Event,
    Facts,
    HangUp,
    KeyPressed,
    MessageTaken,
    NoRoom,
    NothingPressed,
    NothingSaid,
    ReachOut,
    SentAway,
    TakeMessage,
    Typed,
)
from kernel.calendar import Calendar
from telephony.model import CallMark, Outcome, Phase
from tests.unit.ivr.random_flows import READ, TEXT, VARIABLES, days, events, random_flows, targets

LAST = Ask | AskDigits | AskWords | Enqueue | TakeMessage | ReachOut | Errand | HangUp
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
OFFICE = Calendar.model_validate({"weekly": {"mon": "09:00-18:00"}})

ONE_OF_EACH: dict[str, dict[str, Any]] = {
    "say": {"type": "say", "text": TEXT, "next": "queue"},
    "menu": {"type": "menu", "text": TEXT, "options": {"1": "queue"}},
    "hours": {"type": "hours", "calendar": "office", "open": "queue", "closed": "voicemail"},
    "set": {"type": "set", "values": {"count": "count + 1"}, "next": "queue"},
    "condition": {"type": "condition", "cases": [{"if": "count > 1", "to": "menu"}], "otherwise": "queue"},
    "goto": {"type": "goto", "to": "queue"},
    "subflow": {"type": "subflow", "flow": "g", "next": "queue"},
    "return": {"type": "return"},
    "collect": {"type": "collect", "text": TEXT, "into": "word", "next": "queue"},
    "sms": {"type": "sms", "message": READ, "text": TEXT, "next": "queue"},
    "ticket": {
        "type": "ticket",
        "ticket": "complaint",
        "title": READ,
        "into": {"word": "number"},
        "next": "queue",
    },
    "progress": {"type": "progress", "found": "queue"},
    "identify": {"type": "identify", "member": "word", "found": "queue"},
    "lookup": {"type": "lookup", "lookup": "order", "text": TEXT, "found": "queue"},
    "listen": {"type": "listen", "text": TEXT, "into": "word", "next": "queue"},
    "queue": {"type": "queue", "queue": "sales", "text": TEXT},
    "voicemail": {"type": "voicemail", "text": TEXT},
    "hangup": {"type": "hangup", "text": TEXT},
}

SUBFLOW: dict[str, dict[str, Any]] = {
    "ask": {"type": "menu", "text": TEXT, "options": {"1": "back", "2": "on", "3": "again"}},
    "on": {"type": "goto", "flow": "f"},
    "again": {"type": "subflow", "flow": "g", "next": "back"},
    "back": {"type": "return"},
}


def flow(nodes: dict[str, dict[str, Any]], start: str, failed: str | None = None) -> Flow:
    parsed = {name: NODE_TYPES[node["type"]].model_validate(node) for name, node in nodes.items()}
    head = FlowHead.model_validate({"start": start, "variables": VARIABLES, "failed": failed})
    return Flow(name="f", head=head, nodes=parsed)


def engine(
    nodes: dict[str, dict[str, Any]],
    start: str,
    settings: IvrSettings | None = None,
    failed: str | None = None,
) -> Engine:
    other = flow(SUBFLOW, "ask")
    return Engine(flow(nodes, start, failed), {"office": OFFICE}, settings or IvrSettings(), {"g": other})


@pytest.mark.parametrize("node", sorted(ONE_OF_EACH))
def test_caller_can_be_brought_back_to_every_node(node: str) -> None:
    interpreter = engine(ONE_OF_EACH, "say")
    state = interpreter.begin(Facts(), "en", CallMark(phase=Phase.MENU, node=node))
    (effect,) = interpreter.step(state, Entered(), NOW).effects
    assert all(prompt.language == "en" for prompt in effect.prompts)  # type: ignore[union-attr]


def test_variables_are_put_into_what_is_said() -> None:
    interpreter = engine(ONE_OF_EACH, "say")
    turn = interpreter.step(interpreter.begin(Facts(caller_name="张伟")), Entered(), NOW)
    assert turn.effects[0].prompts[0].text == "您好张伟"  # type: ignore[union-attr]


@pytest.mark.parametrize(("hour_utc", "node"), [(2, "queue"), (12, "voicemail")])
def test_hours_decide_the_way(hour_utc: int, node: str) -> None:
    interpreter = engine(ONE_OF_EACH, "hours")
    turn = interpreter.step(interpreter.begin(Facts()), Entered(), NOW.replace(hour=hour_utc))
    assert turn.state.node == node


def test_missing_calendar_does_not_close_the_company() -> None:
    interpreter = Engine(flow(ONE_OF_EACH, "hours"), {}, IvrSettings())
    assert interpreter.step(interpreter.begin(Facts()), Entered(), NOW).state.node == "queue"


@pytest.mark.parametrize("miss", [KeyPressed(key="7"), NothingPressed()])
def test_third_miss_leads_to_the_flows_person(miss: Event) -> None:
    interpreter = engine(ONE_OF_EACH, "menu")
    turn = interpreter.step(interpreter.begin(Facts()), Entered(), NOW)
    for _ in range(2):
        turn = interpreter.step(turn.state, miss, NOW)
        assert isinstance(turn.effects[-1], Ask)
    turn = interpreter.step(turn.state, miss, NOW)
    assert isinstance(turn.effects[-1], Enqueue)


@pytest.mark.parametrize(("text", "said"), [(TEXT, "您好"), (None, "正在为您转接人工服务，请稍候。")])
def test_caller_on_the_way_out_hears_the_announcement_of_the_queue(
    text: dict[str, str] | None, said: str
) -> None:
    nodes = {"m": {**ONE_OF_EACH["menu"], "options": {"1": "q"}, "tries": 1}}
    nodes["q"] = {**ONE_OF_EACH["queue"], "text": text}
    interpreter = engine(nodes, "m")
    turn = interpreter.step(interpreter.begin(Facts()), Entered(), NOW)
    (effect,) = interpreter.step(turn.state, NothingPressed(), NOW).effects
    assert isinstance(effect, Enqueue)
    assert [prompt.text for prompt in effect.prompts] == [said]


def test_right_key_forgives_earlier_misses() -> None:
    nodes = {**ONE_OF_EACH, "menu": {**ONE_OF_EACH["menu"], "options": {"1": "menu", "2": "queue"}}}
    interpreter = engine(nodes, "menu")
    turn = interpreter.step(interpreter.begin(Facts()), Entered(), NOW)
    for key in ("7", "7", "1", "7", "7"):
        turn = interpreter.step(turn.state, KeyPressed(key=key), NOW)
    assert isinstance(turn.effects[-1], Ask)


def test_flow_without_a_person_parts_politely() -> None:
    interpreter = engine({"a": {**ONE_OF_EACH["menu"], "options": {"1": "a"}, "tries": 1}}, "a")
    turn = interpreter.step(interpreter.begin(Facts()), Entered(), NOW)
    (effect,) = interpreter.step(turn.state, NothingPressed(), NOW).effects
    assert isinstance(effect, HangUp)
    assert effect.outcome is Outcome.SELF_SERVED
    assert effect.prompts[0].text == "感谢您的来电，再见。"


def test_loop_that_never_asks_leads_to_a_person_without_a_torrent_of_words() -> None:
    nodes = {"a": {**ONE_OF_EACH["say"], "next": "a"}, "q": ONE_OF_EACH["queue"]}
    interpreter = engine(nodes, "a")
    (effect,) = interpreter.step(interpreter.begin(Facts()), Entered(), NOW).effects
    assert isinstance(effect, Enqueue)
    assert len(effect.prompts) == 1


def test_message_ends_the_call_as_voicemail() -> None:
    interpreter = engine(ONE_OF_EACH, "voicemail")
    turn = interpreter.step(interpreter.begin(Facts()), Entered(), NOW)
    assert isinstance(turn.effects[-1], TakeMessage)
    (effect,) = interpreter.step(turn.state, MessageTaken(), NOW).effects
    assert isinstance(effect, HangUp)
    assert effect.outcome is Outcome.VOICEMAIL


@pytest.mark.parametrize(("language", "parting"), [("zh", "再见"), ("en", "oodbye")])
def test_who_goes_on_after_a_message_is_not_told_goodbye(language: str, parting: str) -> None:
    ends = engine(ONE_OF_EACH, "voicemail")
    goes_on = engine({**ONE_OF_EACH, "voicemail": {**ONE_OF_EACH["voicemail"], "next": "menu"}}, "voicemail")
    said = []
    for interpreter in (ends, goes_on):
        turn = interpreter.step(interpreter.begin(Facts(), language), Entered(), NOW)
        (effect,) = interpreter.step(turn.state, MessageTaken(), NOW).effects
        said.append(effect.prompts[0].text)  # type: ignore[union-attr]
    assert [parting in text for text in said] == [True, False]


QUEUE_AND_MORE = {
    "q": {"type": "queue", "queue": "sales", "timeout": "ask", "closed": "message"},
    "ask": {"type": "menu", "text": TEXT, "options": {"1": "q", "2": "message"}},
    "message": {"type": "voicemail", "text": TEXT},
}


@pytest.mark.parametrize(("why", "node"), [("timeout", "ask"), ("closed", "message")])
def test_who_is_sent_away_goes_on_where_the_flow_says(why: QueueExit, node: str) -> None:
    interpreter = engine(QUEUE_AND_MORE, "q")
    turn = interpreter.step(interpreter.begin(Facts()), SentAway(why=why), NOW)
    assert turn.state.node == node


@pytest.mark.parametrize(
    ("event", "outcome"),
    [(MessageTaken(), Outcome.VOICEMAIL), (NothingSaid(), Outcome.FAILED), (NoRoom(), Outcome.FAILED)],
)
def test_who_is_sent_away_without_a_way_on_is_asked_for_a_message(event: Event, outcome: Outcome) -> None:
    interpreter = engine(QUEUE_AND_MORE, "q")
    turn = interpreter.step(interpreter.begin(Facts()), SentAway(why="full"), NOW)
    (message,) = turn.effects
    assert isinstance(message, TakeMessage)
    assert message.prompts[0].text.startswith("很抱歉，现在无法为您接通人工服务。")
    (last,) = interpreter.step(turn.state, event, NOW).effects
    assert isinstance(last, HangUp)
    assert last.outcome is outcome


def test_who_is_sent_away_again_and_again_is_asked_for_a_message() -> None:
    nodes = {"q": {**QUEUE_AND_MORE["q"], "timeout": "q"}}
    interpreter = engine(nodes, "q")
    turn = interpreter.step(interpreter.begin(Facts()), Entered(), NOW)
    for _ in range(IvrSettings().asks_max):
        turn = interpreter.step(turn.state, SentAway(why="timeout"), NOW)
    assert isinstance(turn.effects[-1], TakeMessage)


@given(random_flows, targets, st.lists(events, max_size=40), days, st.none() | targets)
def test_any_flow_with_any_input_ends_and_never_raises(
    nodes: dict[str, dict[str, Any]], start: str, inputs: list[Event], now: datetime, failed: str | None
) -> None:
    interpreter = engine(nodes, start, IvrSettings(asks_max=10), failed)
    turn = interpreter.step(interpreter.begin(Facts()), Entered(), now)
    assert isinstance(turn.effects[-1], LAST)
    for event in inputs:
        turn = interpreter.step(turn.state, event, now)
        assert isinstance(turn.effects[-1], LAST)
    assert turn.state.asks <= 10 + len(inputs)


@given(random_flows, st.sampled_from(("1", "7", "-")), st.sampled_from(QUEUE_EXITS))
def test_caller_who_does_the_same_for_ever_is_not_asked_for_ever(
    nodes: dict[str, dict[str, Any]], habit: str, why: QueueExit
) -> None:
    interpreter = engine(nodes, "a", IvrSettings(asks_max=10))
    turn = interpreter.step(interpreter.begin(Facts()), Entered(), NOW)
    for _ in range(14):
        event: Event
        match turn.effects[-1]:
            case HangUp():
                return
            case Enqueue():
                event = SentAway(why=why)
            case AskDigits():
                event = Typed(digits="" if habit == "-" else habit * 8)
            case Errand():
                event = ErrandDone(way="missing" if habit == "1" else "failed")
            case Ask():
                event = NothingPressed() if habit == "-" else KeyPressed(key=habit)
            case _:
                event = MessageTaken()
        turn = interpreter.step(turn.state, event, NOW)
    pytest.fail("the caller was still being asked")
