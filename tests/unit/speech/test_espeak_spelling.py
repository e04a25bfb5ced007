"""espeak-ng says letters as letters."""

import pytest

from speech.espeak_spelling import spelled_for_espeak


@pytest.mark.parametrize(
    ("words", "spelled"),
    [
        ("下载 A P P", "下载 eigh P P"),
        ("order A one two", "order eigh one two"),
        ("V A T", "V eigh T"),
        ("A 四 纸", "A 四 纸"),
        ("A person of plan B", "A person of plan B"),
        ("A two-year warranty", "A two-year warranty"),
    ],
)
def test_the_letter_a_of_a_name_is_no_article(words: str, spelled: str) -> None:
    assert spelled_for_espeak(words) == spelled
