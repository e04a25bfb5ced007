"""What callers may say instead of pressing keys, and what they meant by what was heard."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from ivr.nodes import Menu, Option
from ivr.words import Language


class Command(StrEnum):
    """What can be said everywhere."""

    REPEAT = "repeat"
    BACK = "back"
    PERSON = "person"
    YES = "yes"
    NO = "no"


Saying = str | Command
"""A key, or what can be said everywhere."""
ANYWHERE = (Command.REPEAT, Command.BACK, Command.PERSON)
ANSWERS = (Command.YES, Command.NO)

COMMAND_PHRASES: Mapping[Command, Mapping[Language, tuple[str, ...]]] = {
    Command.REPEAT: {
        "zh": ("重复", "再说一遍", "再听一遍", "重听", "没听清"),
        "en": ("repeat", "say again", "say it again", "again"),
    },
    Command.BACK: {
        "zh": ("返回", "返回上一级", "上一级", "回去"),
        "en": ("back", "go back", "previous menu"),
    },
    Command.PERSON: {
        "zh": ("人工", "转人工", "人工服务", "接线员", "客服", "找人"),
        "en": ("operator", "agent", "representative", "person", "human"),
    },
    Command.YES: {
        "zh": ("是", "是的", "对", "对的", "没错", "正确", "好", "好的"),
        "en": ("yes", "right", "correct", "okay"),
    },
    Command.NO: {
        "zh": ("不", "不是", "不是的", "不对", "错", "错了", "没有"),
        "en": ("no", "not right", "wrong"),
    },
}
SCORE_PHRASES: Mapping[Language, Mapping[str, tuple[str, ...]]] = {
    "zh": {
        "1": ("非常不满意", "很不满意", "很差"),
        "2": ("不满意", "不太满意"),
        "3": ("一般", "还行"),
        "4": ("满意", "比较满意"),
        "5": ("非常满意", "很满意"),
    },
    "en": {
        "1": ("very dissatisfied", "terrible"),
        "2": ("dissatisfied", "not satisfied", "bad"),
        "3": ("neutral", "average"),
        "4": ("satisfied", "good"),
        "5": ("very satisfied", "excellent"),
    },
}
"""How people rate who say it in words."""
_DENIAL = re.compile("[不没别]|not|n't|never|no")
_DIGITS: Mapping[Language, Mapping[str, str]] = {
    "zh": dict(zip("零〇洞一幺二两三四五六七八九", "00011223456789", strict=True)),
    "en": dict(
        zip(
            ["zero", "oh", "o", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"],
            ("0", "0", "0", *"123456789"),
            strict=True,
        )
    ),
}
_SIGNS: Mapping[Language, Mapping[str, str]] = {
    "zh": {"星号": "*", "井号": "#"},
    "en": {"star": "*", "hash": "#", "pound": "#"},
}
_ABOUT_KEYS: Mapping[Language, re.Pattern[str]] = {
    "zh": re.compile("^(?:我?(?:要|想)?(?:请)?(?:按|选择|选|第))?(.+?)(?:号?键|号|个|分)?$"),
    "en": re.compile(r"^(?:press |number |option |key )?(.+?)(?: please)?$"),
}
_TIMES = {"double": 2, "triple": 3}
SOUNDS_ALIKE_FROM = 0.66
"""The part of a phrase's syllables that has to be heard in their order."""
_EXACT, _SAME_SOUND, _CONTAINED = 1.0, 0.95, 0.85
AMBIGUOUS_WITHIN = 0.05
"""Two meanings that are closer than this are no clear one."""
_AMBIGUOUS_FACTOR = 0.7


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words, and what is meant by them."""

    words: str
    means: Saying


@dataclass(frozen=True, slots=True, kw_only=True)
class Meant:
    """What somebody seems to have meant."""

    means: Saying
    words: str
    """The phrase that was recognised in what they said."""
    certainty: float
    """0 to 1: of the recogniser, and of the words being that phrase."""


def phrases_at(menu: Menu, language: Language) -> tuple[Phrase, ...]:
    """All that can be said at a menu: its options by their phrases and keys, and what holds everywhere."""
    options = (
        Phrase(words=words, means=key)
        for key, option in menu.options.items()
        for words in (*phrases_of(option, language), *key_names(key, language))
    )
    return (*options, *phrases_for(ANYWHERE, language))


def phrases_of(option: Option, language: Language) -> tuple[str, ...]:
    """By which words an option can be chosen; without any of its own, by its label."""
    own = option.say.get(language, ())
    label = (option.label or {}).get(language)
    return own or ((label,) if label else ())


def phrases_for_scores(language: Language) -> tuple[Phrase, ...]:
    """How scores from 1 to 5 are said."""
    return tuple(
        Phrase(words=words, means=score)
        for score, phrases in SCORE_PHRASES[language].items()
        for words in (*phrases, *key_names(score, language))
    )


def is_denied(said: str, phrase: str) -> bool:
    """Whether something around a phrase turns it round: 不是很满意 has 很满意 in it."""
    around = re.sub(r"\s", "", said.lower()).replace(re.sub(r"\s", "", phrase.lower()), "", 1)
    return _DENIAL.search(around) is not None


def phrases_for(commands: Sequence[Command], language: Language) -> tuple[Phrase, ...]:
    """How commands are said."""
    return tuple(
        Phrase(words=words, means=command)
        for command in commands
        for words in COMMAND_PHRASES[command][language]
    )


def digit_words(language: Language) -> tuple[str, ...]:
    """The words of digits, for a recogniser that wants to know what may come."""
    return (*_DIGITS[language], *(_TIMES if language == "en" else ()))


def meaning(said: str, confidence: float, known: Sequence[Phrase], language: Language) -> Meant | None:
    """What is meant by words that were heard; None: nothing that could be said here."""
    heard = _plain(said, language)
    best: dict[Saying, Meant] = {}
    for phrase in known:
        likeness = _likeness(heard, _plain(phrase.words, language), language)
        certainty = likeness * confidence
        if likeness > 0 and (phrase.means not in best or certainty > best[phrase.means].certainty):
            best[phrase.means] = Meant(means=phrase.means, words=phrase.words, certainty=certainty)
    # What the menu itself offers comes before what can be said anywhere: an option may be called 人工服务.
    ranked = sorted(best.values(), key=lambda meant: -meant.certainty - AMBIGUOUS_WITHIN * _is_key(meant))
    if not ranked:
        return None
    first, *others = ranked
    # What is part of the phrase itself is no other meaning: 满意 in 不满意.
    rivals = (other for other in others if other.words not in first.words)
    rival = next((other for other in rivals if _is_key(other) == _is_key(first)), None)
    if rival is not None and first.certainty - rival.certainty < AMBIGUOUS_WITHIN:
        return replace(first, certainty=first.certainty * _AMBIGUOUS_FACTOR)
    return first


def same_words(one: str, other: str, language: Language) -> bool:
    """Whether two phrases could not be told apart."""
    return _plain(one, language) == _plain(other, language)


def key_names(key: str, language: Language) -> Iterator[str]:
    """How a key is called."""
    names = {**_DIGITS[language], **_SIGNS[language]}
    return (name for name, meant in names.items() if meant == key)


def command_in(said: str, language: Language) -> Command | None:
    """The command that is all that was said: in an open answer its words may mean something else."""
    for phrase in phrases_for(ANYWHERE, language):
        if same_words(said, phrase.words, language) and isinstance(phrase.means, Command):
            return phrase.means
    return None


def digits_in(said: str, language: Language) -> str:
    """The digits of a number that was spoken one by one; "" where other words are among them."""
    text = unicodedata.normalize("NFKC", said).lower()
    words = list(re.sub(r"[\W_]", "", text)) if language == "zh" else re.findall(r"\w+", text)
    digits, times = "", 1
    for word in words:
        if language == "en" and word in _TIMES:
            times = _TIMES[word]
            continue
        digit = word if word.isdigit() and word.isascii() else _DIGITS[language].get(word)
        if digit is None:
            return ""
        digits, times = digits + digit * times, 1
    return digits


def _is_key(meant: Meant) -> bool:
    return not isinstance(meant.means, Command)


def _plain(text: str, language: Language) -> str:
    """Without signs and case, and of what is said about keys only the key."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("[unk]", " ")
    bare = re.sub(r"[\W_]+", "" if language == "zh" else " ", folded).strip()
    about = _ABOUT_KEYS[language].match(bare)
    key = about.group(1) if about else ""
    return _key(key, language) or bare


def _key(word: str, language: Language) -> str:
    return _SIGNS[language].get(word) or _DIGITS[language].get(word) or (word if word.isdigit() else "")


def _likeness(heard: str, phrase: str, language: Language) -> float:
    """0 to 1: how much of what was heard is this phrase."""
    if not heard or not phrase:
        return 0.0
    if heard == phrase:
        return _EXACT
    syllables, wanted = _syllables(heard, language), _syllables(phrase, language)
    if syllables == wanted:
        return _SAME_SOUND
    if len(wanted) < 2 and language == "zh":
        return 0.0  # One syllable is part of many words.
    if any(syllables[at : at + len(wanted)] == wanted for at in range(len(syllables) - len(wanted) + 1)):
        return _CONTAINED + (_SAME_SOUND - _CONTAINED) * len(wanted) / len(syllables)
    alike = _in_order(syllables, wanted) / max(len(wanted), 1)
    long_enough = len(wanted) > 2
    return alike * _CONTAINED if long_enough and alike >= SOUNDS_ALIKE_FROM else 0.0


@lru_cache(maxsize=4_096)
def _syllables(text: str, language: Language) -> tuple[str, ...]:
    """What it sounds like, tones aside: a recogniser writes words that sound alike one for the other."""
    if language == "en":
        return tuple(text.split())
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - its tables take time, and few calls need them

    return tuple(lazy_pinyin(text))


def _in_order(heard: tuple[str, ...], wanted: tuple[str, ...]) -> int:
    """How many of the wanted come in their order within a stretch not much longer than they are."""
    span = len(wanted) + 1
    return max(
        (_common(heard[at : at + span], wanted) for at in range(max(1, len(heard) - span + 1))), default=0
    )


def _common(heard: tuple[str, ...], wanted: tuple[str, ...]) -> int:
    """The length of the longest common subsequence."""
    row = [0] * (len(wanted) + 1)
    for syllable in heard:
        before = 0
        for at, other in enumerate(wanted, start=1):
            before, row[at] = row[at], before + 1 if syllable == other else max(row[at], row[at - 1])
    return row[-1]
