"""Figures that name something, in Chinese: telephones, orders, plates, models; keys and letters."""

import re

from speech.normalise import codes
from speech.normalise.addresses import address_rule
from speech.normalise.chinese_numbers import cardinal, number, spell, spell_in_fours, spell_long
from speech.normalise.letters import abbreviation, of_code
from speech.normalise.plates import PLATE
from speech.normalise.rules import Rule, rule
from speech.normalise.telephones import CARD, INTERNATIONAL, grouped

_NO_AMOUNT = r"(?!\d|,\d{3}|\.\d|[元块万亿个])"
_NAMED = "尾号 尾数 账户 口令 电话 手机 分机 致电 热线 客服 房间 车牌 航班 车次 邮编 工单 身份证 QQ 微信"
_ANY_NUMBER = r"(?<=[\u4e00-\u9fff]号)(?=[是为:：\ ]{0,2}(?:0|\d{3}))"
"""But a seat's of one or two figures is said as a number."""
_AFTER_NAMED = "|".join((*(f"(?<={word})" for word in _NAMED.split()), _ANY_NUMBER, "(?<=码)"))
"""Figures behind these are names, and read digit by digit."""
_SHORT = "110|119|120|122|114|911|999"
_THINGS = r"[个次位元条台件天块万亿人家名间%楼层]|小时|分钟|秒|年|月|日|号楼"
"""A model's: `A4`, `iPhone15`. More are a number."""
_SIGNS = {
    "@": "艾特", ".": "点", "/": "斜杠", "-": "杠", "_": "下划线", ":": "冒号", "?": "问号", "=": "等于",
    "#": "井号", "&": "和", "+": "加", "%": "百分号", "~": "波浪号",
}  # fmt: skip


def _telephone(*groups: str | None) -> str:
    return " " + "，".join(spell_long(group) for group in groups if group) + " "


def _mobile(found: re.Match[str]) -> str:
    country = "加八六，" if found["country"] else ""
    return country + _telephone(found["a"], found["b"], found["c"]).strip() + " "


def _line(found: re.Match[str]) -> str:
    extension = f"转{_telephone(found['extension'])}" if found["extension"] else ""
    return _telephone(found["area"], found["a"] + found["b"]) + extension


def _abroad(found: re.Match[str]) -> str:
    groups = grouped(found[0])
    if groups is None:
        return found[0]
    return "加" + _telephone(*groups).strip() + " "


def _spelled_parts(found: re.Match[str]) -> str:
    return _telephone(*re.findall(r"\d+", found[0]))


def _named(found: re.Match[str]) -> str:
    return found["between"] + _spelled_parts(found)


def _plate(found: re.Match[str]) -> str:
    parts = re.findall(r"[A-Z]|\d+", found["number"])
    return f" {found['province']} {' '.join(spell(part) if part.isdigit() else part for part in parts)} "


def _in_fours(digits: str) -> str:
    if len(digits) <= 6 or len(digits) in {17, 18}:
        return spell_long(digits)
    return spell_in_fours(digits)


def _version(found: re.Match[str]) -> str:
    parts = found["figure"].split(".")
    said = number(found["figure"]) if len(parts) == 2 else "点".join(cardinal(part) for part in parts)
    return f" {of_code(found['letters'])} {said} "


TELEPHONES: tuple[Rule, ...] = (
    rule(r"</?[A-Za-z]{1,10}\ ?/?>", " "),
    address_rule(_SIGNS, spell),
    rule(CARD, _spelled_parts),
    rule(
        rf"(?<![\d.+])(?P<country>\(?(?:\+|00)?86\)?[-\ ]?)?(?P<a>1[3-9]\d)[-\ ]?"
        rf"(?P<b>\d{{4}})[-\ ]?(?P<c>\d{{4}}){_NO_AMOUNT}",
        _mobile,
    ),
    rule(
        rf"(?<![\d.])(?<!\d[-\ ])(?:[48]00)[-\ ]?(?:\d{{3}}[-\ ]?\d{{4}}|\d{{4}}[-\ ]?\d{{3}}){_NO_AMOUNT}",
        lambda found: _hotline(found[0]),
    ),
    rule(
        r"(?<![\d.])[(（]?(?P<area>0\d{2,3})[)）]?[-\ ]?(?P<a>\d{3,4})[-\ ]?(?P<b>\d{4})"
        rf"(?:(?:-|\ ?(?:转|ext\.?)\ ?)(?P<extension>\d{{1,6}}))?{_NO_AMOUNT}",
        _line,
        ignore_case=True,
    ),
    rule(rf"{INTERNATIONAL}{_NO_AMOUNT}", _abroad),
    rule(
        rf"(?<=打)(?P<a>\d{{3,}}){_NO_AMOUNT}(?!折)|(?<![\d.])(?:{_SHORT})(?=报警|急救|火警|求助|查号)",
        _spelled_parts,
    ),
    rule(PLATE, _plate),
)


def _hotline(written: str) -> str:
    digits = re.sub(r"\D", "", written)
    return _telephone(digits[:3], digits[3:6], digits[6:])


CODES: tuple[Rule, ...] = (
    rule(r"(?<=\*\*)\d+(?!\d)|(?<!\d)\d+(?=\*\*)", _spelled_parts),
    rule(
        rf"(?:{_AFTER_NAMED})(?P<between>[是为号码:：\ ]{{0,3}})(?P<digits>\d+(?:[-\ ]\d+)*)"
        rf"(?!\d|\.\d|,\d{{3}}|[-\ ]\d|[A-Za-z]|\s?(?:{_THINGS}))",
        _named,
    ),
    rule(r"(?<![\d.])(?<!\d\ )\d{3}(?:\ \d{3,4}){2,4}(?![\d.]|\ \d)", _spelled_parts),
    rule(r"(?<!\d)\d(?:\ \d)+(?!\d)", lambda found: f" {spell_long(found[0].replace(' ', ''))} "),
    rule(r"(?<=转)\s?\d{2,6}(?!\d)", _spelled_parts),
    rule(r"(?<=[A-Za-z])/(?=\d)", " "),
    rule(r"\bC\#", "C sharp "),
    rule(r"(?<=[\u4e00-\u9fff])(?<!按)\ ?\#(?=[A-Za-z0-9])", " "),
    rule(r"\#(?=\d)", "井号"),
    rule(r">=|≥", "大于等于"),
    rule(r"<=|≤", "小于等于"),
    rule(r">\ ?(?=-?[\d¥$])", "大于"),
    rule(r"<\ ?(?=-?[\d¥$])", "小于"),
    rule(r"(?<=\d)\s?[xX×*✕]\s?(?=\d)", "乘"),
    rule(
        r"(?<![A-Za-z0-9])(?P<letters>[A-Za-z]{1,8})(?P<figure>\d{1,4}(?:\.\d{1,4})+)(?![A-Za-z0-9])",
        _version,
    ),
    rule(r"(?<![A-Za-z0-9])\d{17}[xX](?![A-Za-z0-9])", lambda found: f" {spell_long(found[0][:-1])} X "),
    rule(
        r"(?<![A-Za-z0-9.])(\d{1,4}(?:\.\d+)?)([GMKT])(?![A-Za-z0-9])",
        lambda found: f" {number(found[1])} {found[2]} ",
    ),
    rule(codes.WRITTEN, codes.CodeReader(cardinal, _in_fours, comma="，", between="").read),
    rule(r"(?<!\d)\d+(?:-\d+){2,}(?!\d)|(?<!\d)(?:0\d*|\d{4,})-\d+|(?<!\d)\d+-\d{4,}", _spelled_parts),
)


def _key(sign: str) -> str:
    """Where a sign is one of the telephone's keys."""
    return (
        rf"(?<=[按用以或和及])\s?{sign}(?!{sign})(?:\s?号?键)?|{sign}\s?号?键"
        rf"|(?<![\w\u4e00-\u9fff*\#]){sign}(?![\w*\#])"
    )


SIGNS: tuple[Rule, ...] = (
    rule(r"\s?\*{2,}\s?", "，星号，"),
    rule(_key(r"\*"), "星号键"),
    rule(_key(r"\#"), "井号键"),
    rule(r"(?<=[零一二三四五六七八九十百千万])\#(?=楼|栋|楼栋)", "号"),
    rule(r"\*", "星号"),
    rule(r"\#", "井号"),
    rule(r"(?<=[\u4e00-\u9fff])\s?\+\s?(?=[\u4e00-\u9fff])", "加"),
    rule(r"\+", "加"),
    rule(r"±", "正负"),
    rule(r"=", "等于"),
    rule(r"÷", "除以"),
    rule(r"×", "乘"),
    rule(r"&", "和"),
    rule(r"@", "艾特"),
    rule(r"和/或", "或"),
    rule(r"(?<=[\w\u4e00-\u9fff])\s?/\s?(?=[\w\u4e00-\u9fff])", "或"),
    rule(r"(?<=[A-Z])-(?=[A-Za-z])|(?<=[A-Za-z])-(?=[A-Z]{2})", " "),
    rule(r"(?<![A-Za-z])[A-Z]{2,}(?![A-Za-z])", lambda found: f" {abbreviation(found[0])} "),
    rule(r"[\^|<>_\\/`$€£¥°%‰≠²³]", " "),
    rule(r"(?<=周[一二三四五六日天])\s?[-~～–—]\s?(?=周)", "到"),
    rule(
        r"(?<=[零一二三四五六七八九十百千万亿两整分元角块度日号月年秒点时])\s*[-~～–—]+\s*"
        r"(?=[零一二三四五六七八九十两百千负凌上中下晚次翌])",
        "到",
    ),
    rule(r"[~～]", " "),
)
