"""Telephones of all countries, in the groups that people there write, and cards."""

import re

import phonenumbers

INTERNATIONAL = r"(?<![\w.+])(?:\+|00(?=[1-9]))\d{1,15}(?:[-\ ]\d{1,14}|[-\ ]?\(\d{1,5}\)[-\ ]?\d{1,14}){0,5}"
CARD = r"(?<!\d)(?<!\d[-\ ])\d{4}(?:[-\ ]\d{4}){3}(?:[-\ ]\d{1,3})?(?![-\ ]?\d)"
"""A bank card's number as it is embossed, which holds what looks like telephones."""
_DIGITS = range(7, 16)


def grouped(written: str) -> list[str] | None:
    """The country's digits first; nothing for figures that are no telephone number."""
    given = re.findall(r"\d+", written.replace("(0)", ""))  # which is only dialled within the country
    given[0] = given[0].removeprefix("00")
    if sum(len(group) for group in given) not in _DIGITS:
        return None
    if len(given) > 1:
        return given
    try:
        number = phonenumbers.parse(f"+{given[0]}")
    except phonenumbers.NumberParseException:
        return given
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    return re.findall(r"\d+", written)
