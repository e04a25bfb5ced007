"""Which numbers may be called."""

from dataclasses import replace

import pytest

from kernel.errors import HotlineError
from outbound.errors import (
    CallingFileInvalid,
    CountryRefused,
    EmergencyRefused,
    KindRefused,
    NoSuchNumber,
    OwnNumber,
    TooManyCalls,
)
from outbound.rules import CallingRules, Use, check, check_limits
from outbound.rules_file import CallingBook, parse_calling
from server.installation import EXAMPLE_SITE

RULES = CallingRules()


@pytest.mark.parametrize(
    "number", ["+8613800138000", "+862161234567", "+861088889999", "110", "+868008201234"]
)
def test_ordinary_numbers_of_the_country_and_emergency_numbers_may_be_called(number: str) -> None:
    check(number, RULES, own=(), use=Use.CUSTOMER)


@pytest.mark.parametrize(
    ("number", "refusal"),
    [
        ("+85291234567", CountryRefused),
        ("+19005551234", CountryRefused),
        ("+8616812345", KindRefused),
        ("12345", NoSuchNumber),
        ("", NoSuchNumber),
        ("+86", NoSuchNumber),
        ("+86 138 0013 8000", NoSuchNumber),
        ("+8613800138000,HL_AGENT=1", NoSuchNumber),
        ("+8613800138000\r\nAction: Logoff", NoSuchNumber),
        ("+864008009000", OwnNumber),
    ],
)
def test_others_are_refused_with_a_reason(number: str, refusal: type[HotlineError]) -> None:
    with pytest.raises(refusal):
        check(number, RULES, own={"+864008009000"}, use=Use.CUSTOMER)


def test_the_site_allows_countries_short_numbers_and_what_begins_so() -> None:
    rules = replace(RULES, countries=frozenset({"HK"}), short=frozenset({"12345"}), allowed=("+1415",))
    for number in ("+85291234567", "12345", "+14155550100"):
        check(number, rules, own=(), use=Use.CUSTOMER)
    with pytest.raises(CountryRefused):
        check("+12125550100", rules, own=(), use=Use.CUSTOMER)


def test_of_two_beginnings_the_longer_counts() -> None:
    rules = replace(RULES, refused=("+86138", "+8613912"), allowed=("+861380013", "+86139"))
    check("+8613800138000", rules, own=(), use=Use.CUSTOMER)
    check("+8613999998000", rules, own=(), use=Use.CUSTOMER)
    for number in ("+8613811118000", "+8613912345678"):
        with pytest.raises(KindRefused):
            check(number, rules, own=(), use=Use.CUSTOMER)


def test_emergency_numbers_are_the_sites_to_refuse() -> None:
    with pytest.raises(EmergencyRefused):
        check("110", replace(RULES, allows_emergency=False), own=(), use=Use.CUSTOMER)


@pytest.mark.parametrize(("in_hour", "in_day"), [(60, 60), (0, 300)])
def test_an_agent_may_call_only_so_often(in_hour: int, in_day: int) -> None:
    check_limits(RULES, in_hour=59, in_day=299)
    with pytest.raises(TooManyCalls):
        check_limits(RULES, in_hour=in_hour, in_day=in_day)


def test_the_file_says_all_of_it() -> None:
    rules = parse_calling(
        "calling:\n  countries: [HK]\n  refuse: ['+86138']\n  allow: ['+1']\n  short: ['12345']\n"
        "  emergency: false\n  limits: {per_hour: 5, per_day: 9}\n  ring_s: 20\n",
        home="CN",
    )
    assert rules == CallingRules(
        home="CN",
        countries=frozenset({"HK"}),
        refused=("+86138",),
        allowed=("+1",),
        short=frozenset({"12345"}),
        allows_emergency=False,
        per_hour=5,
        per_day=9,
        ring_s=20,
    )


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("calling:\n  countries: [China]\n", 2),
        ("calling:\n  ring_s: 20\n  refuse: ['138']\n", 3),
        ("calling:\n  limits: {per_hour: -1}\n", 2),
        ("calling:\n  anything: 1\n", 2),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int) -> None:
    with pytest.raises(CallingFileInvalid) as refused:
        parse_calling(text)
    assert refused.value.line == line


def test_the_example_is_right() -> None:
    text = (EXAMPLE_SITE / "calling.yaml").read_text(encoding="utf-8")
    assert parse_calling(text).short >= {"12345"}


async def test_an_edited_file_counts_from_the_next_call_on() -> None:
    edits = [replace(RULES, per_hour=1), None]
    book = CallingBook(RULES, lambda: edits.pop(0) if edits else None)
    assert (await book.read()).per_hour == 1
    assert (await book.read()).per_hour == 1


@pytest.mark.parametrize("number", ["110", "12345", "+864008001234", "+85291234567"])
def test_an_agents_own_phone_is_an_ordinary_one_of_a_country_that_may_be_called(number: str) -> None:
    rules = replace(RULES, short=frozenset({"12345"}))
    check("+8613800138000", rules, own=(), use=Use.OWN_PHONE)
    check("+442079460123", replace(rules, countries=frozenset({"GB"})), own=(), use=Use.OWN_PHONE)
    with pytest.raises(HotlineError):
        check(number, rules, own=(), use=Use.OWN_PHONE)


def test_nobody_is_promised_a_call_to_an_emergency_number() -> None:
    check("110", RULES, own=(), use=Use.GUEST)
    with pytest.raises(EmergencyRefused):
        check("110", RULES, own=(), use=Use.CALLBACK)
