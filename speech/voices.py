"""The synthesiser: text made speakable, and spoken by the best voice that is well.

Callers never wait for a voice that is slow or broken: where one has spoken the text before, that is what they
hear, and the better voice speaks it meanwhile for the next one.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from speech.command_voice import CommandEngine
from speech.errors import BlankText, TextTooLong, UnknownLanguage
from speech.espeak import EspeakEngine
from speech.http_voice import HttpEngine
from speech.kept import KeptTexts, is_kept
from speech.normalise import normalise
from speech.piper_voice import PiperEngine
from speech.plugged import Engine
from speech.plugged_voice import OtherVoice
from speech.settings import OWN_VOICE, SoundSettings, SynthesisSettings
from speech.sounds import SoundReader
from speech.voice_settings import CommandVoice, HttpVoice, PluggedVoice

_MB = 1024 * 1024


def words_of(text: str, language: str, settings: SynthesisSettings) -> str:
    """The words that will be spoken; raises `TextTooLong` or `BlankText`."""
    if len(text) > settings.text_chars_max:
        raise TextTooLong(f"a prompt has at most {settings.text_chars_max} characters, this has {len(text)}")
    words = normalise(text, language)
    if not any(character.isalnum() for character in words):
        raise BlankText("there is nothing to say in this text")
    return words


class Voices:
    """`speech.port.Synthesiser`; an async context manager."""

    def __init__(
        self, settings: SynthesisSettings, folder: Path, sounds: SoundSettings | None = None
    ) -> None:
        self._settings = settings
        self._kept = KeptTexts(folder, files_max=settings.cache_files_max)
        self._own = EspeakEngine(settings)
        sound_settings = sounds or SoundSettings()
        self.sounds = SoundReader(sound_settings)
        """Reads what other voices give, and recordings."""
        self._others = {
            name: OtherVoice(
                name,
                _engine(plugged, sound_settings),
                kept=self._kept,
                sounds=self.sounds,
                settings=settings,
            )
            for name, plugged in settings.engines.items()
        }
        self._attempts: dict[tuple[str, str], asyncio.Task[Path | None]] = {}

    async def __aenter__(self) -> Self:
        self._kept.prepare()
        return self

    async def __aexit__(self, *_: object) -> None:
        attempts = list(self._attempts.values())
        for attempt in attempts:
            attempt.cancel()
        await asyncio.gather(*attempts, return_exceptions=True)
        for voice in self._others.values():
            await voice.close()
        await self.sounds.close()
        await self._own.close()

    def worker_pids(self) -> list[int]:
        """The processes of Hotline's own voice that run now, for health and figures."""
        return self._own.worker_pids()

    async def check(self) -> None:
        """Raises `WorkerFailed` unless the voice that is always there can speak."""
        await self._own.check()

    def faults(self) -> dict[str, str]:
        """Why other voices are broken, by name; the next ones speak in their place."""
        return {name: voice.health.fault for name, voice in self._others.items() if voice.health.fault}

    async def render(self, text: str, language: str, *, has_time: bool = False) -> Path:
        """See `Synthesiser.render`."""
        order = self._order(language)
        words = words_of(text, language, self._settings)
        kept, better = self._found(order, words, language)
        if better:
            attempt = self._attempt(better, words, language)
            if has_time:
                kept = await asyncio.shield(attempt) or kept
            elif kept is None:
                await asyncio.wait([attempt], timeout=self._settings.live_wait_s)
                kept = attempt.result() if attempt.done() and not attempt.cancelled() else None
        return kept or await self._speak_own(words, language)

    def _order(self, language: str) -> Sequence[OtherVoice]:
        """Those that come before Hotline's own."""
        settings = self._settings
        if language not in settings.voices:
            raise UnknownLanguage(f"no voice is set for the language {language!r}")
        by_itself = tuple(name for name, one in settings.engines.items() if one.speaks(language))
        names = settings.order.get(language, by_itself)
        before = names[: names.index(OWN_VOICE)] if OWN_VOICE in names else names
        return [self._others[name] for name in before]

    def _found(
        self, order: Sequence[OtherVoice], words: str, language: str
    ) -> tuple[Path | None, list[OtherVoice]]:
        """The best reading that is kept, and the voices before it that may be asked for theirs."""
        better: list[OtherVoice] = []
        for voice in order:
            path = voice.path(words, language)
            if is_kept(path):
                return path, better
            if voice.may_speak(words):
                better.append(voice)
        own = self._own_path(words, language)
        return own if is_kept(own) else None, better

    def _attempt(self, voices: Sequence[OtherVoice], words: str, language: str) -> asyncio.Task[Path | None]:
        """Who wants the same shares it, and it goes on when they hang up: the next caller may want it."""
        key = (words, language)
        attempt = self._attempts.get(key)
        if attempt is None:
            is_too_much = len(self._attempts) >= self._settings.waiting_max
            asked = [] if is_too_much else voices
            attempt = asyncio.create_task(_first(asked, words, language), name="a text for other voices")
            self._attempts[key] = attempt
            attempt.add_done_callback(lambda _: self._attempts.pop(key, None))
        return attempt

    def _own_path(self, words: str, language: str) -> Path:
        settings = self._settings
        manner = (str(settings.words_per_minute), str(settings.level_dbfs))
        return self._kept.path(settings.voices[language], *manner, words)

    async def _speak_own(self, words: str, language: str) -> Path:
        path = self._own_path(words, language)
        if not is_kept(path):
            await self._own.speak(words, language, path)
        return path


async def _first(voices: Sequence[OtherVoice], words: str, language: str) -> Path | None:
    for voice in voices:
        spoken = await voice.speak(words, language)
        if spoken is not None:
            return spoken
    return None


def _engine(plugged: PluggedVoice, sounds: SoundSettings) -> Engine:
    if isinstance(plugged, CommandVoice):
        return CommandEngine(plugged, bytes_max=sounds.file_mb_max * _MB)
    return HttpEngine(plugged) if isinstance(plugged, HttpVoice) else PiperEngine(plugged)
