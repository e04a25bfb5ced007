"""What is read out of a text."""

from dataclasses import dataclass
from enum import StrEnum


class Field(StrEnum):
    """What a finding is about."""

    TYPE = "type"
    SEVERITY = "severity"
    """How bad it is for the customer."""
    URGENCY = "urgency"
    """How soon something has to happen."""
    PRIORITY = "priority"
    """What follows from type, severity and urgency."""
    PRODUCT = "product"
    DEMAND = "demand"
    """What the customer wants to be done."""
    AMOUNT = "amount"
    DATE = "date"
    PHONE = "phone"
    ORDER = "order"


class Severity(StrEnum):
    """The gravest first."""

    CRITICAL = "critical"
    """People, money or a whole company's work are in danger."""
    MAJOR = "major"


class Urgency(StrEnum):
    """The most urgent first."""

    IMMEDIATE = "immediate"
    SOON = "soon"


class Source(StrEnum):
    """By what something was found."""

    RULE = "rule"
    LEARNED = "learned"
    """By what was learned from closed tickets."""
    PATTERN = "pattern"
    """By how such things are written or said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A part of the text, and where it stands there."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that the text says, the words that say it, and how sure that is."""

    field: Field
    value: str
    confidence: float
    source: Source
    words: tuple[Words, ...]
    name_zh: str = ""
    name_en: str = ""
    """What people call the value, where the site has names for it."""


def of_field(findings: tuple[Finding, ...], field: Field) -> tuple[Finding, ...]:
    """All about one thing, in the order in which they were found."""
    return tuple(one for one in findings if one.field is field)
