"""Where in a caller's sound somebody speaks."""

from array import array
from collections import deque

import webrtcvad

from speech.model import Voice
from speech.settings import EndpointSettings

FRAME_S = 0.02
_RATE_HZ = 8_000
_FULL_SCALE = 32_768


class Endpointer:
    """Finds one utterance after another in frames of 20 ms (8 kHz, 16 bit, mono).

    Somebody speaks once most of the last frames are speech, and has ended after a pause. WebRTC's detector
    decides on speech; what is very low, such as the echo of a prompt, counts as quiet whatever it is.
    """

    def __init__(self, settings: EndpointSettings, *, pause_s: float) -> None:
        self._settings = settings
        self._pause_frames = round(pause_s / FRAME_S)
        self._longest_frames = round(settings.utterance_max_s / FRAME_S)
        self._detector = webrtcvad.Vad(settings.strictness)
        self._level = _FULL_SCALE * 10 ** (settings.level_min_dbfs / 20)
        self._lately: deque[bool] = deque(maxlen=settings.window_frames)
        self._before: deque[bytes] = deque(maxlen=round(settings.lead_in_s / FRAME_S))
        self._speaking_frames = 0
        self._quiet_frames = 0

    @property
    def is_speaking(self) -> bool:
        """Whether an utterance has begun and not ended."""
        return self._speaking_frames > 0

    @property
    def quiet_s(self) -> float:
        """For how long whoever is speaking has said nothing."""
        return self._quiet_frames * FRAME_S

    def end(self) -> None:
        """The utterance has ended, whatever the pause."""
        self._speaking_frames = self._quiet_frames = 0
        self._lately.clear()

    def take_lead_in(self) -> bytes:
        """The sound before, and up to, the frame that began the utterance."""
        sound = b"".join(self._before)
        self._before.clear()
        return sound

    def feed(self, frame: bytes) -> Voice:
        """Takes the next frame; one of another length counts as quiet."""
        is_speech = self._is_speech(frame)
        if not self.is_speaking:
            return self._before_speech(frame, is_speech=is_speech)
        self._speaking_frames += 1
        self._quiet_frames = 0 if is_speech else self._quiet_frames + 1
        if self._quiet_frames >= self._pause_frames or self._speaking_frames >= self._longest_frames:
            self.end()
            return Voice.ENDS
        return Voice.GOES_ON

    def _before_speech(self, frame: bytes, *, is_speech: bool) -> Voice:
        self._before.append(frame)
        self._lately.append(is_speech)
        if sum(self._lately) < self._settings.speech_frames:
            return Voice.QUIET
        self._speaking_frames, self._quiet_frames = len(self._lately), 0
        return Voice.BEGINS

    def _is_speech(self, frame: bytes) -> bool:
        if len(frame) != round(_RATE_HZ * FRAME_S) * 2 or _rms(frame) < self._level:
            return False
        return bool(self._detector.is_speech(frame, _RATE_HZ))


def _rms(frame: bytes) -> float:
    samples = array("h", frame)
    return float((sum(map(int.__mul__, samples, samples)) / len(samples)) ** 0.5)
