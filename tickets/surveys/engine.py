"""When a survey is sent, sent once more, or given up; pure."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.ids import StaffId
from tickets.model import HistoryLine, State
from tickets.surveys.model import SENDS_MAX, Addressee, Dropped, Policy, Survey, SurveyState

_DONE = frozenset({State.RESOLVED, State.CLOSED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What else decides."""

    addressee: Addressee
    state: State | None
    """The ticket's, now; None of a call without one."""
    customer_asked_at: datetime | None
    """When this customer, or this number, was sent another survey last."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """The customer is written to; `wake_at` is the next look."""

    wake_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing is to be done before then."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """It is over without an answer: expired, or dropped for a reason."""

    dropped: Dropped | None


Decision = Send | Wait | GiveUp | None


def decide(survey: Survey, around: Around, policy: Policy, now: datetime) -> Decision:
    """What is to be done about a survey now; None of one that is over."""
    if survey.state not in {SurveyState.PENDING, SurveyState.SENT}:
        return None
    if now >= survey.expires_at:
        return GiveUp(dropped=None)
    due_at = _due(survey, policy)
    if due_at is None:
        return Wait(until=survey.expires_at)
    if now < due_at:
        return Wait(until=min(due_at, survey.expires_at))
    if reason := _obstacle(survey, around, policy, now):
        # Who was asked once may still answer.
        return GiveUp(dropped=reason) if survey.sends == 0 else Wait(until=survey.expires_at)
    is_last = survey.sends + 1 >= SENDS_MAX
    return Send(wake_at=survey.expires_at if is_last else min(now + policy.again_after, survey.expires_at))


def _due(survey: Survey, policy: Policy) -> datetime | None:
    if survey.sent_at is None:
        return survey.new.due_at
    return survey.sent_at + policy.again_after if survey.sends < SENDS_MAX else None


def _obstacle(survey: Survey, around: Around, policy: Policy, now: datetime) -> Dropped | None:
    if not around.addressee.number:
        return Dropped.NO_NUMBER
    if not around.addressee.is_allowed:
        return Dropped.NOT_WANTED
    if survey.new.asked_by is not None:
        return None
    if around.state is not None and around.state not in _DONE:
        return Dropped.REOPENED
    asked_at = around.customer_asked_at
    if survey.sends == 0 and asked_at is not None and now - asked_at < policy.customer_pause:
        return Dropped.ASKED_LATELY
    return None


def resolution_of(lines: Sequence[HistoryLine]) -> int | None:
    """The how-manieth time a ticket is resolved; None if it is not, or was closed without."""
    states = [line.change for line in lines if line.change.field == "state"]
    if not states:
        return None
    last = states[-1]
    is_resolved = last.after == State.RESOLVED or (
        last.after == State.CLOSED and last.before == State.RESOLVED
    )
    return sum(change.after == State.RESOLVED for change in states) if is_resolved else None


def second_handler(
    supervisors: Collection[StaffId], handled_by: StaffId | None, open_tickets: Mapping[StaffId, int]
) -> StaffId | None:
    """Who is to handle a matter again that was rated badly: the supervisor with the fewest open tickets.

    Never who has handled it; None where there is nobody else.
    """
    others = sorted(set(supervisors) - {handled_by})
    return min(others, key=lambda staff: (open_tickets.get(staff, 0), staff), default=None)
