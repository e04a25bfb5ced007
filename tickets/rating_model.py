"""Ratings of conversations, as callers key them in when their agent has hung up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from kernel.ids import AgentId, CallId, QueueId
from tickets.model import TranscriptState

SCORES = range(1, 6)


class SurveyReason(StrEnum):
    """Why a caller is to be surveyed who was to rate the conversation, and did not."""

    HUNG_UP_FIRST = "hung_up_first"
    """They were gone before they could be asked."""
    UNANSWERED = "unanswered"
    """They were asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """What a caller has said on their rating."""

    path: str
    """Below the folder of recordings."""
    begun_at: datetime
    seconds: float | None = None
    """None while it is recorded; 0 where nothing was said."""
    transcript: str | None = None
    transcript_state: TranscriptState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRating:
    """One caller's rating of one call."""

    call: CallId
    agent: AgentId
    """Who talked with them last."""
    queue: QueueId
    language: str
    asked_at: datetime
    score: int | None = None
    rated_at: datetime | None = None
    comment: Comment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingFigures:
    """Ratings of one agent, queue or day, in figures."""

    key: str
    asked: int = 0
    scores: Mapping[int, int] = field(default_factory=dict)
    """Score -> how many gave it."""

    @property
    def rated(self) -> int:
        """How many answered."""
        return sum(self.scores.values())

    @property
    def mean(self) -> float | None:
        """Of those."""
        return sum(score * count for score, count in self.scores.items()) / self.rated if self.rated else None


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyDue:
    """A caller to whom a survey is to be sent; at most once for a call."""

    call: CallId
    agent: AgentId
    queue: QueueId
    at: datetime
    """When the call had ended."""
    why: SurveyReason
