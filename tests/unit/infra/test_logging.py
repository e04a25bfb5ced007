"""What a log line shows, and what it never shows."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from infra.logging import configure_logging, mask_number
from kernel.text import harmless


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    before = root.handlers, root.level
    stream = io.StringIO()
    configure_logging(stream)
    yield stream
    root.handlers, root.level = before[0], before[1]
    structlog.reset_defaults()


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_everything_about_a_call_carries_its_id(stream: io.StringIO) -> None:
    with structlog.contextvars.bound_contextvars(call_id="site1-1795320000.12"):
        structlog.get_logger("acd").info("queued", queue="complaints")
        logging.getLogger("library").warning("slow %s", "answer")
    structlog.get_logger("acd").info("later")
    ours, theirs, later = _lines(stream)
    assert ours["call_id"] == theirs["call_id"] == "site1-1795320000.12"
    assert theirs["event"] == "slow answer"
    assert "call_id" not in later


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("来电 13812341234 排队", "来电 138****1234 排队"),
        ("from +8613812341234", "from 86138****1234"),
        ("138 1234 1234", "138****1234"),
        ("010-65529988", "010****9988"),
        ("400-810-1234", "40******34"),
        ("on 2026-11-22 at 04:13:22.123456", "on 2026-11-22 at 04:13:22.123456"),
        ("ticket CS202611220001 made", "ticket CS202611220001 made"),
        ("call site1-1795320000.12 took 1500 ms", "call site1-1795320000.12 took 1500 ms"),
    ],
)
def test_phone_numbers_are_masked_in_any_text(stream: io.StringIO, text: str, shown: str) -> None:
    structlog.get_logger("x").info(text, detail={"texts": [text]})
    (line,) = _lines(stream)
    assert line["event"] == shown
    assert line["detail"] == {"texts": [shown]}


@pytest.mark.usefixtures("stream")
def test_what_is_below_the_level_is_not_even_prepared() -> None:
    class Costly:
        def __repr__(self) -> str:
            raise AssertionError("prepared for nobody")

    structlog.get_logger("test").debug("something", about=Costly())


def test_an_exception_shows_where_it_was_but_not_whose_number(stream: io.StringIO) -> None:
    try:
        int("no route to 13812341234")
    except ValueError:
        structlog.get_logger("x").exception("failed")
    assert "13812341234" not in stream.getvalue()
    assert "no route to 138****1234" in _lines(stream)[0]["exception"]


@given(st.text())
def test_no_text_forges_a_line_or_turns_a_terminal(text: str) -> None:
    written = json.dumps({"event": harmless(text)}, ensure_ascii=False)
    assert written.isprintable() or not {"\n", "\r", "\x1b", "\u202e", "\u2028"} & set(written)
    written.encode()


@given(st.text(alphabet="0123456789+- ", min_size=7, max_size=20))
def test_a_masked_number_cannot_be_dialled(number: str) -> None:
    digits = [each for each in number if each.isdigit()]
    if len(digits) >= 7:
        assert "*" * 3 in mask_number(number)
