"""Latin letters: which are said one by one, and which together as a word."""

import re

_SAID_AS_WORDS = (
    "WIFI SIM ESIM PIN POS OPPO VIVO ASUS IKEA NIKE SONY VISA LINE ZARA DELL ACER NASA COVID PLUS PRO MAX "
    "MINI APPLE HELLO NO YES ON OFF NEW HOT WORD EXCEL LOGO"
)
_WORDS = frozenset(_SAID_AS_WORDS.split())
_SAID_AS_LETTERS = (
    "VIP SMS ATM GPS USA UK EU UN USB FAQ ID AI API IP PC TV QR CEO HR PR UPS DHL EMS CRM IVR URL PDF CD DVD "
    "LED LCD CPU GPU WWW VAT IMEI OTP KYC ETA FM PM BMW HSBC ICBC CCB BOC JD SF AC DC DIY FBI NBA IBM HP SUV "
    "GMT UTC MMS MP DJ PPT DNS SIP VPN WPS SSN PO BJ"
)
ABBREVIATIONS = frozenset(_SAID_AS_LETTERS.split())
"""What is said letter by letter in English, where capitals may be just loud."""
_SHORT_WORDS = frozenset(
    {"me", "my", "go", "to", "we", "be", "do", "it", "in", "on", "up", "no", "so", "by", "co"}
)
_SAYABLE = re.compile(r"[AEIOUY]", re.IGNORECASE)
_CHARS_MAX = 5
"""Longer capitals are words in capitals."""


def one_by_one(letters: str) -> str:
    """As in an order's number."""
    return " ".join(letters.upper())


def abbreviation(letters: str) -> str:
    """Capitals in Chinese text: mostly letters, but for words that are known."""
    return letters if len(letters) > _CHARS_MAX or letters in _WORDS else one_by_one(letters)


def of_code(letters: str) -> str:
    """Letters beside figures: `CS2026`, `iPhone15`, `mp3`."""
    is_short = len(letters) <= 2 or (letters.isupper() and len(letters) < _CHARS_MAX)
    return one_by_one(letters) if is_short and letters not in _WORDS else letters


def of_address(letters: str) -> str:
    """A part of a host's name: `qq`, `www` and `cn` cannot be said as words, `com` can."""
    if letters.lower() not in _SHORT_WORDS and (len(letters) <= 2 or not _SAYABLE.search(letters)):
        return one_by_one(letters)
    return letters
