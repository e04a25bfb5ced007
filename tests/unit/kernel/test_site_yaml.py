"""Site files, whatever their text is: read, or refused with a reason."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import SiteFileInvalid
from kernel.site_yaml import document_of, line_of
from telephony.trunks import TrunksFileInvalid, parse_trunks

ODD = [
    "a: 2026-13-01",
    "a: " + 3000 * "[",
    "a: !!int x",
    "a: !!float ''",
    "a: -0x_",
    "a: !!bool x",
    "a: &a [*a]",
    "<<: 3",
    "a: !!omap 3",
    "a: !!binary '@'",
    "a: !!python/object:os.system x",
    "%YAML 9.9\n---\na: 1",
    "\x00",
    "---\na\n---\nb",
    "一: ：",
]


@pytest.mark.parametrize("text", ODD)
def test_odd_text_is_read_or_refused_and_never_fails(text: str) -> None:
    _read(text)


@given(st.text(alphabet="a:一 \n\t-[]{}&*!<>|'\"%@`#,?0x1_.\ufeff"))
def test_any_text_is_read_or_refused_and_never_fails(text: str) -> None:
    _read(text)


def _read(text: str) -> None:
    with suppress(SiteFileInvalid):
        document_of(text, "site.yaml", SiteFileInvalid)
    # What is YAML is no list of lines, either.
    with pytest.raises(TrunksFileInvalid):
        parse_trunks(text)


def test_dates_are_left_to_whoever_knows_where_they_stand() -> None:
    document = document_of("since: 2026-11-23\nuntil: 2026-13-01", "site.yaml", SiteFileInvalid)
    assert dict(document) == {"since": "2026-11-23", "until": "2026-13-01"}
    assert line_of(document, ("until",)) == 2
