"""Values in prompts, written so that they are read right."""

import pytest

from ivr.names import Variable, VariableType
from ivr.spoken import fill, fits, read_out
from ivr.words import Language


@pytest.mark.parametrize(
    ("kind", "value", "zh", "en"),
    [
        ("money", "1234.50", "1234.50元", "1234.50 yuan"),
        ("date", "2026-11-03", "2026年11月3日", "November 3, 2026"),
        ("time", "09:05", "9点零5分", "9:05 AM"),
        ("time", "12:00", "12点整", "12:00 PM"),
        ("phone", "400-800-9000", "400-800-9000", "400-800-9000"),
        ("phone", "8001", "8 0 0 1", "8 0 0 1"),
        ("digits", "1024", "1 0 2 4", "1 0 2 4"),
        ("number", "42", "42", "42"),
        ("number", "1e3", "1000", "1000"),
        ("text", "张伟", "张伟", "张伟"),
    ],
)
def test_values_are_written_for_speech(kind: VariableType, value: str, zh: str, en: str) -> None:
    variable = Variable(type=kind, value=value)
    assert (read_out(variable, "zh"), read_out(variable, "en")) == (zh, en)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("money", "lots"),
        ("number", "NaN"),
        ("number", "1e400000000"),
        ("money", "1e-400000000"),
        ("date", "tomorrow"),
        ("time", "25:00"),
        ("phone", "x"),
        ("digits", "1a"),
        ("digits", "12\n"),
    ],
)
def test_value_of_another_type_does_not_fit_and_is_read_as_it_stands(kind: VariableType, value: str) -> None:
    variable = Variable(type=kind, value=value)
    assert not fits(variable)
    assert read_out(variable, "zh") == value


@pytest.mark.parametrize("language", ["zh", "en"])
def test_unknown_variable_is_left_out(language: Language) -> None:
    assert fill("您好{nobody}。", {}, language) == "您好。"
