"""Who called and reached nobody: the people to be called back, and the waiting they have lost.

Both are read from the ledger, in which every call stands once: no restart and no event that comes
twice can list a call twice, or give a wait back twice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from kernel.ids import CallId
from telephony.ledger_rules import REACHED, CallEntry
from telephony.model import Arrival, LostWait, PersonWanted


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Whose the numbers are that people call from."""

    numbers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """By a customer's number all numbers of that customer; strangers' stand for themselves."""
    heard: Mapping[str, datetime] = field(default_factory=dict)
    """When the last call came from a customer's number that reached somebody, or goes on."""

    def all_of(self, number: str) -> tuple[str, ...]:
        """The numbers of whoever has this one."""
        return self.numbers.get(number, (number,))

    def heard_since(self, arrival: Arrival) -> bool:
        """Whether the caller has reached somebody from any of their numbers after this call."""
        return any(
            self.heard.get(number, arrival.at) > arrival.at for number in self.all_of(arrival.caller_number)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedCaller:
    """Somebody who wanted a person and got none."""

    last: CallEntry
    wanted: PersonWanted
    """In the last call."""
    times: int
    """How often they have tried since they last reached somebody."""
    first_at: datetime
    numbers: tuple[str, ...]
    """All that are known to be theirs."""

    @property
    def waited(self) -> timedelta:
        """In the last call."""
        return _waited(self.last, self.wanted)


def missed_callers(entries: Iterable[CallEntry], people: People) -> list[MissedCaller]:
    """Calls in vain, the newest first, as a list of people, those first who tried last."""
    by_person: dict[tuple[str, ...], list[CallEntry]] = {}
    for entry in entries:
        if not people.heard_since(entry.arrival):
            by_person.setdefault(people.all_of(entry.arrival.caller_number), []).append(entry)
    return [
        MissedCaller(
            last=tries[0], wanted=wanted, times=len(tries), first_at=tries[-1].arrival.at, numbers=numbers
        )
        for numbers, tries in by_person.items()
        if (wanted := tries[0].wanted) is not None
    ]


def lost_waits(entries: Iterable[CallEntry], came: Arrival) -> tuple[LostWait, ...]:
    """What a number has waited in vain that no other call of it has been given back, the newest first.

    It goes to the first call after it: while that goes on another gets nothing, and once it has led to
    somebody there is nothing left. What comes later than the call takes nothing from it.
    """
    found: list[LostWait] = []
    before = (entry for entry in entries if _order(entry.arrival) < _order(came))
    for entry in sorted(before, key=lambda entry: _order(entry.arrival), reverse=True):
        if entry.is_open or entry.outcome in REACHED:
            break
        if entry.wanted is not None and _waited(entry, entry.wanted):
            found.append(LostWait(since=entry.wanted.since, until=_until(entry, entry.wanted)))
    return tuple(found)


def _order(arrival: Arrival) -> tuple[datetime, CallId]:
    return arrival.at, arrival.call


def _waited(entry: CallEntry, wanted: PersonWanted) -> timedelta:
    return max(timedelta(), _until(entry, wanted) - wanted.since)


def _until(entry: CallEntry, wanted: PersonWanted) -> datetime:
    return wanted.until or entry.ended_at or wanted.since
