"""Chinese words for numbers."""

import re

DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "万亿", "亿亿")
_GROUP_DIGITS = 4
_AFTER_TWO = frozenset("百千万亿")
_UNGROUPED_DIGITS_MAX = 8
_BIRTHPLACE_DIGITS = 6
_IDENTITY_DIGITS = (17, 18)
CARDINAL_DIGITS_MAX = _GROUP_DIGITS * len(_GROUPS)


def spell(digits: str, *, telephone: bool = True) -> str:
    """Digit by digit; on the telephone one is 幺, so that it isn't mistaken for seven."""
    said = "".join(DIGITS[int(digit)] for digit in digits)
    return said.replace("一", "幺") if telephone else said


def spell_long(digits: str) -> str:
    """The same with pauses, so that it can be written down; an identity card's number as on the card."""
    if len(digits) <= _UNGROUPED_DIGITS_MAX:
        return spell(digits)
    if len(digits) in _IDENTITY_DIGITS:
        return f"{spell(digits[:_BIRTHPLACE_DIGITS])}，{spell_in_fours(digits[_BIRTHPLACE_DIGITS:])}"
    return spell_in_fours(digits)


def spell_in_fours(digits: str) -> str:
    """With pauses; a last one alone goes with those before it."""
    return "，".join(spell(group) for group in re.findall(r"\d{5}(?!\d)|\d{1,4}", digits))


def cardinal(digits: str) -> str:
    """A whole number; `digits` may carry thousands separators."""
    digits = digits.replace(",", "").lstrip("0")
    if digits == "":
        return "零"
    if len(digits) > CARDINAL_DIGITS_MAX:
        return spell(digits, telephone=False)
    groups = -(-len(digits) // _GROUP_DIGITS)
    digits = digits.zfill(groups * _GROUP_DIGITS)
    said = ""
    for index in range(groups):
        group = digits[index * _GROUP_DIGITS : (index + 1) * _GROUP_DIGITS]
        if int(group) == 0:
            continue
        if said and (group[0] == "0" or digits[index * _GROUP_DIGITS - 1] == "0"):
            said += "零"
        said += _group(group.lstrip("0")) + _GROUPS[groups - 1 - index]
    return said.removeprefix("一") if said.startswith("一十") else said


def _group(digits: str) -> str:
    """Up to four digits, without leading zeros."""
    said, gap = "", False
    for index, digit in enumerate(digits):
        if digit == "0":
            gap = True
            continue
        said += ("零" if gap else "") + DIGITS[int(digit)] + _PLACES[len(digits) - 1 - index]
        gap = False
    return said


def number(figure: str) -> str:
    """A whole number or a decimal; `figure` may carry thousands separators."""
    whole, _, fraction = figure.partition(".")
    return cardinal(whole) + (f"点{spell(fraction, telephone=False)}" if fraction else "")


def amount(figure: str) -> str:
    """A number of things: it begins with 两百, 两千, 两万 or 两亿, not with 二百."""
    said = number(figure)
    return "两" + said[1:] if said[0] == "二" and said[1:2] in _AFTER_TWO else said


def counted(figure: str) -> str:
    """A number before a measure word, where two alone is 两 as well."""
    return "两" if figure.lstrip("0") == "2" else amount(figure)


def yuan(figure: str) -> str:
    """An amount as it is said at the till: 元, 角, 分."""
    whole, _, fraction = figure.replace(",", "").partition(".")
    if len(fraction) > 2:
        return number(figure.replace(",", "")) + "元"
    padded = fraction.ljust(2, "0")
    jiao, fen = padded[0], padded[1]
    said = "" if int(whole) == 0 and int(fraction or "0") > 0 else counted(whole.lstrip("0") or "0") + "元"
    if jiao != "0":
        said += (DIGITS[int(jiao)] if said else counted(jiao)) + "角"
    elif fen != "0" and said:
        said += "零"
    if fen != "0":
        said += (DIGITS[int(fen)] if said else counted(fen)) + "分"
    return said
