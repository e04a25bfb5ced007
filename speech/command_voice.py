"""A program of the company's that speaks: started for each text, and ended with all that it started."""

import asyncio
import os
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

from speech import limited_run
from speech.errors import SynthesisFailed, SynthesisHung
from speech.voice_settings import CommandVoice

_LAUNCHER = (sys.executable, "-I", "-S", limited_run.__file__)
_MB = 1024 * 1024
_COMPLAINT_BYTES_MAX = 300
_OWN_PREFIX = "HOTLINE_"
"""Of variables that are Hotline's own settings, and may be secret."""


class CommandEngine:
    """`speech.plugged.Engine` on a command."""

    def __init__(self, settings: CommandVoice, *, bytes_max: int) -> None:
        self.settings = settings
        self._bytes_max = bytes_max

    async def make(self, words: str, language: str, out: Path) -> None:
        """See `Engine.make`."""
        text_file = out.with_suffix(".txt")
        await asyncio.to_thread(text_file.write_text, words, encoding="utf-8")
        put_in = {"{text_file}": str(text_file), "{out_wav}": str(out), "{language}": language}
        with tempfile.TemporaryFile() as complaints:
            status = await self._run([_filled(part, put_in) for part in self.settings.command], complaints)
            if status != 0:
                raise SynthesisFailed(f"it ended with status {status}{_last_words(complaints)}")
        if not await asyncio.to_thread(out.is_file):
            raise SynthesisFailed("it ended well, but wrote no file")

    async def _run(self, command: list[str], complaints: IO[bytes]) -> int:
        settings = self.settings
        limits = (settings.memory_mb * _MB, self._bytes_max, int(settings.timeout_s) + 1)
        process = await asyncio.create_subprocess_exec(
            *(*_LAUNCHER, *map(str, limits), *command),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=complaints,
            env={name: value for name, value in os.environ.items() if not name.startswith(_OWN_PREFIX)},
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(settings.timeout_s):
                return await process.wait()
        except TimeoutError as error:
            raise SynthesisHung(f"it did not end within {settings.timeout_s:g} s") from error
        finally:
            # The whole group: what the program has started must not outlive its text.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            await asyncio.shield(process.wait())

    async def close(self) -> None:
        """Nothing runs between texts."""


def _filled(part: str, put_in: dict[str, str]) -> str:
    for name, value in put_in.items():
        part = part.replace(name, value)
    return part


def _last_words(complaints: IO[bytes]) -> str:
    size = complaints.seek(0, os.SEEK_END)
    complaints.seek(max(0, size - _COMPLAINT_BYTES_MAX))
    said = " ".join(complaints.read().decode(errors="replace").split())
    return f": {said}" if said else ""
