"""Voices that a company plugs in beside the one that Hotline brings."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

_PLACES = re.compile(r"\{(\w*)\}")
_NO_MATTER_OF_SOUND = {
    "timeout_s",
    "at_once",
    "memory_mb",
    "start_timeout_s",
    "answer_mb_max",
    "key_file",
    "python",
}
Header = Annotated[str, Field(pattern=r"^[\x20-\x7e]*$", max_length=2_000)]


class Plugged(BaseModel):
    """What all of them have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = ""
    """Part of what a spoken text is kept by: write another one, and all texts are spoken anew."""
    timeout_s: float = Field(default=20, gt=0, le=600)
    """For one text. Callers wait for less: see `live_wait_s`."""
    at_once: int = Field(default=1, ge=1, le=16)
    """Texts that it speaks side by side."""

    def speaks(self, language: str) -> bool:
        """Whether it has a voice for a language."""
        raise NotImplementedError

    def sounds_like(self) -> dict[str, Any]:
        """The settings by which the same words sound different."""
        return self.model_dump(mode="json", exclude=_NO_MATTER_OF_SOUND)


class CommandVoice(Plugged):
    """A program that is started for each text, without a shell."""

    kind: Literal["command"]
    command: tuple[str, ...] = Field(min_length=1)
    """The program and its arguments: `{text_file}` (UTF-8), `{out_wav}` (to be written) and `{language}`."""
    languages: tuple[str, ...] = Field(min_length=1)
    memory_mb: int = Field(default=4_096, ge=64)
    """Of address space; a program that needs more fails."""

    @field_validator("command")
    @classmethod
    def _takes_and_gives(cls, command: tuple[str, ...]) -> tuple[str, ...]:
        _refuse_other_places(" ".join(command), {"text_file", "out_wav", "language"})
        named = "".join(command)
        if "{text_file}" not in named or "{out_wav}" not in named:
            raise ValueError("a command needs {text_file} and {out_wav} among what it is given")
        return command

    def speaks(self, language: str) -> bool:
        """See `Plugged.speaks`."""
        return language in self.languages


class HttpVoice(Plugged):
    """A service that is asked by HTTP, and answers with sound."""

    kind: Literal["http"]
    url: str
    languages: tuple[str, ...] = Field(min_length=1)
    headers: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,100}$")], Header] = {}
    """`{key}` in them is the key."""
    key_file: Path | None = None
    """A file with the key, alone; it is read for each text, so that a new key counts at once."""
    json_body: dict[str, Any] | None = None
    """What is sent, as JSON; in any text of it `{text}`, `{language}` and `{key}` are put in."""
    text_body: str | None = None
    """The same for a service that takes plain text."""
    answer_field: str | None = Field(default=None, pattern=r"^[\w-]+(\.[\w-]+)*$")
    """Where in a JSON answer the sound is, as base64, such as `data.audio`; else the answer is the sound."""
    answer_mb_max: int = Field(default=20, ge=1, le=200)

    @field_validator("url")
    @classmethod
    def _is_an_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("this has to be an address such as https://tts.example.com/speak")
        if parts.password is not None:
            raise ValueError(
                "a password does not belong in the address: put it in key_file, and {key} in headers"
            )
        return url

    @model_validator(mode="after")
    def _sends_the_text_once(self) -> Self:
        if (self.json_body is None) == (self.text_body is None):
            raise ValueError("give one of json_body and text_body")
        body = str(self.json_body) if self.text_body is None else self.text_body
        if "{text}" not in body:
            raise ValueError("{text} has to stand in the body: there the text is put in")
        if "{key}" in body + "".join(self.headers.values()) and self.key_file is None:
            raise ValueError("{key} is named, but no key_file")
        return self

    def speaks(self, language: str) -> bool:
        """See `Plugged.speaks`."""
        return language in self.languages


class PiperVoice(Plugged):
    """Piper, in a process that keeps a model in memory for each language."""

    kind: Literal["piper"]
    models: dict[str, Path] = Field(min_length=1)
    """Each language's voice file, such as `zh_CN-huayan-medium.onnx`, with its `.onnx.json` beside it."""
    python: Path | None = None
    """The interpreter of an environment with piper-tts; by itself Hotline's own."""
    speaker: int | None = Field(default=None, ge=0)
    """Of a model with several speakers."""
    slowness: float = Field(default=1.0, ge=0.3, le=3)
    """How much longer it takes over a text than its model would by itself."""
    memory_mb: int = Field(default=4_096, ge=256)
    start_timeout_s: float = Field(default=60, gt=0)
    """For loading the model."""

    def speaks(self, language: str) -> bool:
        """See `Plugged.speaks`."""
        return language in self.models


PluggedVoice = Annotated[CommandVoice | HttpVoice | PiperVoice, Field(discriminator="kind")]


def _refuse_other_places(written: str, known: set[str]) -> None:
    for name in _PLACES.findall(written):
        if name not in known:
            listed = ", ".join(f"{{{one}}}" for one in sorted(known))
            raise ValueError(f"nothing is put in for {{{name}}}; there are {listed}")
