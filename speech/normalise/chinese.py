"""Chinese text for the voice."""

import re

from speech.normalise.chinese_numbers import cardinal, counted, number, spell, yuan
from speech.normalise.rules import Rule, apply, plain, rule, tidy

_AMOUNT = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_ALONE = r"(?<![\dA-Za-z.])"
_NO_DIGIT = r"(?![\d])"
_COUNTED = (
    "个半|个|位|名|次|件|台|部|条|张|份|天|小时|分钟|秒|周|年|岁|元|块|千|万|亿|倍|种|人|家|步|遍|"
    "公斤|千克|斤|吨|公里|米|升|平方米|箱|包|瓶|只|双|套|辆|页"
)
"""Before these, two is 两."""
_MEASURES = f"{_COUNTED}|日|星期|月|角|分|号|楼|层|克|厘米|毫米|毫升|摄氏度|度|点|折|季度|期|级|兆"
_NAMED = (
    "尾号 单号 工号 编号 账号 帐号 卡号 验证码 密码 动态码 电话 手机 号码 分机 拨打 请拨 "
    "致电 热线 客服 房间 房号 车牌 航班 代码 邮编 工单"
)
_AFTER_NAMED = "|".join(f"(?<={word})" for word in _NAMED.split())
"""Figures behind these are names, and read digit by digit."""
_CURRENCIES = {
    "$": "美元",
    "US$": "美元",
    "HK$": "港元",
    "€": "欧元",
    "£": "英镑",
    "USD": "美元",
    "EUR": "欧元",
}
_UNITS = {
    "kg": "公斤", "g": "克", "km": "公里", "cm": "厘米", "mm": "毫米", "m": "米", "ml": "毫升", "L": "升",
    "㎡": "平方米", "m²": "平方米", "℃": "摄氏度", "°C": "摄氏度", "GB": "吉字节", "MB": "兆字节",
    "min": "分钟", "h": "小时",
}  # fmt: skip


def normalise_chinese(text: str) -> str:
    """Figures as Chinese words."""
    return tidy(apply(_RULES, plain(text)))


def _date(found: re.Match[str]) -> str:
    year, month, day = found["year"], found["month"], found["day"]
    return f"{spell(year, telephone=False)}年{cardinal(month)}月{cardinal(day)}日"


def _time(found: re.Match[str]) -> str:
    hour, minute, second = int(found["hour"]), found["minute"], found["second"]
    said = ("两" if hour == 2 else cardinal(str(hour))) + "点"
    if int(minute) == 0 and not second:
        return said + "整"
    said += ("零" if minute[0] == "0" else "") + (cardinal(minute) if int(minute) else "") + "分"
    if second:
        said += ("零" if second[0] == "0" else "") + (cardinal(second) if int(second) else "") + "秒"
    return said


def _telephone(*groups: str | None) -> str:
    return " " + "，".join(spell(group) for group in groups if group) + " "


def _mobile(found: re.Match[str]) -> str:
    country = "加八六，" if found["country"] else ""
    return country + _telephone(found["a"], found["b"], found["c"]).strip() + " "


def _spelled_parts(found: re.Match[str]) -> str:
    return _telephone(*re.split(r"[-\s]", found[0]))


def _code(found: re.Match[str]) -> str:
    """Letters one by one; long figures digit by digit, a model's one or two as a number."""
    written = found[0].replace("-", " ")
    few = sum(character.isdigit() for character in written) <= 2
    said = re.sub(r"\d+", lambda run: f" {cardinal(run[0]) if few else _in_fours(run[0])} ", written)
    return f" {said} " if few else re.sub(r"(?<=[A-Z])(?=[A-Z])", " ", f" {said} ")


def _in_fours(digits: str) -> str:
    if len(digits) <= 6:
        return spell(digits)
    return "，".join(spell(digits[start : start + 4]) for start in range(0, len(digits), 4))


def _percent(found: re.Match[str]) -> str:
    of = "百分之" if found["sign"] == "%" else "千分之"
    return ("负" if found["minus"] else "") + of + number(found["figure"].replace(",", ""))


def _range(found: re.Match[str]) -> str:
    return f"{counted(found['low'])}到{counted(found['high'])}"


def _yuan(found: re.Match[str]) -> str:
    scale = found.groupdict().get("scale")
    sign = "负" if found["minus"] else ""
    if scale:
        return f"{sign}{counted(found['amount'].replace(',', ''))}{scale}元"
    return sign + yuan(found["amount"])


def _foreign(found: re.Match[str]) -> str:
    currency = _CURRENCIES[found["currency"].upper()]
    return counted(found["amount"].replace(",", "")) + (found["scale"] or "") + currency


def _measured(found: re.Match[str]) -> str:
    cold = found["minus"] and found["unit"] in ("℃", "°C")
    sign = ("零下" if cold else "负") if found["minus"] else ""
    return sign + counted(found["figure"].replace(",", "")) + _UNITS[found["unit"]]


def _plain_number(found: re.Match[str]) -> str:
    """Long bare figures are numbers of things, not amounts."""
    digits = found["figure"]
    is_name = "," not in digits and "." not in digits and (len(digits) > 4 or digits.startswith("0"))
    if is_name and len(digits) > 1:
        return (" 负" if found["minus"] else " ") + spell(digits) + " "
    return ("负" if found["minus"] else "") + number(digits.replace(",", ""))


_RULES: tuple[Rule, ...] = (
    rule(
        rf"{_ALONE}(?P<year>\d{{4}})(?P<s>[-/.])(?P<month>0?[1-9]|1[0-2])(?P=s)(?P<day>3[01]|[12]\d|0?[1-9]){_NO_DIGIT}",
        _date,
    ),
    rule(rf"{_ALONE}(\d{{4}})(?=年)", lambda found: spell(found[1], telephone=False)),
    rule(
        rf"{_ALONE}(?P<hour>[01]?\d|2[0-4])[:：](?P<minute>[0-5]\d)(?:[:：](?P<second>[0-5]\d))?{_NO_DIGIT}",
        _time,
    ),
    rule(
        rf"(?<![\d.])(?P<country>\+?86[-\ ]?)?(?P<a>1[3-9]\d)[-\ ]?"
        rf"(?P<b>\d{{4}})[-\ ]?(?P<c>\d{{4}}){_NO_DIGIT}",
        _mobile,
    ),
    rule(
        rf"(?<![\d.])([48]00)[-\ ]?(\d{{3}})[-\ ]?(\d{{4}}){_NO_DIGIT}",
        lambda found: _telephone(found[1], found[2], found[3]),
    ),
    rule(rf"(?<![\d.])0\d{{2,3}}[-\ ]?\d{{7,8}}(?:-\d{{1,6}})?{_NO_DIGIT}", _spelled_parts),
    rule(
        rf"{_ALONE}(?P<low>\d+(?:\.\d+)?)\s*[-~～–—]\s*(?P<high>\d+(?:\.\d+)?)(?=\s?(?:{_MEASURES}))",
        _range,
    ),
    rule(
        rf"[¥]\s*(?P<minus>-)?(?P<amount>{_AMOUNT})(?P<scale>[万亿千])?元?",
        _yuan,
    ),
    rule(
        rf"(?:RMB|CNY)\s*(?P<minus>-)?(?P<amount>{_AMOUNT})(?P<scale>[万亿千])?元?",
        _yuan,
        ignore_case=True,
    ),
    rule(rf"{_ALONE}(?P<minus>-)?(?P<amount>{_AMOUNT})元", _yuan),
    rule(
        rf"(?P<currency>US\$|HK\$|\$|€|£|USD|EUR)\s*(?P<amount>{_AMOUNT})(?P<scale>[万亿千])?",
        _foreign,
        ignore_case=True,
    ),
    rule(rf"(?P<minus>(?<![\d%‰])-)?(?P<figure>{_AMOUNT})\s*(?P<sign>[%‰])", _percent),
    rule(
        rf"(?P<minus>(?<![\dA-Za-z])-)?(?P<figure>{_AMOUNT})\s?(?P<unit>kg|km|cm|mm|ml|min|GB|MB|m²|㎡|℃|°C|g|m|L|h)(?![A-Za-z])",
        _measured,
    ),
    rule(
        rf"(?:{_AFTER_NAMED})(?P<between>[是为:：\ ]{{0,2}})(?P<digits>\d+(?:[-\ ]\d+)*)"
        r"(?!\d|\.\d|[个次位元条台件天])",
        lambda found: found["between"] + _telephone(*re.split(r"[-\ ]", found["digits"])),
    ),
    rule(r"(?<=转)\d{3,6}(?!\d)", _spelled_parts),
    rule(r"[A-Za-z0-9]*(?:[A-Za-z]-?\d|\d-?[A-Za-z])[A-Za-z0-9]*(?:-[A-Za-z0-9]+)*", _code),
    rule(r"(?<!\d)\d+(?:-\d+)+(?!\d)", _spelled_parts),
    rule(
        rf"{_ALONE}([1-9]\d?)/([1-9]\d?)(?![\d/])",
        lambda found: f"{cardinal(found[2])}分之{cardinal(found[1])}",
    ),
    rule(
        r"(?<![\d.])\d+(?:\.\d+){2,}",
        lambda found: "点".join(cardinal(part) for part in found[0].split(".")),
    ),
    rule(r"第\s?(\d+)", lambda found: "第" + cardinal(found[1])),
    rule(rf"(?<![\d.,])2(?={_COUNTED})", lambda _: "两"),
    rule(rf"(?<![\d.,])(\d{{1,{19}}})(?=\s?(?:{_MEASURES}))", lambda found: cardinal(found[1])),
    rule(rf"(?P<minus>(?<![\dA-Za-z\u4e00-\u9fff])-)?(?P<figure>{_AMOUNT})", _plain_number),
    rule(
        r"(?<=[零一二三四五六七八九十百千万亿两整分元度])\s*[-~～–—]\s*(?=[零一二三四五六七八九十两百])",
        lambda _: "到",
    ),
)
