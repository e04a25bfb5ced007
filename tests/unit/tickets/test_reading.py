"""What is read out of what customers say, by the example company's rules."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.reading.dates import dates
from tickets.reading.figures import amounts, orders
from tickets.reading.folding import fold
from tickets.reading.model import Field, Finding, Source, of_field
from tickets.reading.numerals import number
from tickets.reading.reader import CHARACTERS_MAX, Circumstances, best, read
from tickets.reading.rules_file import parse_reading

EXAMPLE = Path(__file__).resolve().parents[3] / "server" / "example" / "site" / "reading.yaml"
RULES = parse_reading(EXAMPLE.read_text(encoding="utf-8"))
A_MONDAY = Circumstances(day=date(2026, 11, 23), region="CN")


@dataclass(frozen=True)
class Said:
    """A verdict as a classifier gives it."""

    label: str
    confidence: float
    reasons: tuple[str, ...] = ()


def found(text: str) -> tuple[Finding, ...]:
    return read(text, RULES, A_MONDAY)


def values(text: str, field: Field) -> list[str]:
    return [one.value for one in of_field(found(text), field)]


@pytest.mark.parametrize(
    ("text", "type_"),
    [
        ("我要投诉你们的师傅乱收费", "complaint"),
        ("请问周六几点开门", "inquiry"),
        ("建议你们加个夜光按钮", "suggestion"),
        ("空调不制冷怎么办", "technical_support"),
        ("麻烦让王经理给我回个电话", "callback"),
        ("The technician was rude, I want to complain", "complaint"),
        ("Please call me back tomorrow", "callback"),
        ("My television is not working", "technical_support"),
    ],
)
def test_types_by_the_words_for_them(text: str, type_: str) -> None:
    assert values(text, Field.TYPE) == [type_]


@pytest.mark.parametrize(
    ("text", "severity", "urgency", "priority"),
    [
        ("洗衣机冒烟了", ["critical"], [], ["urgent"]),
        ("热水器漏电，有人受伤", ["critical"], [], ["urgent"]),
        ("再不处理我就投诉到媒体", [], ["immediate"], ["high"]),
        ("冰箱漏水", ["major"], [], ["high"]),
        ("请尽快", [], ["soon"], ["medium"]),
        ("请问几点开门", [], [], ["low"]),
        ("The washer is smoking", ["critical"], [], ["urgent"]),
        ("没有冒烟，也没有人受伤", [], [], []),
        ("nobody was injured and there is no smoke", [], [], []),
        ("你好", [], [], []),
    ],
)
def test_how_bad_and_how_soon_make_the_priority(
    text: str, severity: list[str], urgency: list[str], priority: list[str]
) -> None:
    assert values(text, Field.SEVERITY) == severity
    assert values(text, Field.URGENCY) == urgency
    assert values(text, Field.PRIORITY) == priority


@pytest.mark.parametrize(
    ("text", "demands"),
    [
        ("我要退款还要赔偿", ["refund", "compensation"]),
        ("不用退款，换一台就行", ["exchange"]),
        ("为什么不退款", ["refund"]),
        ("派师傅来修一下，向我道歉", ["repair", "apology"]),
        ("I don't want a refund, send a technician", ["repair"]),
        ("I want my money back", ["refund"]),
    ],
)
def test_what_the_customer_wants_and_not_what_they_do_not_want(text: str, demands: list[str]) -> None:
    assert values(text, Field.DEMAND) == demands


def test_products_by_any_of_their_names_the_longest_of_them() -> None:
    assert values("抽油烟机和燃气灶都坏了", Field.PRODUCT) == ["range_hood", "stove"]
    assert values("the fridges and the TV", Field.PRODUCT) == ["refrigerator", "television"]
    assert values("a TVA form", Field.PRODUCT) == []


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("花了三百块", ["300 CNY"]),
        ("￥1,234.50", ["1234.5 CNY"]),
        ("300元", ["300 CNY"]),
        ("两千五百块钱", ["2500 CNY"]),
        ("一万二千元", ["12000 CNY"]),
        ("1.5万元", ["15000 CNY"]),
        ("三块五", ["3.5 CNY"]),
        ("8元5角", ["8.5 CNY"]),
        ("一百多块", ["100 CNY"]),
        ("多扣我五十块", ["50 CNY"]),
        ("冰箱花了两千五，坏了", ["2500 CNY"]),
        ("three hundred and fifty dollars", ["350 USD"]),
        ("$30", ["30 USD"]),
        ("£20 or 25 euros", ["20 GBP", "25 EUR"]),
        ("花了两天", []),
        ("我们一块儿去", []),
        ("三块屏幕碎了", []),
        ("100块两个", ["100 CNY"]),
    ],
)
def test_amounts_as_they_are_written_and_said(text: str, amounts: list[str]) -> None:
    assert values(text, Field.AMOUNT) == amounts


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("昨天", "2026-11-22"),
        ("前天下午", "2026-11-21"),
        ("大前天", "2026-11-20"),
        ("明天上午十点", "2026-11-24"),
        ("上周三", "2026-11-18"),
        ("上个星期五", "2026-11-20"),
        ("下礼拜天", "2026-12-06"),
        ("周五买的", "2026-11-20"),
        ("11月23号", "2026-11-23"),
        ("十一月三日", "2026-11-03"),
        ("1月2号", "2027-01-02"),
        ("去年12月1号", "2025-12-01"),
        ("二零二六年十月五日", "2026-10-05"),
        ("2026-11-02", "2026-11-02"),
        ("2026年3月15日", "2026-03-15"),
        ("三天前", "2026-11-20"),
        ("两个星期以前", "2026-11-09"),
        ("20号", "2026-11-20"),
        ("yesterday", "2026-11-22"),
        ("the day before yesterday", "2026-11-21"),
        ("last Friday", "2026-11-20"),
        ("two days ago", "2026-11-21"),
        ("November 3rd", "2026-11-03"),
        ("on the 5th of October, 2025", "2025-10-05"),
    ],
)
def test_dates_are_told_from_the_day_on_which_it_was_said(text: str, day: str) -> None:
    assert values(text, Field.DATE) == [day]


@pytest.mark.parametrize("text", ["2月30号", "5号楼", "3号线", "2026-13-01", "99号", "may I ask", "三个月"])
def test_what_only_looks_like_a_date_is_none(text: str) -> None:
    assert values(text, Field.DATE) == []


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("请打13800001111", ["+8613800001111"]),
        ("我的号码是幺三八零零零零幺一一一", ["+8613800001111"]),
        ("幺 三 八 零 零 零 零 一 一 一 一", ["+8613800001111"]),
        ("010-88886666或者400-800-1234", ["+861088886666", "+864008001234"]),
        ("my number is one three eight oh oh oh oh one one one one", ["+8613800001111"]),
        ("call +44 20 7946 0123", ["+442079460123"]),
        ("一二三四五", []),
    ],
)
def test_phone_numbers_also_as_they_are_spoken(text: str, phones: list[str]) -> None:
    assert values(text, Field.PHONE) == phones


@pytest.mark.parametrize(
    ("text", "orders"),
    [
        ("订单号是A2026112300017", ["A2026112300017"]),
        ("我的订单号:12345678", ["12345678"]),
        ("工单 cs202611220001 怎么样了", ["CS202611220001"]),
        ("hl2026112201到哪了", ["HL2026112201"]),
        ("order number CS-12345, please", ["CS-12345"]),
        ("订单号九八七六五四", ["987654"]),
        ("我的订单还没到", []),
        ("order 12", []),
    ],
)
def test_order_numbers_by_the_word_before_or_by_their_shape(text: str, orders: list[str]) -> None:
    assert values(text, Field.ORDER) == orders


def test_every_finding_has_the_words_it_comes_from_as_they_were_written() -> None:
    text = "我 的 洗衣 机 冒烟 了 ， 电话 幺 三 八 零 零 零 零 幺 一 一 一"
    words = {one.field: [each.text for each in one.words] for one in found(text)}
    assert words[Field.PRODUCT] == ["洗衣 机"]
    assert words[Field.PHONE] == ["幺 三 八 零 零 零 零 幺 一 一 一"]
    assert words[Field.PRIORITY] == words[Field.SEVERITY] == ["冒烟"]


def test_more_words_for_a_type_are_surer_and_words_for_others_less_so() -> None:
    one = best(found("我要投诉"), Field.TYPE)
    two = best(found("我要投诉，态度太差"), Field.TYPE)
    torn = best(found("我要投诉，再提个意见，请问"), Field.TYPE)
    confidences = [said.confidence for said in (two, one, torn) if said]
    assert len(set(confidences)) == 3
    assert confidences == sorted(confidences, reverse=True)


def test_what_was_learned_counts_where_it_is_surer() -> None:
    text = "请问你们的师傅为什么这样"
    learned = read(text, RULES, A_MONDAY, lambda _: Said("complaint", 0.9, ("师傅",)))
    type_ = best(learned, Field.TYPE)
    assert type_
    assert (type_.value, type_.source, type_.confidence) == ("complaint", Source.LEARNED, 0.9)
    assert [words.text for words in type_.words] == ["师傅"]
    unsure = read(text, RULES, A_MONDAY, lambda _: Said("complaint", 0.3))
    assert [one.value for one in of_field(unsure, Field.TYPE)] == ["inquiry"]


def test_rules_and_learning_that_agree_are_surer_than_either() -> None:
    agreed = best(read("我要投诉", RULES, A_MONDAY, lambda _: Said("complaint", 0.7)), Field.TYPE)
    assert agreed
    assert agreed.confidence == pytest.approx(0.9)


def test_a_learned_label_that_is_no_type_is_left_out() -> None:
    assert of_field(read("你好", RULES, A_MONDAY, lambda _: Said("praise", 0.9)), Field.TYPE) == ()


@pytest.mark.parametrize(
    ("text", "value"), [("三百五", 350), ("一百零五", 105), ("两千零五十", 2050), ("三百五十万", 3_500_000)]
)
def test_numbers_as_they_are_said(text: str, value: int) -> None:
    assert number(text) == value


SOUNDING_LIKE_FIGURES = "零一二两三十百千万点块元角年月号天前上下周个订单没有不要0123456789-./, "


@given(st.text(max_size=60) | st.text(alphabet=SOUNDING_LIKE_FIGURES, max_size=60))
def test_any_text_is_read_and_words_stand_where_they_are_said_to_stand(text: str) -> None:
    for one in found(text):
        assert 0 < one.confidence < 1
        assert one.words
        for words in one.words:
            assert words.text == text[words.start : words.end] != ""


@pytest.mark.timeout(20)
@pytest.mark.parametrize("piece", ["一", "one ", "1-", "订单是", "1,", "三百块昨天"])
def test_a_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    """Patterns that go back over all they have seen would take minutes for this."""
    hostile = fold((piece * 40_000)[:40_000])
    assert {one.field for one in amounts(hostile)} <= {Field.AMOUNT}
    assert {one.field for one in dates(hostile, A_MONDAY.day)} <= {Field.DATE}
    assert {one.field for one in orders(hostile.with_digits(), RULES.orders)} <= {Field.ORDER}


def test_only_the_beginning_of_an_endless_text_is_read() -> None:
    assert values("啊" * CHARACTERS_MAX + "三百块", Field.AMOUNT) == []
