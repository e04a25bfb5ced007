"""A text as rules see it, which still knows where everything stands in what was written.

Width and case are alike, the blanks that recognisers set between Chinese words are gone, and so are words
for single digits where several stand together: 幺三八 is 138, and so is "one three eight".
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from tickets.pieces import CHINESE

_BLANK_INSIDE = re.compile(rf"(?<=[{CHINESE}])\s+(?=[{CHINESE}])")
_CHINESE_DIGITS = {digit: str(value) for value, digit in enumerate("零一二三四五六七八九")} | {
    "〇": "0",
    "幺": "1",
}
_ENGLISH_DIGITS = {
    word: str(value)
    for value, word in enumerate(
        ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    )
} | {"oh": "0"}
_DIGITS_IN_A_ROW = re.compile(
    rf"[{''.join(_CHINESE_DIGITS)}]{{3,}}"
    rf"|\b(?:{'|'.join(_ENGLISH_DIGITS)})(?:[ -](?:{'|'.join(_ENGLISH_DIGITS)})){{2,}}\b"
)
_DIGIT = re.compile(rf"[{''.join(_CHINESE_DIGITS)}]|{'|'.join(_ENGLISH_DIGITS)}")


@dataclass(frozen=True, slots=True)
class Folded:
    """The folded text; each character with the place in the original that it stands for."""

    text: str
    original: str
    places: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where in the original a part of the folded text stands."""
        return self.places[start][0], self.places[end - 1][1]

    def with_digits(self) -> "Folded":
        """The same with digits for the words for them, where three or more stand together."""
        kept: list[tuple[str, tuple[int, int]]] = []
        at = 0
        for row in _DIGITS_IN_A_ROW.finditer(self.text):
            kept += _kept(self, range(at, row.start()))
            for digit in _DIGIT.finditer(self.text, *row.span()):
                figure = _CHINESE_DIGITS.get(digit[0]) or _ENGLISH_DIGITS[digit[0]]
                kept.append((figure, self.span(*digit.span())))
            at = row.end()
        return _folded(self.original, [*kept, *_kept(self, range(at, len(self.text)))])


def fold(text: str) -> Folded:
    """Folds a text."""
    pairs = [
        (folded, (at, at + 1))
        for at, character in enumerate(text)
        for folded in unicodedata.normalize("NFKC", character).casefold()
    ]
    wide = _folded(text, pairs)
    blank = {at for found in _BLANK_INSIDE.finditer(wide.text) for at in range(*found.span())}
    return _folded(text, _kept(wide, (at for at in range(len(wide.text)) if at not in blank)))


def _kept(folded: Folded, places: Iterable[int]) -> list[tuple[str, tuple[int, int]]]:
    return [(folded.text[at], folded.places[at]) for at in places]


def _folded(original: str, pairs: list[tuple[str, tuple[int, int]]]) -> Folded:
    return Folded("".join(character for character, _ in pairs), original, tuple(place for _, place in pairs))
