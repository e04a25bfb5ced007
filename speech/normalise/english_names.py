"""Figures that name something, in English: telephones, orders, plates, models; keys and letters."""

import re

from speech.normalise import codes
from speech.normalise.addresses import address_rule
from speech.normalise.english_numbers import cardinal, number, spell, spell_in_threes
from speech.normalise.letters import ABBREVIATIONS, of_code, one_by_one
from speech.normalise.plates import PLATE
from speech.normalise.rules import Rule, rule
from speech.normalise.telephones import CARD, INTERNATIONAL, grouped

_SPELLED_AFTER = (
    "number|order|ticket|extension|ext\\.?|code|account|card|room|flight|dial|call|case|invoice|password|pin|"
    "ending\\ in|phone"
)
"""A model's: `A4`, `iPhone15`. More are a number."""
_SIGNS = {
    "@": "at", ".": "dot", "/": "slash", "-": "dash", "_": "underscore", ":": "colon", "?": "question mark",
    "=": "equals", "#": "hash", "&": "and", "+": "plus", "%": "percent", "~": "tilde",
}  # fmt: skip


def _said(groups: list[str]) -> str:
    return " " + ", ".join(spell_in_threes(group) for group in groups) + " "


def _mobile(found: re.Match[str]) -> str:
    country = "plus eight six, " if found["country"] else ""
    return f" {country}{', '.join(spell(found[group]) for group in 'abc')} "


def _hotline(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return _said([digits[:3], digits[3:6], digits[6:]])


def _line(found: re.Match[str]) -> str:
    said = ", ".join(spell(found[group]) for group in ("area", "a", "b"))
    extension = found["extension"]
    return f" {said}{f', extension {spell(extension)}' if extension else ''} "


def _abroad(found: re.Match[str]) -> str:
    groups = grouped(found[0])
    return found[0] if groups is None else f" plus {_said(groups).strip()} "


def _spelled(found: re.Match[str]) -> str:
    before = found["before"].replace("#", "").replace("no.", "number").replace("No.", "number")
    return before + ", ".join(spell_in_threes(part) for part in re.findall(r"\d+", found["digits"]))


def _plate(found: re.Match[str]) -> str:
    parts = re.findall(r"[A-Z]|\d+", found["number"])
    return f"{found['province']} {' '.join(spell(part) if part.isdigit() else part for part in parts)} "


def _version(found: re.Match[str]) -> str:
    parts = found["figure"].split(".")
    said = number(found["figure"]) if len(parts) == 2 else " point ".join(cardinal(part) for part in parts)
    return f" {of_code(found['letters'])} {said} "


def _places(found: re.Match[str]) -> str:
    return f" number {number(found[1])}{f' to {number(found[2])}' if found[2] else ''} "


def _spelled_parts(found: re.Match[str]) -> str:
    return _said(re.findall(r"\d+", found[0]))


TELEPHONES: tuple[Rule, ...] = (
    rule(r"</?[A-Za-z]{1,10}\ ?/?>", " "),
    address_rule(_SIGNS, spell),
    rule(CARD, lambda found: f" {', '.join(map(spell, re.findall('[0-9]+', found[0])))} "),
    rule(
        r"(?<![\d.+])(?P<country>\(?(?:\+|00)?86\)?[-\ ]?)?(?P<a>1[3-9]\d)[-\ ]?"
        r"(?P<b>\d{4})[-\ ]?(?P<c>\d{4})(?!\d|,\d|\.\d)",
        _mobile,
    ),
    rule(r"(?<![\d.])(?<!\d[-\ ])[48]00[-\ ]?(?:\d{3}[-\ ]?\d{4}|\d{4}[-\ ]?\d{3})(?!\d|,\d|\.\d)", _hotline),
    rule(
        r"(?<![\d.])[(（]?(?P<area>0\d{2,3})[)）]?[-\ ]?(?P<a>\d{3,4})[-\ ]?(?P<b>\d{4})"
        r"(?:(?:-|,?\ ?(?:转|ext(?:ension|\.)?)\ ?)(?P<extension>\d{1,6}))?(?!\d|,\d|\.\d)",
        _line,
        ignore_case=True,
    ),
    rule(rf"{INTERNATIONAL}(?!\d|,\d|\.\d)", _abroad),
    rule(r"(?<![\w.])(?<!\d\ )\d{3}(?:\ \d{3,4}){2,4}(?![\d.]|\ \d)", _spelled_parts),
    rule(r"(?<![\w.])\(\d{3}\)\ ?\d{3}-\d{4}(?!\d)", _spelled_parts),
    rule(
        r"(?<![\w.])(?:1-)?\d{3,4}-\d{3,4}-\d{3,4}(?!\d)|(?<![\w.])\d{3}\.\d{3}\.\d{4}(?![\d.])|(?<![\w.])\d{3}-\d{4}(?!\d)",
        _spelled_parts,
    ),
    rule(PLATE, _plate),
)
CODES: tuple[Rule, ...] = (
    rule(r"(?<=\*\*)\d+(?!\d)|(?<!\d)\d+(?=\*\*)", _spelled_parts),
    rule(
        r"\bext(?:ension|\.)?\ ?(\d{1,6})(?!\d)",
        lambda found: f"extension {spell(found[1])}",
        ignore_case=True,
    ),
    rule(
        rf"\b(?P<before>(?:{_SPELLED_AFTER})(?:\ (?:number|is|no\.))*[:\ ]\ ?\#?)"
        r"(?P<digits>\d{3,}(?:[-\ ]\d+)*)(?![\d.,]*\d)",
        _spelled,
        ignore_case=True,
    ),
    rule(r"转\ ?(?P<digits>\d{1,6})(?!\d)", lambda found: f" extension {spell(found['digits'])} "),
    rule(r"\bNo\.\ ?(?=\d)", "number "),
    rule(r"\#(?=\w)", "number "),
    rule(r"第\s?(\d+)(?:\s?[-~～–—至到]\s?第?(\d+))?", _places),
    rule(r"(?<=[A-Za-z])/(?=\d)", " "),
    rule(r"\bC\#", "C sharp "),
    rule(r">=|≥", " at least "),
    rule(r"<=|≤", " at most "),
    rule(r">\ ?(?=-?[\d¥$])", " more than "),
    rule(r"<\ ?(?=-?[\d¥$])", " less than "),
    rule(r"(?<=\d)\s?[xX×*]\s?(?=\d)", " by "),
    rule(
        r"(?<![A-Za-z0-9])(?P<letters>[A-Za-z]{1,8})(?P<figure>\d{1,4}(?:\.\d{1,4})+)(?![A-Za-z0-9])",
        _version,
    ),
    rule(
        r"(?<![A-Za-z0-9.])(\d{1,4}(?:\.\d+)?)([GMKT])(?![A-Za-z0-9])",
        lambda found: f" {number(found[1])} {found[2]} ",
    ),
    rule(codes.WRITTEN, codes.CodeReader(cardinal, spell_in_threes, comma=", ", between=" ").read),
    rule(r"(?<!\d)\d+(?:-\d+){2,}(?!\d)|(?<!\d)(?:0\d+|\d{5,})-\d+|(?<!\d)\d+-\d{5,}", _spelled_parts),
)
SIGNS: tuple[Rule, ...] = (
    rule(r"\*{2,}", ", star, "),
    rule(r"\*", " star "),
    rule(r"\#", " pound "),
    rule(r"\band/or\b", "and or", ignore_case=True),
    rule(r"\+", " plus "),
    rule(r"±", " plus or minus "),
    rule(r"=", " equals "),
    rule(r"÷", " divided by "),
    rule(r"×", " times "),
    rule(r"&", " and "),
    rule(r"@", " at "),
    rule(r"(?:(?<=yuan)|(?<=cents)|(?<=dollar)|(?<=dollars))\s?/\s?(?=[a-z])", " per "),
    rule(r"(?<=\w)\s?/\s?(?=\w)", " or "),
    rule(r"(?<=[A-Z])-(?=[A-Z]\b)", " "),
    rule(
        r"\b([A-Z]{2,5})(s?)\b",
        lambda found: one_by_one(found[1]) + "'s" * len(found[2]) if found[1] in ABBREVIATIONS else found[0],
    ),
    rule(r"(?<=[a-z])[–~～](?=[a-z])", " to "),
    rule(r"(?<=\w)\s?[–—]+\s?(?=\w)", ", "),
    rule(r"[~～\^|<>_\\/`$€£¥°%‰≠²³]", " "),
)
