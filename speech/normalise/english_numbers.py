"""English words for numbers."""

import re

_SMALL = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SCALES = ("", " thousand", " million", " billion", " trillion")
_UNGROUPED_DIGITS_MAX = 4
CARDINAL_DIGITS_MAX = 3 * len(_SCALES)
_IRREGULAR = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
    "twelve": "twelfth",
}  # fmt: skip


def spell(digits: str) -> str:
    """Digit by digit."""
    return " ".join(_SMALL[int(digit)] for digit in digits)


def spell_in_threes(digits: str) -> str:
    """With pauses, so that it can be written down: a last group of four rather than one of one."""
    if len(digits) <= _UNGROUPED_DIGITS_MAX:
        return spell(digits)
    return ", ".join(spell(group) for group in re.findall(r"\d{4}(?!\d)|\d{1,3}", digits))


def cardinal(digits: str) -> str:
    """A whole number; `digits` may carry thousands separators."""
    digits = digits.replace(",", "").lstrip("0")
    if digits == "":
        return "zero"
    if len(digits) > CARDINAL_DIGITS_MAX:
        return spell(digits)
    groups = -(-len(digits) // 3)
    digits = digits.zfill(groups * 3)
    said = [
        _below_thousand(int(digits[index * 3 : index * 3 + 3])) + _SCALES[groups - 1 - index]
        for index in range(groups)
        if int(digits[index * 3 : index * 3 + 3])
    ]
    return " ".join(said)


def _below_thousand(value: int) -> str:
    hundreds, rest = divmod(value, 100)
    said = [f"{_SMALL[hundreds]} hundred"] if hundreds else []
    if rest:
        said.append(_below_hundred(rest))
    return " ".join(said)


def _below_hundred(value: int) -> str:
    if value < len(_SMALL):
        return _SMALL[value]
    tens, units = divmod(value, 10)
    return _TENS[tens] + (f"-{_SMALL[units]}" if units else "")


def number(figure: str) -> str:
    """A whole number or a decimal."""
    whole, _, fraction = figure.replace(",", "").partition(".")
    return cardinal(whole) + (f" point {spell(fraction)}" if fraction else "")


def ordinal(digits: str) -> str:
    """The place in an order: first, second, twenty-third."""
    said = cardinal(digits)
    head, joint, last = _split_last(said)
    if last in _IRREGULAR:
        return head + joint + _IRREGULAR[last]
    return head + joint + (last[:-1] + "ieth" if last.endswith("y") else last + "th")


def _split_last(said: str) -> tuple[str, str, str]:
    place = max(said.rfind(" "), said.rfind("-"))
    return (said[:place], said[place], said[place + 1 :]) if place >= 0 else ("", "", said)


def year(digits: str) -> str:
    """As years are said: nineteen ninety-nine, two thousand five, twenty twenty-six."""
    century, rest = int(digits[:2]), int(digits[2:])
    if 2000 <= int(digits) < 2010 or (century % 10 == 0 and rest == 0):
        return cardinal(digits)
    if rest == 0:
        return f"{_below_hundred(century)} hundred"
    return f"{_below_hundred(century)} {'oh ' if rest < 10 else ''}{_below_hundred(rest)}"


def money(figure: str, unit: tuple[str, str], part: tuple[str, str] | None) -> str:
    """An amount; `unit` and `part` are (one, many), such as dollar and cent."""
    whole, _, fraction = figure.replace(",", "").partition(".")
    if part is None or len(fraction) > 2:
        return f"{number(figure)} {unit[0] if figure == '1' else unit[1]}"
    units, parts = int(whole), int(fraction.ljust(2, "0")) if fraction else 0
    said = [f"{cardinal(whole)} {unit[0] if units == 1 else unit[1]}"] if units or not parts else []
    if parts:
        said.append(f"{cardinal(str(parts))} {part[0] if parts == 1 else part[1]}")
    return " and ".join(said)
