"""A rule finds one kind of written figure and says it."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Say = Callable[[re.Match[str]], str]
PIECE_CHARS_MAX = 200
"""Rules see no more at once, so that the time for a text grows with its length, and no faster."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule has said holds no digits any more, so that later rules leave it alone."""

    pattern: re.Pattern[str]
    say: Say


def rule(pattern: str, say: Say | str, *, ignore_case: bool = False) -> Rule:
    r"""Patterns are verbose: blanks count only when escaped; \w and \b know Latin letters alone.

    `say` may be the words themselves.
    """
    compiled = re.compile(pattern, re.VERBOSE | re.ASCII | (re.IGNORECASE if ignore_case else 0))
    return Rule(compiled, say if callable(say) else lambda _: say)


def apply(rules: Sequence[Rule], text: str) -> str:
    """All rules in their order: the special before the general."""
    return "".join(_said(rules, piece) for piece in _pieces(text))


def _said(rules: Sequence[Rule], piece: str) -> str:
    for each in rules:
        piece = each.pattern.sub(each.say, piece)
    return piece


_PIECE = re.compile(
    rf""".{{1,{PIECE_CHARS_MAX}}} (?: (?<=[。！？；!?;]) | (?<=\.\ ) | \Z )  # sentences, as many as fit
    | .{{1,{PIECE_CHARS_MAX}}} (?: (?<=[，、,\ ]) (?!\d) )                   # else parts of one
    | .{{1,{PIECE_CHARS_MAX}}}""",
    re.VERBOSE | re.DOTALL,
)


def _pieces(text: str) -> Iterator[str]:
    return (found[0] for found in _PIECE.finditer(text))


def tidy(text: str) -> str:
    """Single blanks, none at the ends or before a stop; no second pause behind a pause."""
    text = re.sub(r"\s+", " ", text)
    text = re.sub(r" (?=[,，.。;；:：?？!！、)）”]|$)", "", text)
    text = re.sub(r"，\s", "，", text)
    return re.sub(r"[,，]+(?=[,，.。;；:：?？!！、])", "", text).strip(" ").lstrip(",， ")
