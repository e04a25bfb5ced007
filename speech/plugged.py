"""What a plugged-in voice is: something that makes a sound file of words, in whatever format and loudness."""

from pathlib import Path
from typing import Protocol

from speech.voice_settings import PluggedVoice


class Engine(Protocol):
    """One of them."""

    @property
    def settings(self) -> PluggedVoice:
        """What is set for it."""
        ...

    async def make(self, words: str, language: str, out: Path) -> None:
        """Writes the spoken words to `out`, beside which it may put what it needs.

        Raises `SynthesisFailed`, and `SynthesisHung` when its time is over.
        """
        ...

    async def close(self) -> None:
        """Leaves nothing running."""
        ...
