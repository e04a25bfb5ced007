"""Money, shares, measures and numbers in Chinese."""

import re
from decimal import Decimal

from speech.normalise.chinese_numbers import amount, cardinal, counted, number, spell, spell_long, yuan
from speech.normalise.rules import Rule, rule

_AMOUNT = r"\d{1,3}(?:,\d{3})+(?!\d)(?:\.\d+)?|\d+(?:\.\d+)?"
_ALONE = r"(?<![\dA-Za-z.])"
_TO = r"\s?(?:——|[-~～–—至到])\s?"
_MINUS = r"(?P<minus>(?<![\dA-Za-z%‰])-)?"
_ALSO_MINUS = r"(?P<minus>(?<![\dA-Za-z\u4e00-\u9fff])-)?"
"""Where a dash behind a word joins: `单元-3`."""
_COUNTED = (
    "个|位|名|次|件|台|部|条|张|份|天|小时|分钟|秒|周|年(?!级)|岁|元|块|百|千|万|亿|倍|种|人|家|步|遍|点|成|"
    "公斤|千克|斤|吨|公里|千米|米|升|平方米|平米|立方米|箱|包|瓶|只|双|套|辆|页|处|项|笔|通|门|间|座|"
    "栋|排|组|队|批|款|夜|晚|杯|碗|盒|袋|支|把|根|片|颗|粒|轮|场|本|封|句|段|篇|字|寸|美元|美金|欧元|英镑|港元|港币|日元|人民币"
)
"""Before these, two is 两."""
_MEASURES = (
    f"{_COUNTED}|年|日|号|星期|月|角|分|楼|层|单元|克|厘米|毫米|毫升|摄氏度|度|折|季度|期|级|兆|班|路|"
    "工作日|多|余|几|来"
)
_CURRENCIES = {
    "$": "美元", "US$": "美元", "USD": "美元", "HK$": "港元", "HKD": "港元", "€": "欧元", "EUR": "欧元",
    "£": "英镑", "GBP": "英镑", "JPY": "日元", "KRW": "韩元", "SGD": "新加坡元", "S$": "新加坡元",
    "A$": "澳元", "AUD": "澳元", "CAD": "加元", "C$": "加元", "NT$": "新台币", "TWD": "新台币",
    "MOP": "澳门元", "CHF": "瑞士法郎",
}  # fmt: skip
_SIGN = "US\\$|HK\\$|NT\\$|[ACS]\\$|[$€£]"
_YUAN_CODE = "RMB|CNY"
_FOREIGN_CODE = "USD|HKD|EUR|GBP|JPY|KRW|SGD|AUD|CAD|TWD|MOP|CHF"
_SCALE = {"K": 3, "M": 6, "B": 9}
_UNITS = {
    "kg": "公斤", "KG": "公斤", "Kg": "公斤", "g": "克", "mg": "毫克", "t": "吨",
    "μg": "微克", "μg/m³": "微克每立方米",
    "km/h": "公里每小时", "km": "公里", "KM": "公里", "cm": "厘米", "CM": "厘米", "mm": "毫米", "MM": "毫米",
    "m/s": "米每秒", "m": "米", "m²": "平方米", "km²": "平方公里", "cm²": "平方厘米", "m³": "立方米",
    "ml": "毫升", "mL": "毫升", "ML": "毫升", "L": "升", "℃": "摄氏度", "°C": "摄氏度", "°F": "华氏度",
    "℉": "华氏度", "°": "度", "kWh": "千瓦时", "KWH": "千瓦时", "kwh": "千瓦时", "kW": "千瓦", "KW": "千瓦",
    "W": "瓦", "V": "伏", "kV": "千伏", "mA": "毫安", "mAh": "毫安时", "A": "安", "Hz": "赫兹", "kHz": "千赫",
    "MHz": "兆赫", "GHz": "吉赫", "KB": " K B ", "MB": "兆", "GB": " G B ", "TB": " T B ",
    "Mbps": "兆比特每秒", "Gbps": "吉比特每秒", "kbps": "千比特每秒", "MB/s": "兆每秒", "dB": "分贝",
    "rpm": "转每分钟", "min": "分钟", "h": "小时", "s": "秒", "ms": "毫秒", "ha": "公顷", "px": "像素",
}  # fmt: skip
_UNIT = "|".join(re.escape(unit) for unit in sorted(_UNITS, key=len, reverse=True) if unit != "A")
_COLD = frozenset({"℃", "°C", "℉", "°F"})
_LONG_DIGITS = 5
"""Bare figures from here on are names, unless they are round."""
_ROUND = "000"
_ROUND_DIGITS_MAX = 10
_ADDRESS_PARTS = 4
_TOO_FAR_APART_DIGITS = 2


def _plainly(figure: str) -> str:
    """Without separators, and without zeros at the end that nobody says of an amount."""
    figure = figure.replace(",", "")
    return figure.rstrip("0").rstrip(".") if "." in figure else figure


def _negative(found: re.Match[str]) -> str:
    parts = found.groupdict()
    return "负" if parts.get("minus") or parts.get("minus_behind") else ""


def _sign(found: re.Match[str], which: str) -> str:
    return "负" if found[which] else ""


def _low(found: re.Match[str]) -> str:
    if not found["low"]:
        return ""
    return counted(_plainly(found["low"])) + (found.groupdict().get("low_scale") or "") + "到"


def _percent(found: re.Match[str]) -> str:
    of = "百分之" if found["sign"] == "%" else "千分之"
    low = f"{_sign(found, 'minus')}{of}{number(_plainly(found['low']))}到" if found["low"] else ""
    figure = found["figure"].replace(",", "")
    minus = _sign(found, "minus_behind" if low else "minus")
    return low + minus + of + ("百" if figure == "100" and of == "百分之" else number(figure))


def _yuan(found: re.Match[str]) -> str:
    parts = found.groupdict()
    if parts.get("scale"):
        return f"{_negative(found)}{_low(found)}{counted(_plainly(found['amount']))}{parts['scale']}元"
    return _negative(found) + _low(found) + yuan(found["amount"])


def _foreign(found: re.Match[str]) -> str:
    figure, scale = _plainly(found["amount"]), found["scale"] or ""
    if scale.upper() in _SCALE:
        figure, scale = _plainly(f"{Decimal(figure).scaleb(_SCALE[scale.upper()]):f}"), ""
    code = found["currency"].upper()
    return _negative(found) + _low(found) + counted(figure) + scale + _CURRENCIES.get(code, "元")


def _measured(found: re.Match[str]) -> str:
    low = _low(found)
    said = _sign(found, "minus") + low + (_sign(found, "minus_behind") if low else "")
    said += counted(_plainly(found["figure"])) + _UNITS[found["unit"]]
    return said.replace("负", "零下") if found["unit"] in _COLD else said


def _range(found: re.Match[str]) -> str:
    return f"{counted(_plainly(found['low']))}到{counted(_plainly(found['high']))}"


def _bare_range(found: re.Match[str]) -> str:
    low, high = found["low"], found["high"]
    if int(low) < int(high) and len(high) - len(low) < _TOO_FAR_APART_DIGITS:
        return f"{cardinal(low)}到{cardinal(high)}"
    return f" {spell(low)}，{spell(high)} "


def _places(found: re.Match[str]) -> str:
    return "第" + cardinal(found["first"]) + (f"到第{cardinal(found['last'])}" if found["last"] else "")


def _numbered(found: re.Match[str]) -> str:
    digits = found[1]
    return f"第{cardinal(digits)}" if len(digits) < 4 else f"编号{spell_long(digits)}"


def _version(found: re.Match[str]) -> str:
    """And a host's address, which is read digit by digit."""
    parts = found[0].split(".")
    return "点".join(map(spell if len(parts) == _ADDRESS_PARTS else cardinal, parts))


def _plain_number(found: re.Match[str]) -> str:
    digits, minus = found["figure"], _negative(found)
    if digits.isdigit() and len(digits) > 1:
        is_long = len(digits) >= _LONG_DIGITS
        is_round = digits.endswith(_ROUND) and len(digits) <= _ROUND_DIGITS_MAX
        if digits[0] == "0" or (is_long and not is_round):
            return f" {minus}{spell_long(digits)} "
    return minus + amount(digits)


MONEY: tuple[Rule, ...] = (
    rule(
        rf"(?P<minus>(?<!\d)-)?(?:¥|(?<![A-Za-z])(?:{_YUAN_CODE}))\s*(?P<minus_behind>-)?"
        rf"(?:(?P<low>{_AMOUNT})(?P<low_scale>[万亿千])?{_TO}¥?)?(?P<amount>{_AMOUNT})(?P<scale>[万亿千])?[元块]?",
        _yuan,
        ignore_case=True,
    ),
    rule(
        rf"{_ALONE}(?P<minus>-)?(?:(?P<low>{_AMOUNT})[元块]?{_TO})?(?P<amount>{_AMOUNT})(?P<scale>[万亿])?元(?!月)",
        _yuan,
    ),
    rule(
        rf"(?P<minus>(?<!\d)-)?(?:(?<![A-Za-z])(?P<currency>{_SIGN}|{_FOREIGN_CODE}))\s*(?P<minus_behind>-)?"
        rf"(?:(?P<low>{_AMOUNT}){_TO}(?:{_SIGN})?)?(?P<amount>{_AMOUNT})(?P<scale>[万亿千]|[KMB](?![A-Za-z]))?",
        _foreign,
        ignore_case=True,
    ),
    rule(
        rf"{_ALONE}(?P<minus>-)?(?:(?P<low>{_AMOUNT}){_TO})?(?P<amount>{_AMOUNT})(?P<scale>[万亿千])?\s?"
        rf"(?P<currency>{_YUAN_CODE}|{_FOREIGN_CODE}|[$€£])(?![A-Za-z\d])",
        _foreign,
        ignore_case=True,
    ),
)
MEASURES: tuple[Rule, ...] = (
    rule(
        rf"{_MINUS}(?:(?P<low>{_AMOUNT})%?{_TO}(?P<minus_behind>-)?)?(?P<figure>{_AMOUNT})\s*(?P<sign>[%‰])",
        _percent,
    ),
    rule(
        rf"{_ALONE}\d{{1,3}}(?:[:：]\d{{1,3}})+(?![\d:：])",
        lambda found: "比".join(map(number, re.split("[:：]", found[0]))),
    ),
    rule(r"第\s?(?P<first>\d+)(?:\s?[-~～–—至到]\s?第?(?P<last>\d+))?", _places),
    rule(r"(?<![\d.])(\d{1,4})(?:st|nd|rd|th)\b", lambda found: "第" + cardinal(found[1])),
    rule(r"\bNo\.\s?(\d+)", _numbered, ignore_case=True),
    rule(
        rf"{_ALONE}{_MINUS}(?:(?P<low>{_AMOUNT}){_TO}(?P<minus_behind>-)?)?"
        rf"(?P<figure>{_AMOUNT})\s?(?P<unit>{_UNIT})(?![A-Za-z²³])",
        _measured,
    ),
    rule(
        rf"{_ALONE}(?P<low>{_AMOUNT}){_TO}(?P<high>{_AMOUNT})(?=\s?(?:{_MEASURES}))",
        _range,
    ),
)
NUMBERS: tuple[Rule, ...] = (
    rule(r"(?<![\dA-Za-z])-(\d{1,2})(?=[层楼])", lambda found: "负" + cardinal(found[1])),
    rule(
        r"(?<!\d)\d{3,4}(?=室|房)|(?<=[楼层栋座])\d{3,4}(?!\d)|(?<!\d)\d{4,}(?=号)",
        lambda found: f" {spell_long(found[0])} ",
    ),
    rule(rf"{_ALONE}(?P<low>0|[1-9]\d{{0,2}})\s?[-~～–—]\s?(?P<high>[1-9]\d{{0,2}})(?![\d-])", _bare_range),
    rule(r"(?<![\d.])\d+(?:\.\d+){2,}", _version),
    rule(r"(?<=\d)[²]", "的平方"),
    rule(r"(?<=\d)[³]", "的立方"),
    rule(
        rf"(?<![\d.,]){_ALSO_MINUS}(?P<figure>{_AMOUNT})(?={_COUNTED})",
        lambda found: _negative(found) + counted(found["figure"]),
    ),
    rule(
        rf"(?<![\d.,]){_ALSO_MINUS}(?P<figure>\d+)(?={_MEASURES})",
        lambda found: _negative(found) + cardinal(found["figure"]),
    ),
    rule(r"(?<![\d.A-Za-z])\.(\d+)(?![\d.])", lambda found: f"零点{spell(found[1], telephone=False)}"),
    rule(r"(?<![\d.共约满减达超到第])(?:110|112|114|119)(?![\d.])", lambda found: f" {spell(found[0])} "),
    rule(
        r"(?<![\d.])(19[5-9]\d|20[0-4][1-9]|20[1-4]0)(?![\d.])",
        lambda found: spell(found[1], telephone=False),
    ),
    rule(rf"{_ALSO_MINUS}(?P<figure>{_AMOUNT})", _plain_number),
    rule(r"(?<=[元块分角人个次件])/(?=[\u4e00-\u9fff])", "每"),
)
