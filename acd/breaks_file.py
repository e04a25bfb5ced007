"""The site's `breaks.yaml`: read, checked, and every mistake named with its line."""

from typing import Annotated, Any

from pydantic import Field, ValidationError

from acd.break_rules import OTHER_REASONS, BreakRules, Breaks
from acd.errors import BreaksFileInvalid
from kernel.site_yaml import Key, Name, Strict, document_of, line_of
from kernel.written import in_plain_words

MINUTE_S = 60.0

_AtOnceMax = Annotated[int, Field(ge=1, le=10_000)]


class _AtOnce(Strict):
    queue: _AtOnceMax | None = None
    branch: _AtOnceMax | None = None


class _Break(Strict):
    name: Name
    limit_min: Annotated[float, Field(gt=0, le=1440)] | None = None
    at_once: _AtOnce = _AtOnce()


def parse_breaks(text: str, *, name: str = "breaks.yaml") -> Breaks:
    """The breaks of a site; raises `BreaksFileInvalid` with file and line."""
    document = document_of(text, name, BreaksFileInvalid)
    listed = document.get("breaks") if isinstance(document, dict) else None
    if not isinstance(listed, dict) or not listed:
        raise BreaksFileInvalid(name, 1, "needs `breaks:` with at least one break below it")
    return {key: _rules(name, listed, key) for key in listed}


def _rules(name: str, listed: Any, key: Any) -> BreakRules:
    if key in OTHER_REASONS:
        line = line_of(listed, (key,))
        raise BreaksFileInvalid(name, line, f"{key}: the desk shows something else by this key: take another")
    try:
        Key(key=key)
        written = _Break.model_validate(listed[key])
    except ValidationError as error:
        first = error.errors()[0]
        place = first["loc"] if first["loc"] != ("key",) else ()
        what = ".".join(str(part) for part in place) or "the break"
        line = line_of(listed, (key, *place))
        raise BreaksFileInvalid(name, line, f"{key}: {what}: {in_plain_words(first)}") from error
    return BreakRules(
        key=key,
        name_zh=written.name.zh,
        name_en=written.name.en,
        limit_s=None if written.limit_min is None else written.limit_min * MINUTE_S,
        queue_at_once=written.at_once.queue,
        branch_at_once=written.at_once.branch,
    )
