"""The site's `reading.yaml`: read, checked, and every mistake named with its line."""

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import Field, ValidationError

from kernel.site_yaml import KEY, Name, Strict, document_of, line_of
from kernel.written import in_plain_words
from tickets.errors import ReadingFileInvalid
from tickets.model import TicketType
from tickets.reading.folding import fold
from tickets.reading.model import Severity, Urgency
from tickets.reading.rules import Entry, ReadingRules, RuleWord

ENTRIES_MAX = 500
WORDS_MAX = 500
"""Of one entry."""
SHAPES_MAX = 20

_Key = TypeVar("_Key", bound=str)
_Word = Annotated[str, Field(min_length=1, max_length=40)]
_WordList = Annotated[list[_Word], Field(min_length=1, max_length=WORDS_MAX)]
_EntryKey = Annotated[str, Field(pattern=KEY)]
_Shape = Annotated[str, Field(min_length=4, max_length=40, pattern=r"^[A-Z?0-]*0[A-Z?0-]*$")]


class _Named(Strict):
    name: Name
    words: _WordList


class _Reading(Strict):
    types: dict[TicketType, _WordList] = Field(default_factory=dict)
    severity: dict[Severity, _WordList] = Field(default_factory=dict)
    urgency: dict[Urgency, _WordList] = Field(default_factory=dict)
    products: dict[_EntryKey, _Named] = Field(default_factory=dict, max_length=ENTRIES_MAX)
    demands: dict[_EntryKey, _Named] = Field(default_factory=dict, max_length=ENTRIES_MAX)
    orders: list[_Shape] = Field(default_factory=list, max_length=SHAPES_MAX)


def parse_reading(text: str, *, name: str = "reading.yaml") -> ReadingRules:
    """The rules of a site; raises `ReadingFileInvalid` with file and line."""
    document = document_of(text, name, ReadingFileInvalid)
    listed: Any = document.get("reading") if isinstance(document, dict) else None
    if not isinstance(listed, dict):
        raise ReadingFileInvalid(name, 1, "needs `reading:` with the rules below it")
    try:
        written = _Reading.model_validate(listed)
    except ValidationError as error:
        raise _refusal(name, listed, error) from error
    _refuse_doubles(name, listed)
    return ReadingRules(
        types=_entries(written.types),
        severity=_ranked(written.severity, Severity),
        urgency=_ranked(written.urgency, Urgency),
        products=_named(written.products),
        demands=_named(written.demands),
        orders=tuple(written.orders),
    )


def _refusal(name: str, listed: Any, error: ValidationError) -> ReadingFileInvalid:
    first = error.errors()[0]
    place = tuple(part for part in first["loc"] if part != "[key]")
    what = ".".join(str(part) for part in place) or "reading"
    return ReadingFileInvalid(name, line_of(listed, place), f"{what}: {in_plain_words(first)}")


def _refuse_doubles(name: str, listed: Any) -> None:
    """A word that stands for two things of one kind would be read as either."""
    for section in ("types", "severity", "urgency", "products", "demands"):
        stands_for: dict[str, str] = {}
        for key, entry in (listed.get(section) or {}).items():
            place = (
                (section, key, "words") if isinstance(entry, dict) and "words" in entry else (section, key)
            )
            for at, word in enumerate(entry["words"] if len(place) == 3 else entry):
                plain = fold(word).text.strip()
                line = line_of(listed, (*place, at))
                if not plain.strip("*"):
                    raise ReadingFileInvalid(name, line, f"{section}.{key}: {word!r} is no word")
                if plain in stands_for:
                    other = stands_for[plain]
                    raise ReadingFileInvalid(
                        name, line, f"{section}.{key}: {word} stands for {other} already"
                    )
                stands_for[plain] = key


def _entries(written: Mapping[_Key, list[str]]) -> tuple[Entry, ...]:
    return tuple(Entry(key=str(key), words=tuple(map(RuleWord.of, words))) for key, words in written.items())


def _ranked(written: Mapping[_Key, list[str]], order: type[_Key]) -> tuple[Entry, ...]:
    """In the order of what they stand for, whatever that of the file is."""
    return _entries({key: written[key] for key in order if key in written})  # type: ignore[attr-defined]


def _named(written: Mapping[str, _Named]) -> tuple[Entry, ...]:
    return tuple(
        Entry(key=key, words=tuple(map(RuleWord.of, one.words)), name_zh=one.name.zh, name_en=one.name.en)
        for key, one in written.items()
    )
