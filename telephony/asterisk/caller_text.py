"""Texts that callers bring along, made harmless: whatever bytes they were, people can read the rest."""

import re
import unicodedata

TEXT_LENGTH_MAX = 80
_QUOTED = re.compile(r'\\(["\\])')
"""Asterisk hands on a SIP name's quoting as it came."""
_REPLACEMENT = "\ufffd"


def clean_text(raw: str) -> str:
    """Decodes GBK where it isn't UTF-8, replaces what cannot be shown, limits the length."""
    text = _QUOTED.sub(r"\1", _decoded(raw))
    shown = "".join(letter if _is_shown(letter) else _REPLACEMENT for letter in text)
    return " ".join(shown.split())[:TEXT_LENGTH_MAX]


def _decoded(raw: str) -> str:
    """Older exchanges in China send GBK; its bytes arrive as surrogate escapes."""
    if not any("\udc80" <= letter <= "\udcff" for letter in raw):
        return raw
    data = raw.encode("utf-8", "surrogateescape")
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def _is_shown(letter: str) -> bool:
    """Control characters, lone surrogates and letters that reverse the writing are not."""
    return (
        unicodedata.category(letter) not in {"Cc", "Cs", "Cf", "Co", "Cn", "Zl", "Zp"} or letter == "\u200d"
    )
