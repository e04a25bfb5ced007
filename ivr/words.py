"""What is said in voice menus: texts in each language, and parts of them in another voice."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

Language = Literal["zh", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Label = dict[Language, Words]
"""What is read, in each language of the flow."""


class Part(BaseModel):
    """A piece of a site file: unchangeable, and with no room for misspelt fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


RECORDING_PATTERN = r"^[a-z][a-z0-9_-]{0,39}$"
RecordingName = Annotated[str, StringConstraints(pattern=RECORDING_PATTERN)]


class Recorded(Part):
    """A recording, with its words: for screens, and for a voice where the file is gone."""

    recording: RecordingName
    words: Words


class Phrase(Part):
    """Words for one voice."""

    words: Words
    recording: RecordingName | None = None
    """Of a person who says them; played instead of the voice."""
    language: Language | None = None
    """Of the voice, where it is not that of the text around: `For English, press 9` in a Chinese menu."""


def _phrase(written: Any) -> Any:
    """`Hello` is words in the text's own language, `{en: Hello}` in that language; see `Recorded`."""
    if isinstance(written, str) or written is None:
        return {"words": written}
    if _is_recorded(written):
        return dict(written)
    if isinstance(written, Mapping) and len(written) == 1:
        (language, words), *_ = written.items()
        if language in LANGUAGES:
            said = dict(words) if _is_recorded(words) else {"words": words}
            return said | {"language": language}
    if isinstance(written, Phrase):
        return written
    raise ValueError(
        f"a part of a text is written as words, as {{recording: its name, words: ...}}, "
        f"or as one of: {', '.join(LANGUAGES)}, with either"
    )


def _is_recorded(written: Any) -> bool:
    # The language of a phrase is written around it, and not as a field.
    return isinstance(written, Mapping) and "recording" in written and "language" not in written


def _phrases(written: Any) -> Any:
    """A text that is all in its own language needs no list."""
    return written if isinstance(written, list | tuple) else [written]


_Said = Words | Recorded
_WrittenPhrase = _Said | Annotated[dict[Language, _Said], Field(min_length=1, max_length=1)]
_WrittenSpeech = _WrittenPhrase | Annotated[list[_WrittenPhrase], Field(min_length=1)]

Speech = Annotated[
    tuple[Annotated[Phrase, BeforeValidator(_phrase)], ...],
    Field(min_length=1),
    BeforeValidator(_phrases, json_schema_input_type=_WrittenSpeech),
]
Text = dict[Language, Speech]
"""What is said, in each language of the flow."""
