"""Logs: one JSON object per line, with the call's id, without whole phone numbers.

Phone numbers are masked wherever they appear in a text (138****1234), and characters that could
forge a line or turn a terminal around are replaced. Ids stay whole: without them no call could be
followed through the parts.
"""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import IO, Any

import structlog

from kernel.text import harmless

FIELDS_OF_IDS = frozenset(
    {"call", "call_id", "leg", "leg_id", "offer", "offer_id", "job", "ticket", "device", "timestamp"}
)
"""Fields that hold our own ids or times, which must not be taken for phone numbers."""

_NUMBER = re.compile(
    r"(?<![\w.+-])"
    r"(?:\+?\d{7,15}"  # 13812341234, +8613812341234
    r"|\+?\d{1,4}(?:[ -]\d{3,8}){1,3}(?<=\d{4}))"  # 138 1234 1234, 010-65529988, 400-810-1234
    r"(?![\w-]|\.\d)"
)


def mask_number(number: str) -> str:
    """A phone number that a person can recognise but not dial."""
    digits = [character for character in number if character.isdigit()]
    if len(digits) < 7:
        return number
    hidden = range(len(digits) - 8, len(digits) - 4) if len(digits) >= 11 else range(2, len(digits) - 2)
    return "".join("*" if place in hidden else digit for place, digit in enumerate(digits))


def configure_logging(stream: IO[str] = sys.stderr, *, level: str = "INFO") -> None:
    """Sends our logs and those of libraries to `stream`."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _clean,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        # What is below the level is dropped at once, not only after it was dressed for the log.
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.PositionalArgumentsFormatter(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def _clean(_logger: object, _method: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {
        key: _cleaned(value, is_id=key in FIELDS_OF_IDS) if not key.startswith("_") else value
        for key, value in fields.items()
    }


def _cleaned(value: Any, *, is_id: bool) -> Any:
    if isinstance(value, str):
        text = harmless(value)
        return text if is_id else _NUMBER.sub(lambda found: mask_number(found.group()), text)
    if isinstance(value, dict):
        return {key: _cleaned(each, is_id=key in FIELDS_OF_IDS) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_cleaned(each, is_id=is_id) for each in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _cleaned(repr(value), is_id=is_id)
