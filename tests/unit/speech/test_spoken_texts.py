"""The page of spoken texts says what the code does."""

import re
from pathlib import Path

import pytest

from speech.normalise import normalise

PAGE = Path(__file__).resolve().parents[3] / "docs" / "spoken-texts.md"
LANGUAGES = {"中文": "zh", "English": "en"}
TEXTS_MIN = 60


def rows() -> list[tuple[str, str, str]]:
    """Of all tables: the text, a language, and what is spoken."""
    found, languages = [], list[str]()
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| written |"):
            languages = [LANGUAGES[cell] for cell in cells[1:]]
        elif line.startswith("| `"):
            written = re.fullmatch(r"`(.+)`", cells[0])
            assert written is not None, line
            found += [
                (written[1], language, said) for language, said in zip(languages, cells[1:], strict=True)
            ]
    return found


ROWS = rows()


def test_there_are_texts_enough_in_both_languages() -> None:
    for language in LANGUAGES.values():
        assert len({written for written, other, _ in ROWS if other == language}) >= TEXTS_MIN


@pytest.mark.parametrize(("written", "language", "spoken"), ROWS)
def test_texts_are_spoken_as_the_page_says(written: str, language: str, spoken: str) -> None:
    assert normalise(written, language) == spoken


@pytest.mark.parametrize(("language", "spoken"), [(language, spoken) for _, language, spoken in ROWS])
def test_what_is_spoken_stays_as_it_is(language: str, spoken: str) -> None:
    assert normalise(spoken, language) == spoken
