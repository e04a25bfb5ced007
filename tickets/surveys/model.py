"""Words of surveys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from kernel.ids import AgentId, CallId, CustomerId, StaffId, TicketId
from kernel.text import harmless

SurveyId = NewType("SurveyId", int)

SCORES = range(1, 6)
"""5 being the best."""
TEXT_MAX = 200
"""Characters that a customer may add."""
SENDS_MAX = 2


class Dimension(StrEnum):
    """What is rated; in the order of the page."""

    ATTITUDE = "attitude"
    SPEED = "speed"
    RESULT = "result"
    OVERALL = "overall"


class SurveyState(StrEnum):
    """Where a survey stands."""

    PENDING = "pending"
    """To be sent."""
    SENT = "sent"
    ANSWERED = "answered"
    EXPIRED = "expired"
    DROPPED = "dropped"
    """It was not sent, and will not be; `why` says the reason."""


class Dropped(StrEnum):
    """Why a survey is not sent."""

    NO_NUMBER = "no_number"
    """Nobody knows where to send it."""
    NOT_WANTED = "not_wanted"
    """The customer wants no messages, or the number takes none."""
    ASKED_LATELY = "asked_lately"
    REOPENED = "reopened"
    """The matter goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSurvey:
    """A customer who is to be asked."""

    key: str
    """What is wanted again by the same key is the same survey."""
    ticket: TicketId | None
    call: CallId | None
    customer: CustomerId | None
    agent: AgentId | None
    """Who served the customer last."""
    department: str
    about: str
    """The type of the ticket; "" of a call without one."""
    asked_by: StaffId | None
    """Nobody when Hotline asks by itself."""
    why: str
    """The reason that a person gave."""
    created_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a customer said."""

    scores: Mapping[Dimension, int]
    text: str
    is_anonymous: bool
    at: datetime

    @property
    def overall(self) -> int:
        """The score that counts where one is wanted."""
        return self.scores[Dimension.OVERALL]


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """A survey as it is kept."""

    id: SurveyId
    new: NewSurvey
    token: str
    """What the link has in it: whoever has it may answer."""
    state: SurveyState
    dropped: Dropped | None
    number: str
    """Where it was sent."""
    language: str
    sends: int
    sent_at: datetime | None
    """For the last time."""
    expires_at: datetime
    answer: Answer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressee:
    """Where and how a customer is written to."""

    number: str
    """In the one spelling; "" where there is none."""
    language: str
    is_allowed: bool
    """They may be sent messages now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """When is asked, and how often."""

    again_after: timedelta
    customer_pause: timedelta
    """One customer is not asked by Hotline twice within this time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Surveys of an agent, a department, a type, or all."""

    key: str
    sent: int = 0
    answered: int = 0
    sums: Mapping[Dimension, int] | None = None
    overall: Mapping[int, int] | None = None
    """How many gave each score for everything together."""

    def mean(self, dimension: Dimension) -> float | None:
        """Of those who answered."""
        return self.sums[dimension] / self.answered if self.answered and self.sums else None


def scores_of(given: Mapping[str, str]) -> Mapping[Dimension, int] | None:
    """The scores of a form; None unless each is there and one of `SCORES`."""
    allowed = {str(score): score for score in SCORES}
    scores = {one: allowed.get(given.get(one.value, "")) for one in Dimension}
    whole = {one: score for one, score in scores.items() if score is not None}
    return whole if len(whole) == len(scores) else None


def text_of(given: str) -> str:
    """What a customer wrote, without what no person types, and not longer than it may be."""
    return harmless(given.replace("\r\n", "\n")).strip()[:TEXT_MAX]
