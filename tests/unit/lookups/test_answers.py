"""What systems answer, as values of variables; whatever else they answer is refused, and never raises."""

import json
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from ivr.names import Variable
from ivr.spoken import value_of
from lookups.answers import at, written
from lookups.breaker import Breaker
from lookups.errors import LookupFailed
from lookups.model import FIELD_TYPES, FieldType


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("已发货\u202e ", "text", "已发货\ufffd"),
        (20261123, "digits", "20261123"),
        (Decimal("19.90"), "money", "19.90"),
        ("3", "number", "3"),
        ("2026-11-25", "date", "2026-11-25"),
        ("2026-11-25T09:30:00+08:00", "date", "2026-11-25"),
        (datetime(2026, 11, 25, 9, 30, tzinfo=UTC), "date", "2026-11-25"),
        (date(2026, 11, 25), "date", "2026-11-25"),
        ("09:30", "time", "09:30"),
        (time(9, 30), "time", "09:30"),
        ("2026-11-25T09:30:00", "time", "09:30"),
        (True, "yes_no", "true"),
        (0, "yes_no", "false"),
        ("字" * 500, "text", "字" * 200),
    ],
)
def test_values_are_written_as_variables_are(value: Any, kind: FieldType, expected: str) -> None:
    assert written(value, kind, "f") == expected


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ({"a": 1}, "text"),
        (True, "text"),
        (True, "number"),
        ("many", "money"),
        (float("nan"), "number"),
        (Decimal("1e999999"), "number"),
        ("soon", "date"),
        ("maybe", "yes_no"),
        (b"x", "text"),
    ],
)
def test_what_is_not_of_its_type_is_refused(value: Any, kind: FieldType) -> None:
    with pytest.raises(LookupFailed):
        written(value, kind, "f")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@for_all(anything, st.sampled_from(FIELD_TYPES))
def test_any_answer_is_a_value_or_is_refused(value: Any, kind: FieldType) -> None:
    try:
        text = written(value, kind, "f")
    except LookupFailed:
        return
    if kind in {"date", "time", "yes_no"}:
        assert value_of(Variable(type=kind, value=text)) is not None


@for_all(anything, st.text(max_size=20))
def test_a_place_in_an_answer_never_raises(answer: Any, place: str) -> None:
    at(answer, place)


def test_places_go_through_names_and_lists() -> None:
    answer = json.loads('{"data": [{"state": {"zh": "已发货"}}]}')
    assert at(answer, "data.0.state.zh") == "已发货"
    assert at(answer, "data.1.state.zh") is None


def test_a_system_rests_after_failures_and_is_tried_by_one() -> None:
    breaker = Breaker(failures_max=2, rest_s=30)
    assert not breaker.note(0, is_answered=False)
    assert breaker.may_ask(0)
    assert breaker.note(0, is_answered=False)
    assert not breaker.may_ask(29)
    assert breaker.may_ask(30)
    assert not breaker.may_ask(30)
    breaker.note(31, is_answered=True)
    assert breaker.may_ask(31)
