"""Amounts, phone numbers and order numbers in what was said. Pure."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

import phonenumbers

from tickets.reading.folding import Folded
from tickets.reading.model import Field, Finding, Source, Words
from tickets.reading.numerals import NUMBER, number

SURE, LIKELY, POSSIBLE = 0.95, 0.8, 0.6
"""By how the thing is written: plainly, in a usual way, or in one that could mean something else."""

_CURRENCIES = {
    "CNY": "块钱|元钱|块|元|人民币|rmb|cny|yuan",
    "USD": "美元|美金|刀|usd|dollars?|bucks?",
    "EUR": "欧元|eur|euros?",
    "HKD": "港币|港元|hkd",
    "GBP": "英镑|gbp|pounds?",
}
_SIGNS = {"¥": "CNY", "$": "USD", "€": "EUR", "£": "GBP"}
_UNITS = "|".join(f"(?P<{code}>{words})" for code, words in _CURRENCIES.items())
_AFTER_TAIL = r"(?:[角毛]钱?|(?![\d零一二两三四五六七八九十百千万年月号日个点台件张次天条]))"
_AFTER_SIGN = re.compile(rf"(?P<sign>[{''.join(_SIGNS)}])\s?(?P<number>{NUMBER})")
_WITH_UNIT = re.compile(
    rf"(?P<number>{NUMBER})\s?[多几来]?\s?(?:{_UNITS})(?![a-z儿屏板砖玻布表])"
    rf"(?:(?P<tail>[\d一二两三四五六七八九]){_AFTER_TAIL})?"
)
_PAID = re.compile(
    rf"(?:花了|付了|扣了|收了|交了|多收|多扣)(?:我|我们)?(?P<number>{NUMBER})(?=[,.;!?。、\s]|$)"
)
"""As people leave the unit out: 花了两千五."""
_NO_AMOUNT = re.compile(r"[一1]块|[一1]元")
"""Alone: 一块 is also "together" and "a piece"."""

_ORDER_WORDS = (
    r"订单(?:编号|号码|号)?|单号|工单号?|运单号?|\border(?: number| no\.?| id)?|\bticket(?: number)?"
)
_LINK = r"(?:\s|是|为|叫|:|#|,|\bis\b|\bof\b)*"
_ORDER = re.compile(rf"(?:{_ORDER_WORDS}){_LINK}(?P<number>(?=[a-z0-9-]*\d)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)")
ORDER_CHARACTERS = range(5, 41)


def finding(folded: Folded, field: Field, value: str, span: tuple[int, int], confidence: float) -> Finding:
    """Found by a pattern; the span is that of the folded text."""
    start, end = folded.span(*span)
    words = Words(text=folded.original[start:end], start=start, end=end)
    return Finding(field=field, value=value, confidence=confidence, source=Source.PATTERN, words=(words,))


def amounts(folded: Folded) -> Iterator[Finding]:
    """Such as ￥300, 三百块, 8元5角, three hundred dollars; the value is `300 CNY`."""
    for found in _AFTER_SIGN.finditer(folded.text):
        value = number(found["number"])
        if value is not None:
            yield finding(
                folded, Field.AMOUNT, f"{value.normalize():f} {_SIGNS[found['sign']]}", found.span(), SURE
            )
    for found in _WITH_UNIT.finditer(folded.text):
        value = number(found["number"])
        if (
            value is None
            or _NO_AMOUNT.fullmatch(found[0])
            or folded.text[found.start() - 1 : found.start()] in _SIGNS
        ):
            continue
        tenths = number(found["tail"] or "0") or Decimal(0)
        currency = next(code for code in _CURRENCIES if found[code])
        total = value + tenths / 10
        yield finding(folded, Field.AMOUNT, f"{total.normalize():f} {currency}", found.span(), SURE)
    for found in _PAID.finditer(folded.text):
        value = number(found["number"])
        if value is not None:
            yield finding(folded, Field.AMOUNT, f"{value.normalize():f} CNY", found.span("number"), POSSIBLE)


def phones(folded: Folded, region: str) -> Iterator[Finding]:
    """Valid numbers of the region or with a country's code; the value is in the international spelling."""
    matcher = phonenumbers.PhoneNumberMatcher(folded.text, region)
    for match in matcher:
        value = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
        yield finding(folded, Field.PHONE, value, (match.start, match.end), SURE)


def orders(folded: Folded, shapes: Sequence[str]) -> Iterator[Finding]:
    """What follows words for an order, and what has a shape: 0 is a digit, ? a letter."""
    seen: set[str] = set()
    for found in _ORDER.finditer(folded.text):
        if len(found["number"]) in ORDER_CHARACTERS:
            seen.add(found["number"])
            yield finding(folded, Field.ORDER, found["number"].upper(), found.span("number"), SURE)
    for shape in shapes:
        pattern = "".join({"?": "[a-z]", "0": r"\d"}.get(sign, re.escape(sign.lower())) for sign in shape)
        for found in re.finditer(rf"(?<![a-z0-9]){pattern}(?![a-z0-9])", folded.text):
            if found[0] not in seen:
                seen.add(found[0])
                yield finding(folded, Field.ORDER, found[0].upper(), found.span(), LIKELY)
