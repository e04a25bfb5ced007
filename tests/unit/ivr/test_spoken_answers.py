"""Menus and questions that are answered by voice: sure, doubtful, not understood, not heard."""

from datetime import UTC, datetime
from typing import Any

import pytest

from ivr.engine import Engine
from ivr.model import Flow, FlowHead
from ivr.nodes import NODE_TYPES
from ivr.settings import IvrSettings
from ivr.turn import (
    Ask,
    AskDigits,
    Chose,
    Enqueue,
    Entered,
    Event,
    Facts,
    KeyPressed,
    NotHeard,
    NothingPressed,
    Said,
    State,
    Turn,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TEXT = {"zh": "您好", "en": "Hello"}
NODES: dict[str, dict[str, Any]] = {
    "menu": {
        "type": "menu",
        "text": TEXT,
        "options": {
            "1": {"to": "complaints", "label": {"zh": "投诉", "en": "Complaints"}},
            "2": {"to": "repairs", "say": {"zh": ["维修", "修理"], "en": "repair"}},
            "3": {"to": "order"},
        },
        "otherwise": "sales",
    },
    "repairs": {
        "type": "menu",
        "text": {"zh": "几号", "en": "Which?"},
        "options": {"1": "menu", "5": "sales"},
    },
    "order": {
        "type": "collect",
        "text": TEXT,
        "into": "order",
        "min_digits": 4,
        "max_digits": 6,
        "next": "sales",
    },
    "member": {"type": "collect", "text": TEXT, "into": "order", "check": "luhn", "next": "sales"},
    "problem": {
        "type": "listen",
        "text": TEXT,
        "into": "problem",
        "label": {"zh": "问题", "en": "Problem"},
        "next": "complaints",
        "otherwise": "repairs",
    },
    "quiet": {"type": "menu", "text": TEXT, "listen": False, "options": {"1": "sales"}},
    "sales": {"type": "queue", "queue": "sales"},
    "complaints": {"type": "queue", "queue": "complaints"},
}


def engine() -> Engine:
    head = FlowHead.model_validate(
        {"start": "menu", "variables": {"order": {"type": "digits"}, "problem": {"type": "text"}}}
    )
    nodes = {name: NODE_TYPES[node["type"]].model_validate(node) for name, node in NODES.items()}
    return Engine(Flow(name="f", head=head, nodes=nodes), {}, IvrSettings())


def at(node: str = "menu", language: str = "zh") -> State:
    begun = engine().begin(Facts(), "en" if language == "en" else "zh")
    return engine().step(State(node=node, language=begun.language, flow="f"), Entered(), NOW).state


def after(state: State, *events: Event) -> Turn:
    turn = Turn(state=state, effects=())
    for event in events:
        turn = engine().step(turn.state, event, NOW)
    return turn


def sure(text: str) -> Said:
    return Said(text=text, confidence=0.95)


def said_in(turn: Turn) -> str:
    last = turn.effects[-1]
    assert not isinstance(last, Chose)
    return "".join(prompt.text for prompt in last.prompts)


def test_a_menu_listens_for_its_labels_phrases_keys_and_what_holds_everywhere() -> None:
    ask = engine().step(State(node="menu", language="zh", flow="f"), Entered(), NOW).effects[-1]
    assert isinstance(ask, Ask)
    assert ask.listening is not None
    assert ask.listening.language == "zh"
    assert {"投诉", "维修", "修理", "三", "人工", "返回", "重复"} <= set(ask.listening.phrases)


def test_a_menu_that_is_not_to_listen_does_not() -> None:
    ask = engine().step(State(node="quiet", language="zh", flow="f"), Entered(), NOW).effects[-1]
    assert isinstance(ask, Ask)
    assert ask.listening is None


@pytest.mark.parametrize(
    ("text", "node", "key"),
    [("投诉", "complaints", "1"), ("我要修理冰箱", "repairs", "2"), ("三", "order", "3")],
)
def test_what_is_surely_said_is_as_if_it_was_pressed(text: str, node: str, key: str) -> None:
    turn = after(at(), sure(text))
    assert turn.state.node == node
    assert isinstance(turn.effects[0], Chose)
    assert turn.effects[0].key == key


def test_what_is_doubtful_is_asked_back_and_counts_when_it_is_confirmed() -> None:
    doubtful = Said(text="投诉", confidence=0.5)
    asked = after(at(), doubtful)
    assert "您说的是投诉，对吗" in said_in(asked)
    for yes in (sure("是的"), KeyPressed(key="1")):
        assert after(asked.state, yes).state.node == "complaints"


@pytest.mark.parametrize("no", [sure("不是"), KeyPressed(key="2")])
def test_what_was_not_meant_is_asked_again(no: Event) -> None:
    turn = after(at(), Said(text="投诉", confidence=0.5), no)
    assert (turn.state.node, turn.state.proposed, turn.state.misses) == ("menu", "", 1)
    assert "没有听懂" in said_in(turn)


def test_who_says_what_they_want_instead_of_no_has_it() -> None:
    assert after(at(), Said(text="投诉", confidence=0.5), sure("维修")).state.node == "repairs"
    assert after(at(), Said(text="投诉", confidence=0.5), KeyPressed(key="3")).state.node == "order"


def test_who_is_not_understood_is_asked_for_keys_and_in_the_end_has_a_person() -> None:
    mumbling = Said(text="今天下雨", confidence=0.9)
    first = after(at(), mumbling)
    assert isinstance(first.effects[-1], Ask)
    assert first.effects[-1].listening is not None
    second = after(first.state, mumbling)
    assert "请直接按键" in said_in(second)
    assert isinstance(second.effects[-1], Ask)
    assert second.effects[-1].listening is None
    third = after(second.state, KeyPressed(key="9"))
    assert isinstance(third.effects[-1], Enqueue)
    assert third.state.node == "sales"


def test_who_goes_on_is_listened_to_again() -> None:
    mumbling = Said(text="今天下雨", confidence=0.9)
    turn = after(at(), mumbling, mumbling, KeyPressed(key="2"))
    assert isinstance(turn.effects[-1], Ask)
    assert turn.effects[-1].listening is not None


def test_where_nothing_can_hear_it_is_keys_for_the_rest_of_the_call_and_no_miss() -> None:
    turn = after(at(), NotHeard())
    assert turn.state.misses == 0
    assert "请直接按键" in said_in(turn)
    further = after(turn.state, KeyPressed(key="2"))
    assert isinstance(further.effects[-1], Ask)
    assert further.effects[-1].listening is None


def test_repeat_back_and_person_are_understood_everywhere() -> None:
    repairs = after(at(), sure("维修")).state
    assert after(repairs, sure("再说一遍")).state.node == "repairs"
    assert after(repairs, sure("返回")).state.node == "menu"
    assert after(repairs, sure("返回"), sure("返回")).state.node == "menu"
    assert after(repairs, sure("转人工")).state.node == "sales"
    assert after(at("order"), sure("转人工")).state.node == "sales"
    english = after(at(language="en"), sure("repair")).state
    assert after(english, sure("go back")).state.node == "menu"
    assert after(english, sure("operator")).state.node == "sales"


def test_endless_repeating_ends_with_a_person() -> None:
    turn = Turn(state=at(), effects=())
    for _ in range(IvrSettings().asks_max + 1):
        turn = after(turn.state, sure("重复"))
    assert isinstance(turn.effects[-1], Enqueue)


def test_digits_that_are_said_are_read_back_and_confirmed() -> None:
    ask = engine().step(State(node="order", language="zh", flow="f"), Entered(), NOW).effects[-1]
    assert isinstance(ask, AskDigits)
    assert ask.listening is not None
    read_back = after(at("order"), sure("四幺三七"))
    assert "4 1 3 7" in said_in(read_back)
    right = after(read_back.state, sure("是"))
    assert right.state.node == "sales"
    assert dict(right.state.given) == {"order": "4137"}
    wrong = after(read_back.state, sure("不对"))
    assert (wrong.state.node, wrong.state.typed) == ("order", "")


def test_digits_with_a_right_check_digit_need_no_question() -> None:
    turn = after(at("member"), sure("79927398713"))
    assert turn.state.node == "sales"
    wrong = after(at("member"), sure("79927398710"))
    assert (wrong.state.node, wrong.state.misses) == ("member", 1)


@pytest.mark.parametrize("answer", [sure("四一"), sure("我不知道"), NothingPressed()])
def test_what_is_no_number_is_asked_for_again(answer: Event) -> None:
    turn = after(at("order"), answer)
    assert (turn.state.node, turn.state.misses) == ("order", 1)


def test_an_open_answer_is_kept_and_told_to_the_agent() -> None:
    turn = after(at("problem"), sure("洗衣机漏水，返回的零件也坏了"))
    assert turn.state.node == "complaints"
    assert dict(turn.state.given)["problem"] == "洗衣机漏水，返回的零件也坏了"
    assert isinstance(turn.effects[0], Chose)
    assert turn.effects[0].label["zh"] == "问题 洗衣机漏水，返回的零件也坏了"


def test_of_a_very_long_answer_the_beginning_is_kept() -> None:
    turn = after(at("problem"), sure("漏" * 1_000))
    assert dict(turn.state.given)["problem"] == "漏" * IvrSettings().words_max


def test_commands_alone_are_commands_also_at_an_open_question() -> None:
    assert after(at("problem"), sure("转人工")).state.node == "sales"
    assert after(at("problem"), sure("重复")).state.node == "problem"


def test_who_says_nothing_twice_or_cannot_be_heard_goes_another_way() -> None:
    once = after(at("problem"), NothingPressed())
    assert once.state.node == "problem"
    assert "请再说一次" in said_in(once)
    assert after(once.state, NothingPressed()).state.node == "repairs"
    assert after(at("problem"), NotHeard()).state.node == "repairs"
