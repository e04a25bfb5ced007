"""Chinese words and names within English text, which its voice cannot read: as pinyin."""

import re
from functools import lru_cache

_CHINESE = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_NAME_CHARS = range(2, 5)
_WORD_CHARS_MAX = 3
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任"
    "沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向"
    "汤仇朴"
)
_OF_TWO = "欧阳 司马 上官 诸葛 夏侯 东方 皇甫 公孙 慕容 长孙 宇文 司徒 令狐 南宫 端木"
_LONG_SURNAMES = frozenset(_OF_TWO.split())
_SAID_OTHERWISE = {"曾": "zeng", "仇": "qiu", "朴": "piao"}
"""As surnames."""
_STOPS = str.maketrans({"，": ", ", "。": ". ", "！": "! ", "？": "? ", "；": "; ", "：": ": ", "、": ", ",
                        "（": " (", "）": ") ", "·": " "})  # fmt: skip


def romanise(text: str) -> str:
    """Names with the surname first; other short words as one, longer ones syllable by syllable."""
    return _CHINESE.sub(lambda found: f" {_words(found[0])} ", text).translate(_STOPS)


@lru_cache(maxsize=4_096)
def _words(chinese: str) -> str:
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - its tables take time, and few calls need them

    syllables = [syllable.replace("ü", "yu") for syllable in lazy_pinyin(chinese, v_to_u=True)]
    surname = _surname_chars(chinese)
    if surname:
        syllables[0] = _SAID_OTHERWISE.get(chinese[0], syllables[0])
        return f"{''.join(syllables[:surname]).capitalize()} {''.join(syllables[surname:]).capitalize()}"
    if len(chinese) == 1:
        return _SAID_OTHERWISE.get(chinese, syllables[0]).capitalize()
    return "".join(syllables).capitalize() if len(chinese) <= _WORD_CHARS_MAX else " ".join(syllables)


def _surname_chars(chinese: str) -> int:
    if len(chinese) not in _NAME_CHARS:
        return 0
    if chinese[:2] in _LONG_SURNAMES:
        return 2 if len(chinese) > 2 else 0
    return 1 if chinese[0] in _SURNAMES and len(chinese) <= _WORD_CHARS_MAX else 0
