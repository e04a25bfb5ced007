"""The site's `lookups.yaml`: read, checked, and every mistake named with its line."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, TypeAdapter, ValidationError

from kernel.site_yaml import document_of, line_of
from kernel.written import in_plain_words
from lookups.errors import LookupsFileInvalid
from lookups.model import HttpSource, Source, SqlSource

FILE = "lookups.yaml"
SOURCES_MAX = 200
PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_BOUND = re.compile(r"(?<![:\w]):([A-Za-z_]\w*)")
_QUOTED = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/", re.DOTALL)
_READS = re.compile(r"\s*(select|with)\b", re.IGNORECASE)
_ONE: TypeAdapter[Source] = TypeAdapter(Annotated[Source, Field(discriminator="kind")])

Place = tuple[Any, ...]


def parse_lookups(text: str, name: str = FILE) -> Mapping[str, Source]:
    """The look-ups by their names; raises `LookupsFileInvalid` with file and line."""
    document = document_of(text, name, LookupsFileInvalid)
    listed = document.get("lookups") if isinstance(document, dict) else None
    if not isinstance(listed, dict) or len(listed) > SOURCES_MAX:
        raise LookupsFileInvalid(name, 1, f"needs `lookups:` with at most {SOURCES_MAX} look-ups below it")
    unknown = next((key for key in document if key != "lookups"), None)
    if unknown is not None:
        raise LookupsFileInvalid(name, line_of(document, (unknown,)), f"{unknown}: there is no such field")
    return {key: _one(key, written, document, name) for key, written in listed.items()}


def _one(key: Any, written: Any, document: Any, name: str) -> Source:
    if not isinstance(key, str) or not _NAME.fullmatch(key):
        line = line_of(document, ("lookups", key))
        raise LookupsFileInvalid(name, line, f"{key!r:.60} cannot be the name of a look-up")
    try:
        source = _ONE.validate_python(written)
    except ValidationError as error:
        first = error.errors()[0]
        place = tuple(part for part in first["loc"] if part not in {"http", "sql"})
        what = ".".join(str(part) for part in (key, *place))
        line = line_of(document, ("lookups", key, *place))
        raise LookupsFileInvalid(name, line, f"{what}: {in_plain_words(first)}") from error
    faults = _of_http(source) if isinstance(source, HttpSource) else _of_sql(source)
    for place, what in faults:
        raise LookupsFileInvalid(name, line_of(document, ("lookups", key, *place)), f"{key}: {what}")
    return source


def _of_http(source: HttpSource) -> Iterator[tuple[Place, str]]:
    parts = urlsplit(source.url)
    if source.address_from is None:
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            yield ("url",), "url begins with http:// or https:// and a host, unless address_from is given"
    elif not source.url.startswith("/") or source.url.startswith("//"):
        yield ("url",), "url begins with / where address_from says what stands before it"
    if PLACEHOLDER.search(parts.scheme + parts.netloc):
        yield ("url",), "nothing of a caller's can be part of the host"
    if parts.username or parts.password:
        yield ("url",), "a password has no place in this file; use token_from"
    yield from _unused("url", set(PLACEHOLDER.findall(source.url)), set(source.params))


def _of_sql(source: SqlSource) -> Iterator[tuple[Place, str]]:
    bare = _QUOTED.sub(" ", source.query)
    if not _READS.match(bare) or ";" in bare.rstrip().rstrip(";"):
        yield ("query",), "query is one SELECT"
    if "%(" in bare or "{" in bare:
        yield ("query",), "values stand as :name, and are never put into the text"
    yield from _unused("query", set(_BOUND.findall(source.query)), set(source.params))


def _unused(field: str, used: set[str], params: set[str]) -> Iterator[tuple[Place, str]]:
    for name in sorted(used - params):
        yield (field,), f"{field} names {name!r}, which is not under params"
    for name in sorted(params - used):
        yield ("params", name), f"{name!r} is not used in {field}"
