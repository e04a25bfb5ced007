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


class Phrase(Part):
    """Words for one voice."""

    words: Words
    language: Language | None = None
    """Of the voice, where it is not that of the text around: `For English, press 9` in a Chinese menu."""


def _phrase(written: Any) -> Any:
    """`Hello` is words in the text's own language, `{en: Hello}` in that language."""
    if isinstance(written, str) or written is None:
        return {"words": written}
    if isinstance(written, Mapping) and len(written) == 1:
        (language, words), *_ = written.items()
        if language in LANGUAGES:
            return {"words": words, "language": language}
    if isinstance(written, Phrase):
        return written
    raise ValueError(
        f"a part of a text is written as words, or as one of: {', '.join(LANGUAGES)}, with words"
    )


def _phrases(written: Any) -> Any:
    """A text that is all in its own language needs no list."""
    return written if isinstance(written, list | tuple) else [written]


_WrittenPhrase = Words | Annotated[dict[Language, Words], Field(min_length=1, max_length=1)]
_WrittenSpeech = _WrittenPhrase | Annotated[list[_WrittenPhrase], Field(min_length=1)]

Speech = Annotated[
    tuple[Annotated[Phrase, BeforeValidator(_phrase)], ...],
    Field(min_length=1),
    BeforeValidator(_phrases, json_schema_input_type=_WrittenSpeech),
]
Text = dict[Language, Speech]
"""What is said, in each language of the flow."""
