"""Numbers as people say them: 三百五, 一万二, 两千零五, 12.5万, three hundred and fifty. Pure."""

import re
from decimal import Decimal

_DIGITS = {character: value for value, character in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
    "俩": 2,
}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10_000, "亿": 100_000_000}
CHINESE_NUMBER = r"[零〇一二两三四五六七八九十百千万亿]{1,20}(?:点[零〇一二三四五六七八九]{1,6})?"
ARABIC_NUMBER = r"\d{1,3}(?:,\d{3}){1,4}(?:\.\d{1,6})?|\d{1,12}(?:\.\d{1,6})?"

_ONES = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven"),
    *("twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_OF_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_ENGLISH = {word: value for value, word in enumerate(_ONES)} | {
    word: value * 10 for value, word in enumerate(_OF_TENS, start=2)
}
_WORD = "|".join(sorted({*_ENGLISH, "hundred", "thousand"}, key=len, reverse=True))
ENGLISH_NUMBER = rf"\b(?:{_WORD})(?:(?: and |[ -])(?:{_WORD})){{0,12}}\b"
NUMBER = rf"(?:{ARABIC_NUMBER})(?:\s?[万千百])?|{CHINESE_NUMBER}|{ENGLISH_NUMBER}"
"""What `number` can read, and bounded, so that a hostile text takes no longer; some of it is no number."""


def number(text: str) -> Decimal | None:
    """The number that a text is, or nothing."""
    text = text.strip()
    if re.fullmatch(CHINESE_NUMBER, text):
        return _chinese(text)
    if re.fullmatch(ENGLISH_NUMBER, text):
        return Decimal(_english(text))
    if found := re.fullmatch(rf"({ARABIC_NUMBER})\s?([万千百]?)", text):
        factor = (_TENS | _MYRIADS).get(found[2], 1)
        return Decimal(found[1].replace(",", "")) * factor
    return None


def _chinese(text: str) -> Decimal | None:
    whole, _, part = text.partition("点")
    value = _chinese_whole(whole)
    if value is None:
        return None
    return Decimal(f"{value}.{''.join(str(_DIGITS[digit]) for digit in part)}" if part else value)


def _chinese_whole(text: str) -> int | None:
    if not set(text) & {*_TENS, *_MYRIADS}:
        # Digits in a row, as years and numbers of rooms are said.
        return int("".join(str(_DIGITS[digit]) for digit in text))
    total = block = 0
    digit, unit = None, 1
    for character in text:
        if character in _DIGITS:
            if digit:
                return None
            digit = _DIGITS[character]
            unit = 10 if digit == 0 else unit
        elif character in _TENS:
            block += (1 if digit is None else digit) * _TENS[character]
            digit, unit = None, _TENS[character]
        else:
            total = (total + block + (digit or 0)) * _MYRIADS[character]
            block, digit, unit = 0, None, _MYRIADS[character]
    # What is left of 三百五 counts tens, of 一万二 thousands; of 三百零五 and 三十五 ones.
    return total + block + (digit or 0) * max(unit // 10, 1)


def _english(text: str) -> int:
    total = block = 0
    for word in re.split(r" and |[ -]", text):
        if word == "thousand":
            total, block = total + max(block, 1) * 1000, 0
        elif word == "hundred":
            block = max(block, 1) * 100
        else:
            block += _ENGLISH[word]
    return total + block
