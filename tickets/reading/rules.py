"""The words by which a company's own things are recognised. Pure.

They are read from the site by `rules_file.py`, and applied by `reader.py`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tickets.model import TicketType
from tickets.reading.folding import fold
from tickets.reading.model import Severity, Urgency

_NOT_SO = re.compile(
    r"(?:没有人?|没人?|无人|未|并非|不是|无)$"
    r"|\b(?:no|not|nobody was|never|without|isn't|wasn't|didn't)(?: any| a)? $"
)
"""Before what is told not to be: 没有受伤, "nobody was injured"."""
_NOT_WANTED = re.compile(
    r"(?:不用|不要|不需要|不想|不是|无需|别)(?:要|想|给我|来)?$"
    r"|\b(?:not|don't|no) (?:want|need|need for|asking for|looking for)(?: to be| to| an| a| any| the)? $"
)
"""Before what is not wanted; 不退款 is not among it, for who says it was refused one."""
_BEFORE_CHARACTERS = 30
"""How far before a word is looked for what takes it back."""


@dataclass(frozen=True, slots=True)
class RuleWord:
    """One word of a rule. Latin ones are whole words, and beginnings of words where they end in *."""

    written: str
    pattern: re.Pattern[str]
    """What it is looked for by, in a folded text."""

    @classmethod
    def of(cls, written: str) -> "RuleWord":
        """The word that is written so."""
        plain = fold(written).text.strip()
        is_beginning = plain.endswith("*")
        plain = plain.removesuffix("*")
        before = r"(?<![a-z0-9])" if plain[:1].isascii() else ""
        after = "" if not plain[-1:].isascii() else r"[a-z]*" if is_beginning else r"(?![a-z0-9])"
        return cls(written, re.compile(before + re.escape(plain) + after))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something that words stand for."""

    key: str
    words: tuple[RuleWord, ...]
    name_zh: str = ""
    name_en: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadingRules:
    """All of a site."""

    types: tuple[Entry, ...] = ()
    """Their keys are of `TicketType`."""
    severity: tuple[Entry, ...] = ()
    """Of `Severity`, in its order."""
    urgency: tuple[Entry, ...] = ()
    """Of `Urgency`, in its order."""
    products: tuple[Entry, ...] = ()
    demands: tuple[Entry, ...] = ()
    orders: tuple[str, ...] = field(default=())
    """Shapes of order numbers: 0 stands for a digit, ? for a letter."""


NO_RULES = ReadingRules()

KEYS_OF_TYPES: frozenset[str] = frozenset(TicketType)
KEYS_OF_SEVERITY: Sequence[str] = tuple(Severity)
KEYS_OF_URGENCY: Sequence[str] = tuple(Urgency)


@dataclass(frozen=True, slots=True)
class Hit:
    """One word of an entry in a folded text."""

    entry: Entry
    word: RuleWord
    start: int
    end: int


def hits(text: str, entries: Sequence[Entry], *, wished: bool) -> Iterator[Hit]:
    """Which words stand in the folded text, but for those that are said not to be, or not to be `wished`.

    Of two words at the same place the longer one counts: 微波炉 is no 炉.
    """
    negation = _NOT_WANTED if wished else _NOT_SO
    found = [
        Hit(entry, word, match.start(), match.end())
        for entry in entries
        for word in entry.words
        for match in word.pattern.finditer(text)
    ]
    taken: set[int] = set()
    for hit in sorted(found, key=lambda one: (one.start - one.end, one.start)):
        if taken & {*range(hit.start, hit.end)}:
            continue
        taken.update(range(hit.start, hit.end))
        if not negation.search(text[max(hit.start - _BEFORE_CHARACTERS, 0) : hit.start]):
            yield hit
