"""What was said and done about a ticket, in one line of time; pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import groupby, pairwise

from kernel.briefs import CallBrief
from kernel.ids import StaffId, TicketId
from tickets.model import ChangedField, Channel, HistoryLine


class Direction(StrEnum):
    """Who is told."""

    INTERNAL = "internal"
    """Colleagues only."""
    INBOUND = "inbound"
    """The company, by the customer."""
    OUTBOUND = "outbound"
    """The customer, by the company."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """Something that was said about a ticket, or to or by its customer."""

    ticket: TicketId
    key: str
    """What is written again by the same key is the same entry."""
    channel: Channel | None
    """None for a note among colleagues."""
    direction: Direction
    text: str
    at: datetime
    by: StaffId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """It, as it is kept; never changed or removed."""

    id: int
    new: NewEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """A message to the customer that followed from one of the ticket's calls."""

    at: datetime
    text: str
    state: str
    """What became of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """All that one person changed in one go."""

    changes: tuple[ChangedField, ...]
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    by: StaffId | None
    what: Change | Entry | CallBrief | SentMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenure:
    """From when to when somebody was responsible; nobody while a ticket waits to be given to one."""

    owner: StaffId | None
    department: str
    since: datetime
    until: datetime | None


def timeline(
    history: Sequence[HistoryLine],
    entries: Iterable[Entry],
    calls: Iterable[CallBrief],
    messages: Iterable[SentMessage],
) -> list[Moment]:
    """Everything about a ticket, the oldest first; of one moment, what was changed comes first."""
    moments = [
        Moment(at=at, by=by, what=Change(changes=tuple(line.change for line in lines), why=why))
        for (at, by, why), group in groupby(history, key=lambda line: (line.at, line.by, line.why))
        if (lines := list(group))
    ]
    moments += [Moment(at=entry.new.at, by=entry.new.by, what=entry) for entry in entries]
    moments += [Moment(at=call.at, by=None, what=call) for call in calls]
    moments += [Moment(at=message.at, by=None, what=message) for message in messages]
    return sorted(moments, key=lambda moment: moment.at)


def tenures(history: Sequence[HistoryLine], now_is: Mapping[str, str]) -> list[Tenure]:
    """Who was responsible when, as the history tells it.

    `now_is` has what owner and department are now: without a change they have always been so.
    """
    if not history:
        return []
    responsible = {**now_is}
    for line in reversed(history):
        if line.change.field in responsible:
            responsible[line.change.field] = line.change.before
    found = [_tenure(responsible, history[0].at)]
    for at, group in groupby(history, key=lambda line: line.at):
        responsible |= {
            line.change.field: line.change.after for line in group if line.change.field in responsible
        }
        if (next_ := _tenure(responsible, at)) != _since(found[-1], at):
            found.append(next_)
    return [
        Tenure(owner=one.owner, department=one.department, since=one.since, until=later.since)
        for one, later in pairwise(found)
        if one.since != later.since
    ] + found[-1:]


def _tenure(responsible: Mapping[str, str], since: datetime) -> Tenure:
    owner = responsible["owner"]
    return Tenure(
        owner=StaffId(int(owner)) if owner else None,
        department=responsible["department"],
        since=since,
        until=None,
    )


def _since(tenure: Tenure, at: datetime) -> Tenure:
    return Tenure(owner=tenure.owner, department=tenure.department, since=at, until=tenure.until)
