"""What is said in training: random words of the vocabulary, and a few sentences, by many voices."""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from espeak import Manner, Mark, Samples, engine

HERE = Path(__file__).parent
BASE_VOICE = {"zh": "sit/cmn", "en": "gmw/en-us"}
TRAINING_VARIANTS = (
    "", "+m1", "+m2", "+m3", "+m5", "+m7", "+m8", "+f1", "+f2", "+f4", "+Alex", "+Andy", "+Annie", "+Denis",
    "+Gene", "+Hugo", "+Jacky", "+Lee", "+Marco", "+Mike", "+adam", "+anika", "+belinda", "+benjamin",
    "+caleb", "+david", "+ed", "+edward", "+ian", "+john", "+linda", "+max", "+michel", "+norbert",
    "+paul", "+pedro", "+robert", "+sandro", "+shelby", "+steph", "+travis", "+victor", "+zac",
)  # fmt: skip
HELD_OUT_VARIANTS = ("+m4", "+m6", "+f3", "+f5", "+Andrea", "+Mario", "+marcelo", "+quincy")
JOINS = {"zh": ("", "", " ", "，"), "en": (" ", " ", " ", ", ")}
SILENCE = "SIL"
_SENTENCE_SHARE = 0.12
_VARIANT_SHARE_MIN = 0.1
_VARIANTS_MAX = 3

Pronunciation = tuple[str, ...]


def words(language: str) -> list[str]:
    """The vocabulary."""
    return (HERE / f"words_{language}.txt").read_text(encoding="utf-8").split()


def sentences(language: str) -> list[list[str]]:
    """Whole sentences out of the vocabulary, from which the likely pairs of words are counted."""
    known = set(words(language))
    lines = (HERE / f"sentences_{language}.txt").read_text(encoding="utf-8").splitlines()
    return [[word for word in line.split() if word in known] for line in lines if line.strip()]


@dataclass(frozen=True, slots=True)
class Utterance:
    """One text as it was said, with the phone that sounds from each sample on."""

    words: tuple[str, ...]
    manner: Manner
    samples: Samples
    phones: tuple[tuple[int, str], ...]
    pronunciations: tuple[Pronunciation, ...]


class Speakers:
    """Says random texts of one language in random manners; the seed makes it repeatable."""

    def __init__(self, language: str, variants: tuple[str, ...], seed: int) -> None:
        self._language = language
        self._variants = variants
        self._chance = random.Random(seed)
        self._words = words(language)
        self._sentences = sentences(language)

    def utterance(self) -> Utterance:
        """The next one."""
        chance = self._chance
        said = (
            chance.choice(self._sentences)
            if chance.random() < _SENTENCE_SHARE
            else [chance.choice(self._words) for _ in range(chance.randint(1, 8))]
        )
        join = chance.choice(JOINS[self._language])
        manner = Manner(
            voice=BASE_VOICE[self._language] + chance.choice(self._variants),
            words_per_minute=chance.randint(120, 225),
            pitch=chance.randint(25, 75),
            pitch_range=chance.randint(30, 70),
        )
        samples, marks = engine().say(join.join(said), manner)
        return Utterance(
            words=tuple(said),
            manner=manner,
            samples=samples,
            phones=tuple((mark.sample, _phone(mark)) for mark in marks if _phone(mark)),
            pronunciations=tuple(_pronunciations(said, len(join), marks)),
        )


def _phone(mark: Mark) -> str:
    """The name without stress marks; tones are left out, since the features carry no pitch."""
    if mark.phoneme is None or mark.phoneme == "" or mark.phoneme.startswith("("):
        return ""
    return SILENCE if mark.phoneme.startswith("_") else mark.phoneme.lstrip("',")


def _pronunciations(said: list[str], gap: int, marks: list[Mark]) -> list[Pronunciation]:
    spoken = [(mark.text_position, _phone(mark)) for mark in marks if _phone(mark) not in ("", SILENCE)]
    found, start = [], 1
    for word in said:
        found.append(tuple(phone for place, phone in spoken if start <= place < start + len(word)))
        start += len(word) + gap
    return found


class Lexicon:
    """How each word was pronounced, counted while the corpus was made."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, Counter[Pronunciation]] = defaultdict(Counter)

    def learn(self, utterance: Utterance) -> None:
        """Counts an utterance, unless words melted into each other."""
        if all(utterance.pronunciations):
            for word, pronunciation in zip(utterance.words, utterance.pronunciations, strict=True):
                self._counts[word][pronunciation] += 1

    def pronunciations(self, word: str) -> list[tuple[Pronunciation, float]]:
        """The usual pronunciations, each with its share relative to the most usual."""
        counts = self._counts[word]
        total, top = counts.total(), counts.most_common(1)[0][1]
        return [
            (pronunciation, count / top)
            for pronunciation, count in counts.most_common(_VARIANTS_MAX)
            if count / total >= _VARIANT_SHARE_MIN
        ]
