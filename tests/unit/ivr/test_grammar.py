"""What callers meant by what was heard."""

import pytest

from ivr.grammar import (
    ANSWERS,
    ANYWHERE,
    Command,
    Phrase,
    digits_in,
    is_denied,
    meaning,
    phrases_at,
    phrases_for,
    phrases_for_scores,
)
from ivr.nodes import Menu
from ivr.words import Language

MENU = Menu.model_validate(
    {
        "type": "menu",
        "text": {"zh": "您好", "en": "Hello"},
        "options": {
            "1": {"to": "a", "say": {"zh": ["投诉", "我要投诉"], "en": ["complaint", "make a complaint"]}},
            "2": {"to": "b", "label": {"zh": "技术支持", "en": "Technical support"}},
            "3": {"to": "c", "say": {"zh": "售后服务", "en": "after sales"}},
            "*": "d",
        },
    }
)
EN: Language = "en"
ZH: Language = "zh"


@pytest.mark.parametrize(
    ("language", "said", "means"),
    [
        (ZH, "投诉", "1"),
        (ZH, "我想投诉你们的快递员", "1"),
        (ZH, "投 诉", "1"),
        (ZH, "头术", None),
        (ZH, "技术支持", "2"),
        (ZH, "技术之持", "2"),
        (ZH, "计算支持", "2"),
        (ZH, "售后", None),
        (ZH, "一", "1"),
        (ZH, "按二", "2"),
        (ZH, "我要选3", "3"),
        (ZH, "幺", "1"),
        (ZH, "请按一号键", "1"),
        (ZH, "一会儿再说", None),
        (ZH, "星号键", "*"),
        (ZH, "9", None),
        (ZH, "转人工", Command.PERSON),
        (ZH, "请帮我转人工服务", Command.PERSON),
        (ZH, "再说一遍", Command.REPEAT),
        (ZH, "返回", Command.BACK),
        (ZH, "今天天气不错", None),
        (ZH, "", None),
        (EN, "complaint", "1"),
        (EN, "I want to make a complaint", "1"),
        (EN, "technical support please", "2"),
        (EN, "press one", "1"),
        (EN, "two", "2"),
        (EN, "after sales", "3"),
        (EN, "star", "*"),
        (EN, "operator", Command.PERSON),
        (EN, "say that again", Command.REPEAT),
        (EN, "one moment", None),
        (EN, "[unk]", None),
    ],
)
def test_what_is_said_means_a_key_or_a_command(language: Language, said: str, means: str | None) -> None:
    found = meaning(said, 1.0, phrases_at(MENU, language), language)
    if means is None:
        assert found is None or found.certainty < 0.7
    else:
        assert found is not None
        assert (found.means, found.certainty > 0.6) == (means, True)


@pytest.mark.parametrize(
    ("said", "means"),
    [("是", "yes"), ("不是", "no"), ("是的", "yes"), ("不对", "no"), ("对", "yes"), ("好的", "yes")],
)
def test_yes_is_told_from_no_though_the_one_is_in_the_other(said: str, means: str) -> None:
    found = meaning(said, 1.0, phrases_for(ANSWERS, ZH), ZH)
    assert found is not None
    assert found.means == means


def test_certainty_is_the_recognisers_and_the_words() -> None:
    known = phrases_at(MENU, ZH)
    exact, within = (meaning(said, 0.8, known, ZH) for said in ("投诉", "我想投诉你们"))
    assert exact is not None
    assert within is not None
    assert exact.certainty == pytest.approx(0.8)
    assert 0.6 < within.certainty < exact.certainty


def test_what_may_be_two_things_is_certain_of_neither() -> None:
    known = (Phrase(words="查询订单", means="1"), Phrase(words="查询积分", means="2"))
    found = meaning("查询订单查询积分", 1.0, known, ZH)
    assert found is not None
    assert found.certainty < 0.7


@pytest.mark.parametrize(
    ("language", "said", "score"),
    [
        (ZH, "五", "5"),
        (ZH, "五分", "5"),
        (ZH, "非常满意", "5"),
        (ZH, "我很满意", "5"),
        (ZH, "满意", "4"),
        (ZH, "不满意", "2"),
        (ZH, "我不满意", "2"),
        (ZH, "非常不满意", "1"),
        (EN, "very satisfied", "5"),
        (EN, "three", "3"),
        (EN, "not satisfied", "2"),
    ],
)
def test_a_score_is_said_as_a_figure_or_in_words(language: Language, said: str, score: str) -> None:
    found = meaning(said, 1.0, phrases_for_scores(language), language)
    assert found is not None
    assert (found.means, found.certainty >= 0.7) == (score, True)


@pytest.mark.parametrize(
    ("said", "phrase", "denied"),
    [
        ("不是很满意", "很满意", True),
        ("不 是 很 满意", "很满意", True),
        ("我很满意", "很满意", False),
        ("一点也不满意", "不满意", False),
        ("not at all very satisfied", "very satisfied", True),
        ("i am very satisfied", "very satisfied", False),
        ("not satisfied", "not satisfied", False),
    ],
)
def test_a_phrase_that_is_turned_round_is_known(said: str, phrase: str, *, denied: bool) -> None:
    assert is_denied(said, phrase) is denied


@pytest.mark.parametrize(
    ("language", "said", "digits"),
    [
        (ZH, "四幺三七", "4137"),
        (ZH, "4137", "4137"),
        (ZH, "一 三 八 零 零", "13800"),
        (ZH, "两三", "23"),
        (ZH, "我的订单是四", ""),
        (ZH, "", ""),
        (EN, "one two double five", "1255"),
        (EN, "triple oh seven", "0007"),
        (EN, "one hundred", ""),
    ],
)
def test_numbers_are_read_digit_by_digit(language: Language, said: str, digits: str) -> None:
    assert digits_in(said, language) == digits


@pytest.mark.parametrize("language", [ZH, EN])
def test_every_command_can_be_said(language: Language) -> None:
    for phrase in phrases_for((*ANYWHERE, *ANSWERS), language):
        found = meaning(phrase.words, 1.0, phrases_for((*ANYWHERE, *ANSWERS), language), language)
        assert found is not None
        assert found.means == phrase.means
