"""Limits and choices of transcripts."""

from pydantic import BaseModel, ConfigDict, Field

from infra.settings import JobLimits


class TranscriptSettings(BaseModel):
    """Conversations in words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    is_on: bool = True
    """Whether conversations are written down, where a recogniser is installed for their language."""
    language: str = Field(default="zh", pattern="^[a-z]{2}$")
    """Of a conversation whose caller chose none."""
    doubted_below: float = Field(default=0.6, ge=0, le=1)
    """A side heard with less confidence is tried in the other installed languages; the surest counts."""
    live_max: int = Field(default=20, ge=0)
    """Calls whose two sides are heard while they talk; all others afterwards, from the recording. 0: none."""
    live_shown: int = Field(default=12, ge=1)
    """Segments of the running conversation on the agent's page."""
    told_every_s: float = Field(default=0.4, gt=0)
    """How often the agent's page is told of more, at most."""
    kept_every_s: float = Field(default=1.0, gt=0)
    """How often what was heard live is written to the database."""
    behind_s_max: float = Field(default=5.0, ge=1)
    """A recogniser that is so far behind hears that call from the recording later."""
    deaf_s_max: float = Field(default=1.0, gt=0)
    """A call of which so much was said before anybody listened is heard from the recording later."""
    last_words_s_max: float = Field(default=10.0, gt=0)
    """How long the end of a call waits for the last words."""
    segment_s_max: float = Field(default=20.0, gt=1)
    """Longer speeches are parted where the speaker paused longest."""
    begun_after_s: float = Field(default=5.0, ge=0)
    """A transcript is made from the recording so long after the call: the switch is still writing."""
    back_hours: float = Field(default=24.0, gt=0)
    """Calls that ended while no server lived get their transcripts, if that is not longer ago than this."""
    sweep_s: float = Field(default=60.0, gt=0)
    """How often it is looked for calls that nobody announced."""
    sweep_calls_max: int = Field(default=500, ge=1)
    """How many of them at a time."""
    words_max: int = Field(default=60_000, ge=1)
    """In a transcript; eight hours of both sides talking. What is beyond is left out."""
    searched_days: float = Field(default=92.0, gt=0)
    """A search that names no time looks back so far."""
    found_max: int = Field(default=100, ge=1)
    """Calls that one search finds."""
    attempts_max: int = Field(default=4, ge=1)
    """Tries with a recording at which the recogniser fails. For one that has no time `jobs` counts."""
    jobs: JobLimits = JobLimits(
        at_once=1, run_s_max=14_400.0, attempts_max=40, retry_first_s=10.0, retry_last_s=3_600.0
    )
    """How transcripts are made from recordings: beside all other jobs, which must not wait for hours of
    sound, and with the patience to come back a day later."""
