"""Phrases to listen for, in the words of a recogniser."""

from collections.abc import Callable
from pathlib import Path

UNKNOWN = "[unk]"
"""What a model hears that has a word for all it does not know; many have none."""
_PHRASE_CHARACTERS_MAX = 100
_WORD_CHARACTERS_MAX = 12
"""Longer ones are looked for only where blanks set them apart."""


def takes_phrases(model: Path) -> bool:
    """Whether the model in this folder can be told what to listen for.

    It can if its words and its grammar lie in graphs of their own; where vosk finds them in one graph, it
    listens to everything. Older models have no folder `graph`.
    """
    return any((model / place / "HCLr.fst").exists() for place in ("graph", "."))


def knows_unknown(model: Path) -> bool:
    """Whether the model in this folder has a word for all that it does not know."""
    for place in ("graph", "."):
        table = model / place / "words.txt"
        if table.exists():
            with table.open(encoding="utf-8") as lines:
                return any(line.startswith(f"{UNKNOWN} ") for line in lines)
    return False


def in_known_words(phrase: str, knows: Callable[[str], bool]) -> str:
    """The phrase as a row of known words with blanks between them; empty where that cannot be.

    Chinese is written without blanks: it is parted into as few words as possible. Marks are not spoken,
    and recognisers write English small.
    """
    found: list[str] = []
    for part in _parts(phrase):
        words = _fewest_words(part, knows)
        if not words:
            return ""
        found += words
    return " ".join(found)


def _parts(phrase: str) -> list[str]:
    spoken = (each if each.isalnum() or each == "'" else " " for each in phrase.lower())
    return "".join(spoken)[:_PHRASE_CHARACTERS_MAX].split()


def _fewest_words(text: str, knows: Callable[[str], bool]) -> list[str]:
    """Nothing where some of it is in no known word."""
    if knows(text):
        return [text]
    if text.isascii():
        return []
    best: list[list[str] | None] = [[]]
    for end in range(1, len(text) + 1):
        begun = [
            [*before, text[start:end]]
            for start in range(max(0, end - _WORD_CHARACTERS_MAX), end)
            if (before := best[start]) is not None and knows(text[start:end])
        ]
        best.append(min(begun, key=len, default=None))
    return best[-1] or []
