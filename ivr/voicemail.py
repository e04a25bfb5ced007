"""The spool of messages: what a caller says is on disk, with its circumstances, before anything else."""

import asyncio
import json
from datetime import datetime
from pathlib import Path

from kernel.ids import CallId
from telephony.model import Arrival

WAV_HEADER_BYTES = 44
BYTES_PER_SECOND = 16_000
"""Telephone sound: 8 kHz, 16 bit, one channel."""


class Spool:
    """The folder where messages wait to become tickets."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def open(self, arrival: Arrival, language: str, now: datetime) -> Path:
        """Writes who calls and when; returns where the recording belongs."""
        about = {
            "call": arrival.call,
            "from": arrival.caller_number,
            "to": arrival.dialled,
            "at": now.isoformat(),
            "language": language,
        }
        await asyncio.to_thread(self._write, arrival.call, json.dumps(about, ensure_ascii=False))
        return self._recording(arrival.call)

    async def keep(self, call: CallId, *, min_s: float) -> bool:
        """Whether there is a message; what is too short to be one is taken out of the spool.

        A message that is no longer in the spool was imported, and so there was one.
        """
        return await asyncio.to_thread(self._keep, call, min_s)

    def _keep(self, call: CallId, min_s: float) -> bool:
        recording, about = self._recording(call), self._folder / f"{call}.json"
        if not about.exists():
            return True
        size = recording.stat().st_size if recording.exists() else 0
        if size - WAV_HEADER_BYTES >= min_s * BYTES_PER_SECOND and size > WAV_HEADER_BYTES:
            return True
        recording.unlink(missing_ok=True)
        about.unlink(missing_ok=True)
        return False

    def _recording(self, call: CallId) -> Path:
        return self._folder / f"{call}.wav"

    def _write(self, call: CallId, about: str) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        part = self._folder / f"{call}.json.part"
        part.write_text(about, encoding="utf-8")
        part.replace(self._folder / f"{call}.json")
