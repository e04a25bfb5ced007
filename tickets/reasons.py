"""Which words of a text decided, so that a person can judge the judgement. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tickets.pieces import Pieces

REASONS_MAX = 3
SHARE_OF_STRONGEST = 0.4
"""What says less than this share of what the strongest word says is left out."""
CHARACTERS_MAX = 12
"""Of one reason."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Words that stand together."""

    start: int
    end: int
    strength: float


def telling_words(text: Pieces, said_for: Mapping[str, float]) -> tuple[str, ...]:
    """The stretches of a text that spoke most for its label, the strongest first; none if none did.

    What a piece adds to the label's score (`said_for`) is shared out among its characters, since a word is
    in many pieces and each says a part.
    """
    found = sorted(_stretches(text, _strengths(text, said_for)), key=lambda one: (-one.strength, one.start))
    words = dict.fromkeys(text.folded[one.start : one.end].strip() for one in found)
    return tuple(words)[:REASONS_MAX]


def _strengths(text: Pieces, said_for: Mapping[str, float]) -> list[float]:
    """Of each of the words, for each of its characters."""
    counted = text.counted()
    of_character = [0.0] * len(text.folded)
    for piece in text.all:
        share = said_for.get(piece.key, 0.0) / counted[piece.key] / (piece.end - piece.start)
        for at in range(piece.start, piece.end):
            of_character[at] += share
    return [sum(of_character[start:end]) / (end - start) for start, end in text.words]


def _stretches(text: Pieces, strengths: list[float]) -> Iterator[_Stretch]:
    """Neighbours that are strong; one Chinese character is no word, and takes its stronger neighbour in."""
    least = SHARE_OF_STRONGEST * max(strengths, default=0.0)
    first = 0
    while first < len(strengths):
        last = first
        if strengths[first] >= least > 0:
            while _goes_on(text, last, first) and strengths[last + 1] >= least:
                last += 1
            yield _stretch(text, strengths, *_widened(text, strengths, first, last))
        first = last + 1


def _goes_on(text: Pieces, last: int, first: int) -> bool:
    if last + 1 >= len(text.words):
        return False
    gap = text.folded[text.words[last][1] : text.words[last + 1][0]]
    return gap in {"", " "} and text.words[last + 1][1] - text.words[first][0] <= CHARACTERS_MAX


def _widened(text: Pieces, strengths: list[float], first: int, last: int) -> tuple[int, int]:
    start, end = text.words[first]
    if first != last or end - start > 1:
        return first, last
    sides = [
        (strengths[other], other)
        for other in (first - 1, first + 1)
        if 0 <= other < len(strengths) and _touch(text, min(first, other))
    ]
    if not sides:
        return first, last
    _, other = max(sides)
    return min(first, other), max(first, other)


def _touch(text: Pieces, word: int) -> bool:
    return text.words[word][1] == text.words[word + 1][0]


def _stretch(text: Pieces, strengths: list[float], first: int, last: int) -> _Stretch:
    start, end = text.words[first][0], text.words[last][1]
    return _Stretch(start, end, sum(strengths[first : last + 1]))
