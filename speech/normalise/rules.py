"""A rule finds one kind of written figure and says it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Say = Callable[[re.Match[str]], str]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a rule has said holds no digits any more, so that later rules leave it alone."""

    pattern: re.Pattern[str]
    say: Say


def rule(pattern: str, say: Say, *, ignore_case: bool = False) -> Rule:
    """Patterns are verbose: blanks count only when escaped."""
    return Rule(re.compile(pattern, re.VERBOSE | (re.IGNORECASE if ignore_case else 0)), say)


def apply(rules: Sequence[Rule], text: str) -> str:
    """All rules in their order: the special before the general."""
    for each in rules:
        text = each.pattern.sub(each.say, text)
    return text


_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if chr(code - 0xFEE0).isalnum()}
_SIGNS = str.maketrans(
    {"％": "%", "￥": "¥", "＄": "$", "．": ".", "－": "-", "＋": "+", "\u3000": " ", "−": "-"}
)


def plain(text: str) -> str:
    """Full-width figures, letters and signs as the usual ones; control characters as blanks."""
    text = text.translate(_FULL_WIDTH).translate(_SIGNS)
    return "".join(character if character.isprintable() else " " for character in text)


def tidy(text: str) -> str:
    """Single blanks, none at the ends or before a stop."""
    return re.sub(r" +(?=[,，.。;；:：?？!！、]|$)", "", re.sub(r"\s+", " ", text)).strip()
