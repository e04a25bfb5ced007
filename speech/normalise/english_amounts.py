"""Money, shares, measures and numbers in English."""

import re
from decimal import Decimal

from speech.normalise.english_numbers import cardinal, money, number, ordinal, spell, spell_in_threes
from speech.normalise.rules import Rule, rule

_AMOUNT = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?"
_ALONE = r"(?<![\w.])"
_TO = r"\s?[-~～–—]\s?"
_MINUS = r"(?P<minus>(?<![\w%‰])-)?"
_SCALE_WORD = r"thousand|million|billion|trillion"
_SCALE = rf"(?:\ ?(?P<scale>{_SCALE_WORD}|k|m|bn|b|mn)(?![A-Za-z]))?"
_SCALES = {"k": " thousand", "m": " million", "mn": " million", "b": " billion", "bn": " billion"}
_ZEROS = {"万": 4, "亿": 8}
_CENT = ("cent", "cents")
_DOLLARS = ("dollar", "dollars")
_YUAN = ("yuan", "yuan")
_CURRENCIES: dict[str, tuple[tuple[str, str], tuple[str, str] | None]] = {
    "$": (_DOLLARS, _CENT),
    "€": (("euro", "euros"), _CENT),
    "EUR": (("euro", "euros"), _CENT),
    "£": (("pound", "pounds"), ("penny", "pence")),
    "GBP": (("pound", "pounds"), ("penny", "pence")),
    "¥": (_YUAN, None),
    "元": (_YUAN, None),
    "RMB": (_YUAN, None),
    "CNY": (_YUAN, None),
    "JPY": (("yen", "yen"), None),
    "KRW": (("won", "won"), None),
    "美元": (("US dollar", "US dollars"), _CENT),
    "欧元": (("euro", "euros"), _CENT),
    "英镑": (("pound", "pounds"), ("penny", "pence")),
    "港元": (("Hong Kong dollar", "Hong Kong dollars"), _CENT),
    "日元": (("yen", "yen"), None),
    "CHF": (("Swiss franc", "Swiss francs"), None),
} | {
    sign: ((f"{country} dollar", f"{country} dollars"), _CENT)
    for country, signs in {
        "US": ("US$", "USD"),
        "Hong Kong": ("HK$", "HKD"),
        "Singapore": ("S$", "SGD"),
        "Australian": ("A$", "AUD"),
        "Canadian": ("C$", "CAD"),
        "Taiwan": ("NT$", "TWD"),
    }.items()
    for sign in signs
}
_SIGN = r"(?:\b(?:US|HK|NT|[ACS]))?\$|[€£¥]"
_CODE = "RMB|CNY|USD|HKD|EUR|GBP|JPY|KRW|SGD|AUD|CAD|TWD|CHF"
_UNITS = {
    "kg": "kilogram", "KG": "kilogram", "g": "gram", "mg": "milligram",
    "μg": "microgram", "μg/m³": "microgram* per cubic meter", "km/h": "kilometer* per hour",
    "mph": "mile* per hour", "km": "kilometer", "KM": "kilometer", "cm": "centimeter", "mm": "millimeter",
    "m/s": "meter* per second", "m": "meter", "m²": "square meter", "km²": "square kilometer",
    "cm²": "square centimeter", "m³": "cubic meter", "ml": "milliliter", "mL": "milliliter", "L": "liter",
    "kWh": "kilowatt hour", "KWH": "kilowatt hour", "kW": "kilowatt", "KW": "kilowatt", "W": "watt",
    "V": "volt", "mA": "milliamp", "mAh": "milliamp hour", "Hz": "hertz*", "kHz": "kilohertz*",
    "MHz": "megahertz*", "GHz": "gigahertz*", "KB": "kilobyte", "MB": "megabyte", "GB": "gigabyte",
    "TB": "terabyte",
    "Mbps": "megabit* per second", "Gbps": "gigabit* per second", "kbps": "kilobit* per second",
    "MB/s": "megabyte* per second", "dB": "decibel", "rpm": "revolution* per minute", "lb": "pound",
    "lbs": "pound", "oz": "ounce", "ft": "foot", "min": "minute", "mins": "minute", "h": "hour", "hr": "hour",
    "hrs": "hour", "s": "second", "sec": "second", "ms": "millisecond", "ha": "hectare", "px": "pixel",
    "°C": "degree* Celsius", "℃": "degree* Celsius", "°F": "degree* Fahrenheit", "℉": "degree* Fahrenheit",
    "°": "degree",
}  # fmt: skip
"""A star stands where the many have an s, if not at the end."""
_MANY = {"foot": "feet", "hertz*": "hertz", "kilohertz*": "kilohertz", "megahertz*": "megahertz",
         "gigahertz*": "gigahertz"}  # fmt: skip
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True))
_PER = {"月": "month", "年": "year", "天": "day", "日": "day", "人": "person", "小时": "hour", "次": "time"}
_ADDRESS_PARTS = 4
_LONG_DIGITS = 5
"""Bare figures from here on are names, unless they are round."""
_ROUND = "000"
_ROUND_DIGITS_MAX = 10


def _plainly(figure: str) -> str:
    """Without zeros at the end that nobody says of an amount."""
    return figure.rstrip("0").rstrip(".") if "." in figure else figure


def _negative(found: re.Match[str]) -> str:
    parts = found.groupdict()
    return "minus " if parts.get("minus") or parts.get("minus_behind") else ""


def _low(found: re.Match[str]) -> str:
    return f"{number(_plainly(found['low']))} to " if found["low"] else ""


def _both(found: re.Match[str], figure: str) -> str:
    """A figure, or from one to the other, each with its sign."""
    if not found["low"]:
        return _negative(found) + number(figure)
    first, last = ("minus " if found[which] else "" for which in ("minus", "minus_behind"))
    return f"{first}{_low(found)}{last}{number(figure)}"


def _money(found: re.Match[str]) -> str:
    unit, part = _CURRENCIES[found["currency"].upper()]
    before, scale = _negative(found) + _low(found), found["scale"]
    if scale:
        said = _SCALES.get(scale.lower(), f" {scale.lower()}")
        return f"{before}{number(_plainly(found['amount']))}{said} {unit[1]}"
    figure = found["amount"] if part else _plainly(found["amount"])
    return before + money(figure, unit, part)


def _in_full(found: re.Match[str]) -> str:
    figure = Decimal(found[1].replace(",", "")).scaleb(_ZEROS[found[2]])
    return _plainly(f"{figure:,f}")


def _percent(found: re.Match[str]) -> str:
    return _both(found, found["figure"]) + (" percent" if found["sign"] == "%" else " per mille")


def _measured(found: re.Match[str]) -> str:
    unit, figure = _UNITS[found["unit"]], _plainly(found["figure"])
    many = _MANY.get(unit) or (unit.replace("*", "s") if "*" in unit else unit + "s")
    said = unit.replace("*", "") if figure == "1" and not found["low"] else many
    return f"{_both(found, figure)} {said}"


def _ordinals(found: re.Match[str]) -> str:
    low = f"{ordinal(found['low'])} to " if found["low"] else ""
    return low + ordinal(found["figure"].replace(",", ""))


def _version(found: re.Match[str]) -> str:
    """And a host's address, which is read digit by digit."""
    parts = found[0].split(".")
    return " point ".join(map(spell if len(parts) == _ADDRESS_PARTS else cardinal, parts))


def _per(found: re.Match[str]) -> str:
    return f" per {_PER[found[1]]} "


def _plain_number(found: re.Match[str]) -> str:
    digits = found["figure"]
    if digits.isdigit() and len(digits) > 1:
        is_round = digits.endswith(_ROUND) and len(digits) <= _ROUND_DIGITS_MAX
        if digits[0] == "0" or (len(digits) >= _LONG_DIGITS and not is_round):
            return _negative(found) + spell_in_threes(digits)
    return _negative(found) + number(digits)


IN_FULL: tuple[Rule, ...] = (rule(rf"{_ALONE}({_AMOUNT})([万亿])", _in_full),)
"""Thousands of thousands are counted otherwise in English: 3.5万 is 35,000."""
MONEY: tuple[Rule, ...] = (
    rule(
        rf"(?P<minus>(?<![\w])-)?(?P<currency>{_SIGN}|\b(?:{_CODE}))\s*(?P<minus_behind>-)?"
        rf"(?:(?P<low>{_AMOUNT}){_TO}(?:{_SIGN})?)?(?P<amount>{_AMOUNT}){_SCALE}",
        _money,
        ignore_case=True,
    ),
    rule(
        rf"{_ALONE}(?P<minus>-)?(?:(?P<low>{_AMOUNT}){_TO})?(?P<amount>{_AMOUNT}){_SCALE}\s?"
        rf"(?P<currency>(?:{_CODE})(?![A-Za-z])|美元|欧元|英镑|港元|日元|[元$€£](?!\d))",
        _money,
        ignore_case=True,
    ),
    rule(r"(?<=yuan)/(月|年|天|日|人|小时|次)", _per),
)
MEASURES: tuple[Rule, ...] = (
    rule(
        rf"{_MINUS}(?:(?P<low>{_AMOUNT})%?{_TO}(?P<minus_behind>-)?)?(?P<figure>{_AMOUNT})\s*(?P<sign>[%‰])",
        _percent,
    ),
    rule(
        rf"{_ALONE}{_MINUS}(?:(?P<low>{_AMOUNT}){_TO}(?P<minus_behind>-)?)?"
        rf"(?P<figure>{_AMOUNT})\s?(?P<unit>{_UNIT})(?![A-Za-z²³])",
        _measured,
    ),
    rule(
        rf"{_ALONE}(\d{{1,3}}):(\d{{1,3}})(?![\d:])",
        lambda found: f"{number(found[1])} to {number(found[2])}",
    ),
    rule(
        rf"\b(?:(?P<low>\d{{1,6}})(?:st|nd|rd|th){_TO})?"
        r"(?P<figure>\d{1,3}(?:,\d{3})+|\d{1,12})(?:st|nd|rd|th)\b",
        _ordinals,
        ignore_case=True,
    ),
)
NUMBERS: tuple[Rule, ...] = (
    rule(
        rf"{_ALONE}(?P<low>{_AMOUNT}){_TO}(?P<high>{_AMOUNT})(?!\d)",
        lambda found: f"{number(found['low'])} to {number(found['high'])}",
    ),
    rule(r"(?<![\d.])\d+(?:\.\d+){2,}", _version),
    rule(r"(?<=\d)²", " squared"),
    rule(r"(?<=\d)³", " cubed"),
    rule(r"(?<![\d.,])911(?![\d.,])", spell("911")),
    rule(r"(?<![\w.])\.(\d+)(?![\d.])", lambda found: f"point {spell(found[1])}"),
    rule(rf"(?P<minus>(?<![\w])-)?(?P<figure>{_AMOUNT})", _plain_number),
)
