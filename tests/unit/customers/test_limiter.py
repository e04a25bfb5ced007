"""Callers who call too often."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.errors import CallersFileInvalid
from customers.limiter import NO_LIMITS, Decision, LimitRules, Limits, PastCall, Then, Withheld, decide
from customers.limits_file import parse_limits

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
NUMBER = "+8613800138000"


def call(minutes_ago: float, *, lasted_s: float | None = 60.0, reached_a_queue: bool = True) -> PastCall:
    return PastCall(
        at=NOW - timedelta(minutes=minutes_ago), lasted_s=lasted_s, reached_a_queue=reached_a_queue
    )


def test_calls_of_the_last_hour_count_and_older_ones_do_not() -> None:
    rules = LimitRules(per_hour=2)
    assert decide(rules, NUMBER, [call(10)], NOW) is Decision.LET_IN
    assert decide(rules, NUMBER, [call(10), call(59)], NOW) is Decision.TOO_OFTEN
    assert decide(rules, NUMBER, [call(10), call(60)], NOW) is Decision.LET_IN


def test_call_that_goes_on_counts_too_but_not_as_a_short_one() -> None:
    assert decide(LimitRules(per_hour=1), NUMBER, [call(0, lasted_s=None)], NOW) is Decision.TOO_OFTEN
    short = LimitRules(short_per_hour=1)
    assert decide(short, NUMBER, [call(0, lasted_s=None, reached_a_queue=False)], NOW) is Decision.LET_IN


def test_short_calls_that_ended_in_the_menu_are_counted_apart() -> None:
    rules = LimitRules(short_per_hour=2, short_s=15)
    in_menu = [call(5, lasted_s=3, reached_a_queue=False), call(6, lasted_s=14.9, reached_a_queue=False)]
    assert decide(rules, NUMBER, in_menu, NOW) is Decision.TOO_OFTEN
    in_queue = [call(5, lasted_s=3), call(6, lasted_s=3)]
    assert decide(rules, NUMBER, in_queue, NOW) is Decision.LET_IN
    longer = [call(5, lasted_s=15, reached_a_queue=False)] * 5
    assert decide(rules, NUMBER, longer, NOW) is Decision.LET_IN


@pytest.mark.parametrize(
    ("withheld", "decision"),
    [
        (Withheld.LET_IN, Decision.LET_IN),
        (Withheld.REJECTED, Decision.REJECTED),
        (Withheld.TYPE_NUMBER, Decision.TYPE_NUMBER),
    ],
)
def test_withheld_numbers_go_by_their_own_rule(withheld: Withheld, decision: Decision) -> None:
    rules = LimitRules(per_hour=1, withheld=withheld)
    assert decide(rules, "", [call(1)] * 50, NOW) is decision


def test_all_withheld_numbers_together_are_limited() -> None:
    rules = LimitRules(withheld=Withheld.LIMITED, withheld_per_hour=3)
    assert decide(rules, "", [call(1)] * 2, NOW) is Decision.LET_IN
    assert decide(rules, "", [call(1)] * 3, NOW) is Decision.TOO_OFTEN


@given(st.lists(st.floats(min_value=0, max_value=120)), st.integers(min_value=1, max_value=20))
def test_within_any_hour_no_more_are_let_in_than_the_rule_says(ago: list[float], most: int) -> None:
    rules, let_in = LimitRules(per_hour=most), list[PastCall]()
    for minutes in sorted(ago, reverse=True):
        at = NOW - timedelta(minutes=minutes)
        if decide(rules, NUMBER, let_in, at) is Decision.LET_IN:
            let_in.append(PastCall(at=at, lasted_s=None, reached_a_queue=False))
    for one in let_in:
        within = [other for other in let_in if one.at - timedelta(hours=1) < other.at <= one.at]
        assert len(within) <= most
    assert decide(NO_LIMITS, NUMBER, let_in, NOW) is Decision.LET_IN


def test_each_dialled_number_has_its_own_limits() -> None:
    text = """
callers:
  default: {per_hour: 30}
  numbers:
    "4008009000": {per_hour: 3, short_per_hour: 5, withheld: type_number, then: message}
"""
    limits = parse_limits(text, spell=lambda number: f"+86{number}")
    rules = limits.of("+864008009000")
    assert (rules.per_hour, rules.short_per_hour) == (3, 5)
    assert (rules.withheld, rules.then) == (Withheld.TYPE_NUMBER, Then.MESSAGE)
    assert limits.of("+8695588").per_hour == 30
    assert not limits.are_none
    assert Limits().are_none


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("calls: {}", 1, "needs `callers:`"),
        ("callers:\n  default:\n    per_hour: 0\n", 3, "default.per_hour"),
        ("callers:\n  default: {}\n  numbers:\n    '12': {}\n", 4, "numbers"),
        ("callers:\n  default:\n    withheld: maybe\n", 3, "default.withheld"),
        ("callers:\n  nobody: 1\n", 2, "nobody"),
        ("callers: [", 1, "not YAML"),
    ],
)
def test_mistakes_are_named_with_their_line(text: str, line: int, words: str) -> None:
    with pytest.raises(CallersFileInvalid, match=words) as refused:
        parse_limits(text, spell=str)
    assert f"callers.yaml:{line}" in str(refused.value)
