"""Whatever is written: speech of bounded length, in bounded time, without a figure left to the voice."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech.normalise import normalise
from speech.normalise.rules import PIECE_CHARS_MAX, apply, rule

LANGUAGES = st.sampled_from(["zh", "en"])
KINDS = (
    "13812345678 010 400- +86 2026 - -11 /23 年 月 日 : 09 :05 PM ￥ $ 1,234 .5 元 % ‰ kg ㎡ ℃ km/h 沪A · CS "
    "JD0 iPhone VIP WiFi 第 转 按 # * ** @ a.com http:// www. 王小明 order ext. No. Nov 23rd ~ ， 。 ( ) ① ½ "
    "Ⅳ １２ ٣ 😀 \u200b \x00 \ud800 e\u0301 尾号 x × 2 1/2"
)
PARTS = st.sampled_from(KINDS.split(" "))
WRITTEN = st.text() | st.lists(PARTS, max_size=30).map("".join) | st.lists(PARTS, max_size=30).map(" ".join)
GROWTH_MAX = 40
"""Characters spoken per character written: `7m/s` is `seven meters per second`."""
LONG, LONG_S = 5_000, 2.0
"""A text that is longer than any prompt takes a twentieth of that time on an idle machine."""


@given(WRITTEN, LANGUAGES)
def test_no_text_is_refused_and_no_figure_left_to_the_voice(written: str, language: str) -> None:
    spoken = normalise(written, language)
    assert not any(character.isdecimal() for character in spoken)
    assert spoken.replace("\n", "").isprintable()
    assert len(spoken) <= GROWTH_MAX * len(written)


@given(PARTS, st.lists(PARTS, max_size=2), LANGUAGES)
@settings(max_examples=60, deadline=None)
def test_time_grows_with_the_length_alone(unit: str, more: list[str], language: str) -> None:
    repeated = unit + "".join(more)
    written = (repeated * LONG)[:LONG]
    began = time.perf_counter()
    normalise(written, language)
    assert time.perf_counter() - began < LONG_S


def test_rules_never_see_more_than_a_piece_and_lose_nothing() -> None:
    seen: list[str] = []

    def see(piece: str) -> str:
        seen.append(piece)
        return piece

    written = "一段没有停顿的话" * 60 + "，" + "1" * 450 + "。" + "短句。" * 90
    assert apply([rule(r"(?s:.+)", lambda found: see(found[0]))], written) == written
    assert max(map(len, seen)) <= PIECE_CHARS_MAX
    assert len(seen) > len(written) / PIECE_CHARS_MAX
    assert all(piece.endswith("。") for piece in seen[-2:])


def test_letters_with_accents_stay_in_their_word() -> None:
    assert normalise("Café Müller", "en") == normalise("Cafe\u0301 Müller", "en") == "Cafe Muller"


@pytest.mark.parametrize(
    "written", ["😀", "\u200b\x00", "~^|", "\ud800", " \n\t", "§¶", "Привет", "こんにちは", "∑"]
)
def test_signs_without_a_sound_leave_nothing(written: str) -> None:
    assert normalise(written, "zh") == normalise(written, "en") == ""
