"""Phrases are listened for in words that the recogniser knows."""

import pytest

from speech.phrases import in_known_words

KNOWN = {*"我要退查款", "退款", "我要", "订单", "查订单", "i", "want", "my", "money", "don't", "vip"}


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("我要退款", "我要 退款"),
        ("我要，退款！", "我要 退款"),
        ("查订单", "查订单"),
        ("I want MY money", "i want my money"),
        ("don't", "don't"),
        ("VIP 退款", "vip 退款"),
        ("我要 X 光", ""),
        ("imoney", ""),
        ("……", ""),
        ("", ""),
    ],
)
def test_a_phrase_is_parted_into_known_words(phrase: str, words: str) -> None:
    assert in_known_words(phrase, KNOWN.__contains__) == words


def test_an_endless_phrase_is_parted_in_time() -> None:
    assert in_known_words("退" * 100_000, KNOWN.__contains__) == " ".join("退" * 100)
