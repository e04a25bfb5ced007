"""What a text is judged by: the short pieces of it, single characters to words. Pure.

Chinese is taken by one to three characters in a row, which needs no dictionary and bears a wrongly heard
character; what is written with blanks is taken by words, pairs of words, and the parts of words, so that
"refunded" is much like "refund". Of a number only counts how many digits it has.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

CHINESE = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
"""The characters, as a class of a regular expression."""
_RUN = re.compile(rf"(?P<chinese>[{CHINESE}]+)|[^\W_{CHINESE}]+")
_BLANK_INSIDE = re.compile(rf"(?<=[{CHINESE}])\s+(?=[{CHINESE}])")
"""Recognisers set blanks between Chinese words, people do not."""
_DIGIT = re.compile(r"\d")

CHINESE_LENGTHS = range(1, 4)
PART_LENGTHS = range(3, 6)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece and where it stands in the folded text."""

    key: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Pieces:
    """All of a text."""

    folded: str
    """The text that the places are in: like what was given, but for case, width and blanks."""
    words: tuple[tuple[int, int], ...]
    """From where to where the shortest parts are that can be read: characters of Chinese, else words."""
    all: tuple[Piece, ...]

    def counted(self) -> Counter[str]:
        """How often each is there."""
        return Counter(piece.key for piece in self.all)


def pieces(text: str) -> Pieces:
    """Takes a text apart."""
    folded = _BLANK_INSIDE.sub("", unicodedata.normalize("NFKC", text).casefold())
    alike = _DIGIT.sub("0", folded)
    words: list[tuple[int, int]] = []
    found: list[Piece] = []
    before: re.Match[str] | None = None
    for run in _RUN.finditer(alike):
        if run["chinese"]:
            words += [(at, at + 1) for at in range(run.start(), run.end())]
            found += _parts(run[0], run.start(), CHINESE_LENGTHS)
            before = None
        else:
            words.append(run.span())
            found += _of_word(run, before)
            before = run
    return Pieces(folded, tuple(words), tuple(found))


def _of_word(word: re.Match[str], before: re.Match[str] | None) -> Iterator[Piece]:
    """Whole words and pairs stand between blanks, parts of words do not."""
    yield Piece(f" {word[0]} ", *word.span())
    if before:
        yield Piece(f" {before[0]} {word[0]} ", before.start(), word.end())
    for part in _parts(f"^{word[0]}$", word.start() - 1, PART_LENGTHS):
        yield Piece(part.key, max(part.start, word.start()), min(part.end, word.end()))


def _parts(run: str, start: int, lengths: range) -> Iterator[Piece]:
    for length in lengths:
        for at in range(len(run) - length + 1):
            yield Piece(run[at : at + length], start + at, start + at + length)
