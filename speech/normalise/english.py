"""English text for the voice."""

import re

from speech.normalise.english_numbers import cardinal, money, number, ordinal, spell, year
from speech.normalise.rules import Rule, apply, plain, rule, tidy

_AMOUNT = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_ALONE = r"(?<![\w.])"
_NO_DIGIT = r"(?!\d)"
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MONTH = rf"(?P<month>{'|'.join(f'{name[:3]}(?:{name[3:]})?' for name in _MONTHS)}|Sept)\.?"
_DAY = r"(?P<day>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>[12]\d{3})"
_CURRENCIES: dict[str, tuple[tuple[str, str], tuple[str, str] | None]] = {
    "$": (("dollar", "dollars"), ("cent", "cents")),
    "US$": (("US dollar", "US dollars"), ("cent", "cents")),
    "HK$": (("Hong Kong dollar", "Hong Kong dollars"), ("cent", "cents")),
    "€": (("euro", "euros"), ("cent", "cents")),
    "£": (("pound", "pounds"), ("penny", "pence")),
    "¥": (("yuan", "yuan"), None),
    "RMB": (("yuan", "yuan"), None),
    "CNY": (("yuan", "yuan"), None),
    "USD": (("US dollar", "US dollars"), ("cent", "cents")),
}
_HOUR_WORDS = "|".join(cardinal(str(hour)) for hour in range(1, 13))
_UNITS = {
    "kg": ("kilogram", "kilograms"), "g": ("gram", "grams"), "km": ("kilometer", "kilometers"),
    "cm": ("centimeter", "centimeters"), "mm": ("millimeter", "millimeters"), "m": ("meter", "meters"),
    "ml": ("milliliter", "milliliters"), "°C": ("degree Celsius", "degrees Celsius"),
    "℃": ("degree Celsius", "degrees Celsius"), "°F": ("degree Fahrenheit", "degrees Fahrenheit"),
    "lb": ("pound", "pounds"), "GB": ("gigabyte", "gigabytes"), "MB": ("megabyte", "megabytes"),
    "min": ("minute", "minutes"), "h": ("hour", "hours"), "hrs": ("hour", "hours"),
}  # fmt: skip
_SPELLED_AFTER = (
    "number|order|ticket|extension|ext|code|account|card|room|flight|dial|call|case|invoice|password|pin|"
    "ending in|phone"
)


def normalise_english(text: str) -> str:
    """Figures as English words."""
    return tidy(apply(_RULES, plain(text)))


def _month_name(found: re.Match[str]) -> str:
    written = found["month"]
    if written.isdigit():
        return _MONTHS[int(written) - 1]
    return next(name for name in _MONTHS if name[:3].lower() == written[:3].lower())


def _date(found: re.Match[str]) -> str:
    said = f"{_month_name(found)} {ordinal(found['day'])}"
    return f"{said}, {year(found['year'])}" if found.groupdict().get("year") else said


def _time(found: re.Match[str]) -> str:
    hour, minute, half = int(found["hour"]), found["minute"], (found["half"] or "").replace(".", "").lower()
    if not half and hour > 12:
        hour, half = hour - 12, "pm"
    elif not half and hour == 0:
        hour, half = 12, "am"
    said = cardinal(str(hour))
    if minute and int(minute):
        said += " " + (f"oh {cardinal(minute)}" if minute[0] == "0" else cardinal(minute))
    elif not half:
        said += " o'clock"
    return f"{said} {' '.join(half)}".strip()


def _in_threes(digits: str) -> str:
    """Digits in groups that can be written down: a last group of four rather than one of one."""
    if len(digits) <= 4:
        return spell(digits)
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    if len(groups[-1]) == 1:
        groups[-2:] = [groups[-2] + groups[-1]]
    return ", ".join(spell(group) for group in groups)


def _telephone(found: re.Match[str]) -> str:
    plus = "plus " if found[0].lstrip().startswith("+") else ""
    groups = re.findall(r"\d+", found[0])
    return " " + plus + ", ".join(_in_threes(group) for group in groups) + " "


def _code(found: re.Match[str]) -> str:
    written = found[0].replace("-", " ")
    few = sum(character.isdigit() for character in written) <= 2
    said = re.sub(r"\d+", lambda run: f" {cardinal(run[0]) if few else _in_threes(run[0])} ", written)
    return said if few else re.sub(r"(?<=[A-Z])(?=[A-Z])", " ", said)


def _spelled(found: re.Match[str]) -> str:
    return found["before"] + ", ".join(_in_threes(part) for part in re.findall(r"\d+", found["digits"]))


def _money(found: re.Match[str]) -> str:
    unit, part = _CURRENCIES[found["currency"].upper()]
    sign = "minus " if found["minus"] else ""
    scale = found["scale"]
    if scale:
        return f"{sign}{number(found['amount'])} {scale.strip()} {unit[1]}"
    return sign + money(found["amount"], unit, part)


def _measured(found: re.Match[str]) -> str:
    one, many = _UNITS[found["unit"]]
    sign = "minus " if found["minus"] else ""
    return f"{sign}{number(found['figure'])} {one if found['figure'] == '1' else many}"


def _fraction(found: re.Match[str]) -> str:
    top, bottom = int(found[1]), found[2]
    if int(bottom) == 2:
        return "one half" if top == 1 else f"{cardinal(found[1])} halves"
    return f"{cardinal(found[1])} {ordinal(bottom)}{'' if top == 1 else 's'}"


def _plain_number(found: re.Match[str]) -> str:
    digits, sign = found["figure"], "minus " if found["minus"] else ""
    is_name = digits.isdigit() and (len(digits) > 4 or (digits.startswith("0") and len(digits) > 1))
    return sign + (_in_threes(digits) if is_name else number(digits))


_RULES: tuple[Rule, ...] = (
    rule(rf"{_ALONE}{_YEAR}(?P<s>[-/.])(?P<month>0?[1-9]|1[0-2])(?P=s){_DAY}{_NO_DIGIT}", _date),
    rule(rf"{_ALONE}(?P<month>0?[1-9]|1[0-2])/{_DAY}/{_YEAR}{_NO_DIGIT}", _date),
    rule(rf"\b{_MONTH}\ {_DAY}(?:,?\ {_YEAR})?{_NO_DIGIT}(?![:.]\d)", _date),
    rule(rf"{_ALONE}{_DAY}\ (?:of\ )?{_MONTH}\b(?:,?\ {_YEAR}{_NO_DIGIT})?", _date),
    rule(rf"\b{_MONTH}\ {_YEAR}{_NO_DIGIT}", lambda found: f"{_month_name(found)} {year(found['year'])}"),
    rule(
        r"\b(?P<before>(?:in|since|by|until|from|year)\ )(?P<year>(?:19|20)\d{2})(?![\d,.]*\d)",
        lambda found: found["before"] + year(found["year"]),
        ignore_case=True,
    ),
    rule(
        rf"{_ALONE}(?P<hour>2[0-3]|[01]?\d):(?P<minute>[0-5]\d)(?:\ ?(?P<half>[ap]\.?m\b\.?))?{_NO_DIGIT}",
        _time,
        ignore_case=True,
    ),
    rule(
        rf"{_ALONE}(?P<hour>1[0-2]|[1-9])(?P<minute>)\ ?(?P<half>[ap]\.?m\b\.?)",
        _time,
        ignore_case=True,
    ),
    rule(rf"(?<=\ m|ck)\s*[-–—]\s*(?=(?:{_HOUR_WORDS})\b)", lambda _: " to "),
    rule(rf"(?<![\w.])\+\d{{1,3}}[-\ ]?\(?\d{{2,4}}\)?(?:[-\ ]?\d{{3,4}}){{1,3}}{_NO_DIGIT}", _telephone),
    rule(rf"(?<![\w.])\(\d{{3}}\)\ ?\d{{3}}-\d{{4}}{_NO_DIGIT}", _telephone),
    rule(rf"(?<![\w.])\d{{3,4}}-\d{{3,4}}(?:-\d{{3,4}})?{_NO_DIGIT}", _telephone),
    rule(
        rf"(?P<currency>US\$|HK\$|[$€£¥]|\bRMB|\bCNY|\bUSD)\s*(?P<minus>-)?(?P<amount>{_AMOUNT})"
        r"(?P<scale>\ (?:thousand|million|billion))?",
        _money,
        ignore_case=True,
    ),
    rule(
        rf"(?P<minus>(?<![\w])-)?(?P<figure>{_AMOUNT})\s*%",
        lambda found: ("minus " if found["minus"] else "") + number(found["figure"]) + " percent",
    ),
    rule(
        rf"(?P<minus>(?<![\w])-)?(?P<figure>{_AMOUNT})\s?"
        r"(?P<unit>kg|km|cm|mm|ml|min|hrs|GB|MB|lb|°C|°F|℃|g|m|h)(?![A-Za-z])",
        _measured,
    ),
    rule(r"\b(\d{1,3}(?:,\d{3})*|\d+)(?:st|nd|rd|th)\b", lambda found: ordinal(found[1].replace(",", ""))),
    rule(
        rf"\b(?P<before>(?:{_SPELLED_AFTER})(?:\ (?:number|is|no\.))*[:\ ]\ ?\#?)"
        r"(?P<digits>\d{3,}(?:[-\ ]\d+)*)(?![\d.,]*\d)",
        _spelled,
        ignore_case=True,
    ),
    rule(r"\bNo\.\ ?(?=\d)", lambda _: "number "),
    rule(r"\#(?=\d)", lambda _: "number "),
    rule(r"[A-Za-z0-9]*(?:[A-Za-z]-?\d|\d-?[A-Za-z])[A-Za-z0-9]*(?:-[A-Za-z0-9]+)*", _code),
    rule(
        rf"{_ALONE}(?P<low>\d+(?:\.\d+)?)\s?[-–—]\s?(?P<high>\d+(?:\.\d+)?){_NO_DIGIT}",
        lambda found: f"{number(found['low'])} to {number(found['high'])}",
    ),
    rule(rf"{_ALONE}24/7{_NO_DIGIT}", lambda _: "twenty-four seven"),
    rule(rf"{_ALONE}([1-9]\d?)/([2-9]|[1-9]\d)(?![\d/])", _fraction),
    rule(
        r"(?<![\d.])\d+(?:\.\d+){2,}",
        lambda found: " point ".join(cardinal(part) for part in found[0].split(".")),
    ),
    rule(rf"(?P<minus>(?<![\w])-)?(?P<figure>{_AMOUNT})", _plain_number),
)
