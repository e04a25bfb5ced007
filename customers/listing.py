"""The blacklist and the warning list: which entries mean a caller. No I/O."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import phonenumbers

from customers.errors import NotAPrefix, PrefixTooWide, UntilPassed, ValueNotNeeded
from kernel.ids import StaffId
from kernel.numbers import half_width

PREFIX_DIGITS_MAX = 15
NUMBER_CHARACTERS_MAX = 24
REASON_MAX = 200


class Sort(StrEnum):
    """Which list."""

    BLOCKED = "blocked"
    """The call ends at once, and no agent hears of it."""
    WARNED = "warned"
    """The agent is told the reason when the call is offered."""


class Kind(StrEnum):
    """What an entry means."""

    NUMBER = "number"
    PREFIX = "prefix"
    """All numbers that begin so."""
    WITHHELD = "withheld"
    """Callers who do not show theirs."""


class Manner(StrEnum):
    """How a blocked call ends."""

    TEXT = "text"
    """The caller is told politely that the call cannot be taken."""
    REJECT = "reject"
    """It is not even answered, and costs the caller nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """An entry to be."""

    sort: Sort
    kind: Kind
    value: str = ""
    """In its one spelling: E.164 or digits; "" of withheld numbers."""
    reason: str
    manner: Manner = Manner.TEXT
    until: datetime | None = None
    """None: for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Somebody on a list; entries are lifted, and never erased."""

    id: int
    wish: Wish
    added_by: StaffId
    added_at: datetime
    is_proposed: bool
    """An agent wants it; it counts once a supervisor has confirmed it."""
    lifted_by: StaffId | None = None
    lifted_at: datetime | None = None

    def counts_at(self, now: datetime) -> bool:
        """Whether it means anybody at this moment."""
        until = self.wish.until
        return not self.is_proposed and self.lifted_at is None and (until is None or until > now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the lists say of a caller."""

    blocked: Entry | None = None
    """The one that fits best."""
    warnings: tuple[Entry, ...] = ()


def candidates(number: str) -> tuple[str, ...]:
    """The values of all entries that could mean a number in its one spelling; "" of who withholds it."""
    return tuple(number[:end] for end in range(1, len(number) + 1)) or ("",)


def judge(entries: Iterable[Entry], number: str, now: datetime) -> Found:
    """What they say of a number: whole numbers count before beginnings, long ones before short."""
    fitting = [entry for entry in entries if entry.counts_at(now) and _means(entry.wish, number)]
    fitting.sort(key=lambda entry: (entry.wish.kind is not Kind.NUMBER, -len(entry.wish.value), entry.id))
    return Found(
        blocked=next((entry for entry in fitting if entry.wish.sort is Sort.BLOCKED), None),
        warnings=tuple(entry for entry in fitting if entry.wish.sort is Sort.WARNED),
    )


def _means(wish: Wish, number: str) -> bool:
    match wish.kind:
        case Kind.WITHHELD:
            return not number
        case Kind.NUMBER:
            return number == wish.value
        case Kind.PREFIX:
            return number.startswith(wish.value)


def value_of(kind: Kind, written: str, spell: Callable[[str], str], home: str) -> str:
    """The one spelling of what somebody wrote; `spell` is that of numbers, `home` a country such as CN."""
    match kind:
        case Kind.WITHHELD:
            if written.strip():
                raise ValueNotNeeded("an entry for withheld numbers has no number")
            return ""
        case Kind.NUMBER:
            return spell(written)
        case Kind.PREFIX:
            return _prefix(written, home)


def _prefix(written: str, home: str) -> str:
    """As E.164 numbers begin; without + or 00 it is taken to be of the home country."""
    text = re.sub(r"[\s().-]", "", half_width(written))
    text = f"+{text[2:]}" if text.startswith("00") else text
    if not re.fullmatch(rf"\+?[0-9]{{1,{PREFIX_DIGITS_MAX}}}", text):
        raise NotAPrefix("the beginning of a number has up to 15 digits, and perhaps + before them")
    ours = f"+{phonenumbers.country_code_for_region(home)}"
    prefix = text if text.startswith("+") else ours + text.lstrip("0")
    if ours.startswith(prefix):
        raise PrefixTooWide("this would mean all numbers of the country")
    return prefix


def require_future(until: datetime | None, now: datetime) -> None:
    """Raises where an entry would never count."""
    if until is not None and until <= now:
        raise UntilPassed("this moment is over already")


def reasons(found: Sequence[Entry]) -> tuple[str, ...]:
    """What agents are warned with, each once."""
    return tuple(dict.fromkeys(entry.wish.reason for entry in found))
