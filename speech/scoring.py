"""How wrong a recogniser is: edit distance between what was said and what was heard. Pure."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from speech.normalise import normalise

_SAME_SOUND = str.maketrans("幺〇", "一零")
"""Spellings of figures that only writing tells apart, in telephone numbers."""
_CHINESE = ("\u3400", "\u9fff")


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Errors over all that was said; a rate can pass 1 where more was heard than said."""

    utterances: int
    words: int
    word_errors: int
    characters: int
    character_errors: int

    @property
    def word_error_rate(self) -> float:
        """Substituted, missing and added words for each word said."""
        return self.word_errors / self.words if self.words else 0.0

    @property
    def character_error_rate(self) -> float:
        """The same for characters, blanks left out; the fairer figure for Chinese."""
        return self.character_errors / self.characters if self.characters else 0.0

    def error_rate(self, language: str) -> float:
        """By characters for Chinese, whose words nobody writes apart; else by words."""
        return self.character_error_rate if language == "zh" else self.word_error_rate


def language_of(texts: Iterable[str]) -> str:
    """`zh` where any of it is Chinese."""
    first, last = _CHINESE
    return "zh" if any(first <= each <= last for text in texts for each in text) else "en"


def words_said(text: str, language: str) -> list[str]:
    """The words of a written text as a recogniser should write them.

    Figures are read out first, as they are by people; marks are not spoken; letters are small.
    """
    folded = unicodedata.normalize("NFKC", text)
    if any(each.isdigit() for each in folded):
        folded = normalise(folded, language)
    kept = (each if each.isalnum() or each == "'" else " " for each in folded.lower())
    return "".join(kept).translate(_SAME_SOUND).split()


def words_heard(words: Iterable[str]) -> list[str]:
    """What a recogniser wrote, in the same spelling."""
    return [word.lower().translate(_SAME_SOUND) for word in words]


def score(pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> Score:
    """Scores (words said, words heard)."""
    utterances = words = word_errors = characters = character_errors = 0
    for said, heard in pairs:
        utterances += 1
        words += len(said)
        word_errors += distance(said, heard)
        said_text, heard_text = "".join(said), "".join(heard)
        characters += len(said_text)
        character_errors += distance(said_text, heard_text)
    return Score(
        utterances=utterances,
        words=words,
        word_errors=word_errors,
        characters=characters,
        character_errors=character_errors,
    )


def distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """The fewest substitutions, deletions and insertions that make one of the other."""
    row = list(range(len(heard) + 1))
    for index, wanted in enumerate(said, start=1):
        before, row[0] = row[0], index
        for place, got in enumerate(heard, start=1):
            before, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, before + (wanted != got))
    return row[-1]
