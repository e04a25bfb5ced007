"""Chinese words for numbers."""

DIGITS = "零一二三四五六七八九"
_PLACES = ("", "十", "百", "千")
_GROUPS = ("", "万", "亿", "万亿", "亿亿")
_GROUP_DIGITS = 4
CARDINAL_DIGITS_MAX = _GROUP_DIGITS * len(_GROUPS)


def spell(digits: str, *, telephone: bool = True) -> str:
    """Digit by digit; on the telephone one is 幺, so that it isn't mistaken for seven."""
    said = "".join(DIGITS[int(digit)] for digit in digits)
    return said.replace("一", "幺") if telephone else said


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
    """A whole number or a decimal."""
    whole, _, fraction = figure.partition(".")
    return cardinal(whole) + (f"点{spell(fraction, telephone=False)}" if fraction else "")


def counted(figure: str) -> str:
    """A number before a measure word, where two is 两."""
    return "两" if figure == "2" else number(figure)


def yuan(figure: str) -> str:
    """An amount as it is said at the till: 元, 角, 分."""
    whole, _, fraction = figure.replace(",", "").partition(".")
    if len(fraction) > 2:
        return number(figure.replace(",", "")) + "元"
    padded = fraction.ljust(2, "0")
    jiao, fen = padded[0], padded[1]
    said = "" if int(whole) == 0 and int(fraction or "0") > 0 else counted(whole.lstrip("0") or "0") + "元"
    if jiao != "0":
        said += DIGITS[int(jiao)] + "角"
    elif fen != "0" and said:
        said += "零"
    return said + (DIGITS[int(fen)] + "分" if fen != "0" else "")
