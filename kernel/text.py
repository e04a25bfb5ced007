"""Texts that came from outside."""

import re

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""All that could forge a line, end a string early, or turn a terminal or a page around."""


def harmless(text: str) -> str:
    """The text without control characters; line feeds and tabs stay, as people write them."""
    return _CONTROL.sub("\ufffd", text)


def is_harmless(text: str) -> bool:
    """Whether nothing in the text would have to be replaced."""
    return _CONTROL.search(text) is None
