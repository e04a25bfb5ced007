import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.asterisk.caller_text import TEXT_LENGTH_MAX, clean_text


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("王小姐".encode(), "王小姐"),
        ("王小姐".encode("gbk"), "王小姐"),
        (b"Zhang  San", "Zhang San"),
        ("😀 Emoji".encode(), "😀 Emoji"),
        (b"${SHELL(id)}", "${SHELL(id)}"),
        (b"a\r\nb\x00c", "a\ufffd\ufffdb\ufffdc"),
        ("a\u202etxt.exe".encode(), "a\ufffdtxt.exe"),
    ],
)
def test_names_are_shown_as_people_wrote_them_without_what_harms(raw: bytes, shown: str) -> None:
    assert clean_text(raw.decode("utf-8", "surrogateescape")) == shown


@given(st.binary(max_size=300))
def test_any_bytes_become_a_short_text_that_can_be_stored_and_shown(raw: bytes) -> None:
    text = clean_text(raw.decode("utf-8", "surrogateescape"))
    assert len(text) <= TEXT_LENGTH_MAX
    text.encode("utf-8")  # raises on what cannot be stored
    assert not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text)
