"""What was heard."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

_SPOKEN_DIGITS = str.maketrans("零〇幺一二三四五六七八九", "001123456789")
_DIGIT_RUN = re.compile("[零〇幺一二三四五六七八九]{3,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """One word, and where in the audio it is."""

    text: str
    start_s: float
    end_s: float
    confidence: float
    """0 to 1, as the engine sees itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial:
    """What an utterance that still goes on sounds like so far; may change."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Final:
    """An utterance that ended."""

    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """No more comes: the audio has ended."""

    seconds: float


Heard = Partial | Final | End


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a recogniser can do for one language."""

    can_transcribe: bool
    engine: str
    """Such as `vosk`; empty when there is none."""
    can_take_phrases: bool = False
    """It hears better when it is told what to listen for."""
    can_refuse: bool = False
    """It knows what is none of the phrases that it listens for; without, all becomes one of them."""


class Voice(Enum):
    """What a frame is in the row of those before it."""

    QUIET = auto()
    BEGINS = auto()
    GOES_ON = auto()
    ENDS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What somebody said between two pauses."""

    text: str
    """For people: Chinese without spaces, digit strings as digits; "" where no word was heard."""
    confidence: float
    """0 to 1, as the engine sees itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """The words of a whole recording."""

    language: str
    words: tuple[Word, ...]
    text: str
    """For people: Chinese without spaces, digit strings as digits."""
    confidence: float
    """The mean of the words'; 0 when no word was heard."""
    seconds: float


def transcript(language: str, words: Sequence[Word], seconds: float) -> Transcript:
    """Puts words together."""
    return Transcript(
        language=language,
        words=tuple(words),
        text=readable(language, [word.text for word in words]),
        confidence=sum(word.confidence for word in words) / len(words) if words else 0.0,
        seconds=seconds,
    )


def readable(language: str, words: Sequence[str]) -> str:
    """The words as a person writes them.

    Three or more spoken digits in a row are a number (幺 is the telephone's word for one);
    shorter runs stay words, since 一下 and 一起 are no figures.
    """
    if language != "zh":
        return " ".join(words)
    text = ""
    for word in words:
        text += f" {word}" if _meets_latin(text, word) else word
    return _DIGIT_RUN.sub(lambda run: run[0].translate(_SPOKEN_DIGITS), text)


def _meets_latin(text: str, word: str) -> bool:
    return text != "" and word != "" and text[-1].isascii() and word[0].isascii()
