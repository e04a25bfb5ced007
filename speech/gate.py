"""Spares a recogniser the silence of a conversation, of which each side is half the time silent, or more."""

from collections import deque
from collections.abc import AsyncIterable, AsyncIterator

import webrtcvad

RATE = 8_000
_FRAME_BYTES = 320
"""20 ms of 16-bit samples."""
_FRAME_S = 0.02
_BEFORE_FRAMES = 20
"""What came just before a voice was noticed is heard too: words begin softly."""
_AFTER_FRAMES = 75
"""So much silence is passed on after a voice: by half a second of it recognisers end a speech."""
_AGGRESSIVENESS = 1
"""Of 0 to 3: rather hear noise than lose a word."""


class SilenceGate:
    """Passes voices on, and keeps the time: of the gaps in what is passed the recogniser knows nothing."""

    def __init__(self) -> None:
        self._voices = webrtcvad.Vad(_AGGRESSIVENESS)
        self._kept: deque[bytes] = deque(maxlen=_BEFORE_FRAMES)
        self._silent_frames = _AFTER_FRAMES
        self._came = 0
        self._passed = 0
        self._jumps: list[tuple[float, float]] = [(0.0, 0.0)]
        """From a place in what was passed on, the place in what came."""

    def place(self, passed_s: float) -> float:
        """Where in all that came this place is, in seconds."""
        from_s, to_s = next(jump for jump in reversed(self._jumps) if jump[0] <= passed_s or jump[0] == 0.0)
        return to_s + passed_s - from_s

    async def pass_on(self, audio: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        """The voices in it. Pieces of any length; what is left over of the last is no word."""
        rest = b""
        async for piece in audio:
            rest += piece
            whole = len(rest) // _FRAME_BYTES * _FRAME_BYTES
            frames, rest = rest[:whole], rest[whole:]
            passed = b"".join(
                self._take(frames[at : at + _FRAME_BYTES]) for at in range(0, whole, _FRAME_BYTES)
            )
            if passed:
                yield passed

    def _take(self, frame: bytes) -> bytes:
        self._came += 1
        is_voice = self._voices.is_speech(frame, RATE)
        was_open = self._silent_frames < _AFTER_FRAMES
        self._silent_frames = 0 if is_voice else self._silent_frames + 1
        if not is_voice and not was_open:
            self._kept.append(frame)
            return b""
        if was_open:
            self._passed += 1
            return frame
        passed = b"".join(self._kept) + frame
        frames = len(self._kept) + 1
        self._jumps.append((self._passed * _FRAME_S, (self._came - frames) * _FRAME_S))
        self._kept.clear()
        self._passed += frames
        return passed
