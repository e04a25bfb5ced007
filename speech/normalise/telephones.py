"""International telephone numbers, in the groups that people of their country write."""

import re

import phonenumbers

INTERNATIONAL = r"(?<![\w.+])(?:\+|00(?=[1-9]))\d{1,15}(?:[-\ ]\(?\d{1,14}\)?|\ ?\(\d{1,5}\)\ ?\d{1,8}){0,5}"
_DIGITS = range(7, 16)


def grouped(written: str) -> list[str] | None:
    """The country's digits first; nothing for figures that are no telephone number."""
    given = re.findall(r"\d+", written)
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
