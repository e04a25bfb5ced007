"""Reads a text by a site's rules, by how things are written, and by what was learned. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol

from tickets.engine import DEFAULT_PRIORITY
from tickets.model import Priority, TicketType
from tickets.reading.dates import dates
from tickets.reading.figures import amounts, orders, phones
from tickets.reading.folding import Folded, fold
from tickets.reading.model import Field, Finding, Severity, Source, Urgency, Words, of_field
from tickets.reading.rules import Entry, Hit, ReadingRules, hits

CHARACTERS_MAX = 5_000
"""Of a text, ten minutes of talk; what comes after is not read."""


class Learned(Protocol):
    """What a classifier says: `tickets.classifier.Verdict`."""

    @property
    def label(self) -> str:
        """A type of ticket."""
        ...

    @property
    def confidence(self) -> float:
        """How sure that is."""
        ...

    @property
    def reasons(self) -> Sequence[str]:
        """The words that decided."""
        ...


def knows_nothing(_: str) -> Learned | None:
    """What a classifier says that has learned nothing."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What has to be known beside the text."""

    day: date
    """On which it was said, at the site."""
    region: str
    """Whose phone numbers are written without a country's code."""


def read(
    text: str,
    rules: ReadingRules,
    known: Circumstances,
    classify: Callable[[str], Learned | None] = knows_nothing,
) -> tuple[Finding, ...]:
    """All that the text says, as far as it was found."""
    folded = fold(text[:CHARACTERS_MAX])
    digits = folded.with_digits()
    by_words = [
        *_type(folded, rules, classify(text[:CHARACTERS_MAX])),
        *_gravest(folded, Field.SEVERITY, rules.severity),
        *_gravest(folded, Field.URGENCY, rules.urgency),
    ]
    return (
        *by_words,
        *_priority(by_words),
        *_each(folded, Field.PRODUCT, rules.products),
        *_each(folded, Field.DEMAND, rules.demands),
        *amounts(folded),
        *dates(folded, known.day),
        *phones(digits, known.region),
        *orders(digits, rules.orders),
    )


def _grouped(found: Iterator[Hit]) -> Mapping[str, list[Hit]]:
    grouped: dict[str, list[Hit]] = {}
    for hit in sorted(found, key=lambda one: one.start):
        grouped.setdefault(hit.entry.key, []).append(hit)
    return grouped


def _finding(folded: Folded, field: Field, own: Sequence[Hit], against: int = 0) -> Finding:
    """By rules: one word makes it two thirds sure, each further one more so, words for others less."""
    entry, count = own[0].entry, len({hit.word.written for hit in own})
    spans = [folded.span(hit.start, hit.end) for hit in own]
    return Finding(
        field=field,
        value=entry.key,
        confidence=(count + 1) / (count + 2 + against),
        source=Source.RULE,
        words=tuple(Words(text=folded.original[start:end], start=start, end=end) for start, end in spans),
        name_zh=entry.name_zh,
        name_en=entry.name_en,
    )


def _type(folded: Folded, rules: ReadingRules, learned: Learned | None) -> Iterator[Finding]:
    """By rules or by what was learned, whichever is surer; where they agree, surer than either."""
    ruled = _type_by_rules(folded, rules)
    if learned is None or learned.label not in set(TicketType):
        by_learning = None
    else:
        by_learning = Finding(
            field=Field.TYPE,
            value=learned.label,
            confidence=learned.confidence,
            source=Source.LEARNED,
            words=tuple(_first(folded, reason) for reason in learned.reasons if reason in folded.text),
        )
    if ruled and by_learning and ruled.value == by_learning.value:
        doubt = (1 - ruled.confidence) * (1 - by_learning.confidence)
        yield replace(ruled, confidence=1 - doubt)
    elif ways := [one for one in (by_learning, ruled) if one]:
        yield max(ways, key=lambda one: one.confidence)


def _first(folded: Folded, words: str) -> Words:
    at = folded.text.index(words)
    start, end = folded.span(at, at + len(words))
    return Words(text=folded.original[start:end], start=start, end=end)


def _type_by_rules(folded: Folded, rules: ReadingRules) -> Finding | None:
    grouped = _grouped(hits(folded.text, rules.types, wished=True))
    words = {key: len({hit.word.written for hit in found}) for key, found in grouped.items()}
    if not words:
        return None
    # Of types with as many words, the one that stands first in the rules.
    best = max((entry.key for entry in rules.types if entry.key in words), key=words.__getitem__)
    return _finding(folded, Field.TYPE, grouped[best], sum(words.values()) - words[best])


def _gravest(folded: Folded, field: Field, entries: Sequence[Entry]) -> Iterator[Finding]:
    grouped = _grouped(hits(folded.text, entries, wished=False))
    for entry in entries:
        if entry.key in grouped:
            yield _finding(folded, field, grouped[entry.key])
            return


def _each(folded: Folded, field: Field, entries: Sequence[Entry]) -> Iterator[Finding]:
    for found in _grouped(hits(folded.text, entries, wished=True)).values():
        yield _finding(folded, field, found)


def _priority(found: Sequence[Finding]) -> Iterator[Finding]:
    """Danger is urgent, what is bad or cannot wait is high; else the type's own, if that is known."""
    why = {one.field: one for one in found}
    severity, urgency, type_ = (why.get(field) for field in (Field.SEVERITY, Field.URGENCY, Field.TYPE))
    levels: list[tuple[Priority, Finding]] = []
    if severity:
        levels.append((Priority.URGENT if severity.value == Severity.CRITICAL else Priority.HIGH, severity))
    if urgency:
        levels.append((Priority.HIGH if urgency.value == Urgency.IMMEDIATE else Priority.MEDIUM, urgency))
    if type_:
        levels.append((DEFAULT_PRIORITY[TicketType(type_.value)], type_))
    if levels:
        order = list(Priority)
        priority, reason = min(levels, key=lambda one: order.index(one[0]))
        yield replace(reason, field=Field.PRIORITY, value=priority.value, name_zh="", name_en="")


def best(findings: tuple[Finding, ...], field: Field) -> Finding | None:
    """What is surest about one thing; the first of those as sure."""
    return max(of_field(findings, field), key=lambda one: one.confidence, default=None)
