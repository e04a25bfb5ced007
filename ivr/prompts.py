"""Prompts as sound files: rendered ahead where the text is known, and never in the way of a call."""

import asyncio
import math
import shutil
import wave
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import structlog

from ivr.model import Flow
from ivr.nodes import TEXT_FIELDS
from ivr.ports import Synthesis
from ivr.recorded import RecordingKey
from ivr.settings import IvrSettings
from ivr.spoken import placeholders
from ivr.texts import CALLBACK_TEXTS, SYSTEM_TEXTS, WAIT_TEXTS, SystemText
from ivr.turn import (
    Prompt,
    prompts_of,
)
from ivr.words import LANGUAGES, Language, Text

log = structlog.get_logger(__name__)

RATE_HZ = 8000
BEEP_HZ = 1000
BEEP_S = 0.3
BEEP_LEVEL = 8000

FALLBACK_TEXTS = {
    "message": SystemText.LEAVE_MESSAGE,
    "thanks": SystemText.THANKS_FOR_MESSAGE,
    "accept": SystemText.PRESS_TO_ACCEPT,
}
"""What the switch says by itself, to who leaves a message or answers an outside number; by file."""


COUNTS_AHEAD = range(2, 11)
"""Callers ahead, or minutes to wait, that are spoken before anybody has to be told."""
NEUTRAL: dict[Language, Path] = {
    language: Path(__file__).parent / "sounds" / f"hold.{language}.wav" for language in LANGUAGES
}
"""`请稍候` and `Please hold`: what is left to say when no voice speaks."""


class Prompts:
    """Turns what a flow says into files that a line can play."""

    def __init__(
        self,
        synthesis: Synthesis,
        settings: IvrSettings,
        beep: Path,
        fallback: Path,
        recordings: Callable[[], Mapping[RecordingKey, Path]] = dict,
    ) -> None:
        self._synthesis = synthesis
        self._recordings = recordings
        self._missing: set[RecordingKey] = set()
        """Recordings whose absence was logged."""
        self._settings = settings
        self._beep = beep
        self._writing_beep = asyncio.Lock()
        self._fallback = fallback

    async def files(self, prompts: Iterable[Prompt]) -> list[Path]:
        """The files of these prompts. Where no voice gives one in time, the caller is asked to hold, once.

        All at once: an engine that hangs costs the caller one limit of silence, not one for each sentence.
        """
        said = [prompt for prompt in prompts if prompt.text.strip()]
        rendered = await asyncio.gather(*(self._sound(prompt) for prompt in said))
        found: list[Path] = []
        for prompt, path in zip(said, rendered, strict=True):
            neutral = NEUTRAL[prompt.language]
            if path is not None or neutral not in found:
                found.append(path or neutral)
        return found

    async def render_ahead(self, flow: Flow) -> None:
        """Renders all that the flow can say without knowing the caller."""
        for prompt in known_ahead(flow):
            await self._file(prompt, has_time=True)

    async def write_fallback(self) -> None:
        """Leaves what the switch says on its own, when no server is there to ask: `zh/message.wav`."""
        for name, text in FALLBACK_TEXTS.items():
            for language, words in SYSTEM_TEXTS[text].items():
                rendered = await self._file(Prompt(text=words, language=language))
                if rendered is None:
                    continue
                try:
                    await asyncio.to_thread(_copy, rendered, self._fallback / language / f"{name}.wav")
                except OSError as error:  # such as a full disk: that must not end the server, which can speak
                    log.warning("prompt not left for the switch", name=name, error=str(error))

    async def beep(self) -> list[Path]:
        """The tone before a recording; none where it cannot be written, for the message matters more."""
        async with self._writing_beep:  # for all who leave the first messages at once
            try:
                if not self._beep.exists():
                    await asyncio.to_thread(write_beep, self._beep)
            except OSError as error:  # such as a full disk, which need not be the one for messages
                log.warning("no tone before a message", error=str(error))
                return []
        return [self._beep]

    async def _sound(self, prompt: Prompt) -> Path | None:
        return self._recorded(prompt) or await self._file(prompt)

    def _recorded(self, prompt: Prompt) -> Path | None:
        """The recording of these words; without it, a voice says them."""
        if not prompt.recording:
            return None
        key: RecordingKey = (prompt.language, prompt.recording)
        path = self._recordings().get(key)
        if path is not None:
            self._missing.discard(key)
        elif key not in self._missing:
            self._missing.add(key)
            log.warning("a recording cannot be played; a voice says its words", name=key[1], language=key[0])
        return path

    async def _file(self, prompt: Prompt, *, has_time: bool = False) -> Path | None:
        if not prompt.text.strip():
            return None
        try:
            async with asyncio.timeout(None if has_time else self._settings.prompt_timeout_s):
                return await self._synthesis.render(prompt.text, prompt.language, has_time=has_time)
        except Exception as error:  # noqa: BLE001 - whatever a speech engine does, the call goes on
            log.warning(
                "prompt left out", error=repr(error), language=prompt.language, chars=len(prompt.text)
            )
            return None


def known_ahead(flow: Flow) -> Iterator[Prompt]:
    """What the flow, and Hotline around it, says alike to every caller, and how long most of them wait."""
    yield from (prompt for _, prompt in named_ahead(flow))
    for language in flow.head.languages:
        for label in (*WAIT_TEXTS.values(), *CALLBACK_TEXTS.values()):
            yield from (Prompt(text=text, language=language) for text in _counted(label[language]))


def _counted(text: str) -> Iterator[str]:
    """A text once, or for each of the small numbers that stand in it; none where it has a telephone's."""
    if "{count}" in text:
        yield from (text.format(count=count) for count in COUNTS_AHEAD)
    elif "{" not in text:
        yield text


def named_ahead(flow: Flow) -> Iterator[tuple[str, Prompt]]:
    """The same, each with its id: `system/<text>/<language>` or `<flow>/<node>/<language>`.

    Where a text has several parts, those behind the first are `<flow>/<node>/<language>/2` and so on.
    """
    for language in flow.head.languages:
        for system, words in SYSTEM_TEXTS.items():
            yield f"system/{system}/{language}", Prompt(text=words[language], language=language)
        for node, text in _texts(flow):  # what is said at a retry under `<node>/no_input_text`
            for number, prompt in enumerate(_fixed(text, flow, language), start=1):
                part = f"/{number}" if number > 1 else ""
                if prompt is not None:
                    yield f"{flow.name}/{node}/{language}{part}", prompt


def _texts(flow: Flow) -> Iterator[tuple[str, Text]]:
    for name, node in flow.nodes.items():
        for field in TEXT_FIELDS:
            text: Text | None = getattr(node, field, None)
            if text:
                yield (name if field == "text" else f"{name}/{field}"), text


def _fixed(text: Text, flow: Flow, language: Language) -> Iterator[Prompt | None]:
    """The parts of a text; None for one that differs from call to call."""
    fixed = {name: one for name, one in flow.head.variables.items() if name not in flow.changing}
    for phrase in text.get(language, ()):
        if all(variable in fixed for variable in placeholders(phrase.words)):
            yield from prompts_of((phrase,), language, fixed)
        else:
            yield None


def _copy(source: Path, target: Path) -> None:
    """The switch may read at any moment, so the file is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    shutil.copyfile(source, part)
    part.replace(target)


def write_beep(path: Path) -> None:
    """Writes the tone before a recording as a telephone-ready WAV."""
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = array(
        "h",
        (
            round(BEEP_LEVEL * math.sin(2 * math.pi * BEEP_HZ * index / RATE_HZ))
            for index in range(int(RATE_HZ * BEEP_S))
        ),
    )
    part = path.with_suffix(".part")
    with wave.open(str(part), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes(samples.tobytes())
    part.replace(path)
