"""Limits and choices of speech."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from speech.voice_settings import PluggedVoice

OWN_VOICE = "espeak"
"""The name of the voice that Hotline brings."""


class SoundSettings(BaseModel):
    """Sound files from elsewhere: recordings that people upload, and what plugged-in voices give."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file_mb_max: int = Field(default=20, ge=1, le=200)
    workers: int = Field(default=1, ge=1, le=16)
    waiting_max: int = Field(default=100, ge=1)
    """Files that may wait for a worker."""
    memory_mb: int = Field(default=1_024, ge=256)
    """Of a worker's address space: a file that needs more is refused."""
    start_timeout_s: float = Field(default=20, gt=0)
    convert_timeout_s: float = Field(default=20, gt=0)


class SynthesisSettings(BaseModel):
    """Text to speech."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    engines: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,39}$")], PluggedVoice] = {}
    """Better voices, by names of their own; see docs/prompts.md."""
    order: dict[str, tuple[str, ...]] = {}
    """For each language, the engines in the order in which they are asked; by itself as they are written.
    `espeak` comes last wherever it is not named, so that there is always a voice."""
    live_wait_s: float = Field(default=2, ge=0)
    """How long a caller waits for the better voices with a text that none has spoken yet."""
    failures_max: int = Field(default=3, ge=1)
    """So many texts on end that an engine could not speak, and it is broken; one that hangs is at once."""
    retry_after_s: float = Field(default=60, gt=0)
    """When a broken engine is tried again, and when one is asked again for a text that it could not speak."""
    spoken_s_max: float = Field(default=300, gt=0)
    """An engine whose sound is longer has gone astray."""
    voices: dict[str, str] = {"zh": "sit/cmn", "en": "gmw/en-us"}
    """espeak-ng's voice for each language."""
    words_per_minute: int = Field(default=165, ge=80, le=300)
    level_dbfs: float = Field(default=-20, ge=-40, le=-10)
    """Loudness of the spoken parts, so that prompts don't differ among each other."""
    workers: int = Field(default=2, ge=1, le=16)
    waiting_max: int = Field(default=500, ge=1)
    """Texts that may wait for a worker."""
    text_chars_max: int = Field(default=2_000, ge=1)
    start_timeout_s: float = Field(default=20, gt=0)
    render_timeout_s: float = Field(default=10, gt=0)
    seconds_min: float = Field(default=0.1, gt=0)
    """A shorter result is a failure: espeak-ng says nothing where it should complain."""
    cache_files_max: int = Field(default=20_000, ge=1)
    """Spoken texts kept; the longest unused go first."""

    @model_validator(mode="after")
    def _asks_engines_that_are_there(self) -> Self:
        if OWN_VOICE in self.engines:
            raise ValueError(f"engines.{OWN_VOICE} is the voice that Hotline brings: choose another name")
        for language, names in self.order.items():
            for name in names:
                engine = self.engines.get(name)
                if name != OWN_VOICE and (engine is None or not engine.speaks(language)):
                    raise ValueError(f"order.{language} names {name}, which is no engine for that language")
        return self


class RecognitionSettings(BaseModel):
    """Speech to text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: dict[str, Path] = {}
    """The folder of a vosk model for each language; a language without one has no transcripts."""
    workers: int = Field(default=1, ge=1, le=16)
    """Processes per language. Each holds the model in memory, and listens with as many threads as the machine
    has processors; more than one only lessens what is lost when one crashes."""
    streams_per_worker: int = Field(default=40, ge=1, le=1_000)
    """Menus that listen and conversations, heard at once by one process. Further ones are refused."""
    recordings_at_once: int = Field(default=1, ge=1, le=16)
    """Per language, beside the streams, which go first."""
    chunk_ms: int = Field(default=100, ge=20, le=1_000)
    """What is said is handed to the recogniser in pieces so long; the last one as short as it is."""
    phrases_max: int = Field(default=500, ge=1)
    """What can be listened for at once."""
    waiting_max: int = Field(default=100, ge=1)
    """Recordings that may wait for a worker."""
    start_timeout_s: float = Field(default=120, gt=0)
    """Large models take long to load."""
    chunk_timeout_s: float = Field(default=30, gt=0)
    """For hearing one second of audio."""
    audio_s_max: float = Field(default=14_400, gt=0)
    """A longer recording is not heard."""


class EndpointSettings(BaseModel):
    """When somebody counts as speaking."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    strictness: int = Field(default=2, ge=0, le=3)
    """Of WebRTC's detector: how sure it must be that a sound is speech."""
    level_min_dbfs: float = Field(default=-45, ge=-80, le=0)
    """What is lower is quiet: noise, and the echo of a prompt."""
    window_frames: int = Field(default=10, ge=2, le=50)
    speech_frames: int = Field(default=6, ge=1, le=50)
    """So many of the last `window_frames` frames of 20 ms have to be speech for somebody to be speaking."""
    lead_in_s: float = Field(default=0.4, gt=0, le=2)
    """The sound before that is recognised, too: words begin softly."""
    pause_after_answer_s: float = Field(default=0.2, gt=0, le=5)
    """So much quiet ends what is a whole answer already; the reaction comes so much later."""
    pause_s: float = Field(default=0.5, gt=0, le=5)
    """So much quiet ends anything else: people hesitate."""
    pause_in_digits_s: float = Field(default=1.0, gt=0, le=5)
    """The same for who says a number, which people do in groups."""
    utterance_max_s: float = Field(default=15, gt=0, le=60)
    answer_max_s: float = Field(default=3, gt=0)
    """For how long the recogniser may think after that."""


class SpeechSettings(BaseModel):
    """All of speech."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    synthesis: SynthesisSettings = SynthesisSettings()
    recognition: RecognitionSettings = RecognitionSettings()
    listening: EndpointSettings = EndpointSettings()
    sounds: SoundSettings = SoundSettings()
