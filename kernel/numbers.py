"""The one spelling of phone numbers: who called and who is known are found by comparing it."""

import re
import unicodedata

import phonenumbers

_LOCAL_NUMBER = re.compile(r"[2-8][0-9]{6,7}")
"""Numbers of seven or eight digits that need an area code; service numbers such as 95588 are shorter."""


def half_width(text: str) -> str:
    """The text with ordinary digits and signs, where an input method wrote those of full width."""
    return unicodedata.normalize("NFKC", text)


def one_spelling(digits: str, *, region: str, area_code: str = "") -> str:
    """E.164 where these digits, which may begin with a +, are a number; else the digits alone."""
    digits = half_width(digits)
    if area_code and _LOCAL_NUMBER.fullmatch(digits):
        digits = area_code + digits
    try:
        parsed = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return digits.lstrip("+")
    if not phonenumbers.is_valid_number(parsed):
        return digits.lstrip("+")
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
