"""What signs of any writing become before the rules look: the usual ones, or a blank."""

import unicodedata
from functools import lru_cache

_KEPT = frozenset("°℃℉²³·×÷±≤≥≠~～–—%‰€£¥$+=<>|^`，。！？；：、（）【】《》“”…「」『』")
_USUAL = {
    "￥": "¥", "￡": "£", "\u2212": "-", "‐": "-", "‑": "-", "‒": "-", "―": "—", "⁄": "/", "∕": "/",
    "㎡": "m²", "㎥": "m³", "№": "No.", "•": "·", "・": "·", "‧": "·", "∙": "·", "‘": "'", "’": "'",
    "µ": "μ", "〇": "零", "™": "", "®": "", "©": "", "˚": "°", "º": "°", "✕": "×", "✖": "×", "∶": ":",
    "＂": '"', "％": "%", "﹪": "%", "〜": "~", "∼": "~",
}  # fmt: skip
_ROMAN_FIRST, _ROMAN_LAST = "\u2160", "\u2182"
_LETTERS = ("LATIN", "CJK", "GREEK")
"""Of other writing, voices would say the name: `Cyrillic em`."""
_STAY_WIDE = frozenset("，！？；：（）")
"""Full-width signs that Chinese text is written with."""


def plain(text: str) -> str:
    """Full-width figures, letters and signs as the usual ones; what cannot be said as blanks."""
    return "".join(map(_plain, unicodedata.normalize("NFC", text)))


@lru_cache(maxsize=8_192)
def _plain(sign: str) -> str:
    if sign in _USUAL:
        return _USUAL[sign]
    if " " <= sign <= "~" or sign in _KEPT:
        return sign
    kind = unicodedata.category(sign)
    if kind in {"Mn", "Me", "Cf"}:
        return ""  # hidden: they only change how a neighbour looks
    if kind.startswith("N") and kind != "No" and unicodedata.numeric(sign, 0.5) % 1 == 0:
        return _figure(sign, kind)
    usual = sign if sign in _STAY_WIDE else unicodedata.normalize("NFKC", sign)
    if usual != sign:
        return " " * ("⁄" in usual) + "".join(map(_plain, usual))
    return _letter(sign) if kind.startswith("L") else " "


def _letter(sign: str) -> str:
    if not unicodedata.name(sign, "").startswith(_LETTERS):
        return " "
    bare = unicodedata.normalize("NFKD", sign)[0]
    return bare if bare.isascii() else sign  # English voices spell words with accents


def _figure(sign: str, kind: str) -> str:
    """Digits of any writing, and Roman numbers that are one sign."""
    if kind == "Nd" or _ROMAN_FIRST <= sign <= _ROMAN_LAST:
        return str(int(unicodedata.numeric(sign)))
    return sign
