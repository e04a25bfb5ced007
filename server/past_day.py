"""A day of the ledger and of routing's journal, made ready to be gone through once more."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from acd.model import AgentProfile, Exit, Explanation, QueueRequest, QueueRules
from acd.ports import PastWait
from acd.simulator.past import PastCall, PastDay, Shift
from acd.store import AcdStore
from customers.service import Customers
from kernel.ids import AgentId, CallId, QueueId, SkillId, is_guest
from telephony.ledger_rules import CallEntry, LegEntry
from telephony.model import BoostSource
from telephony.store import CallStore

ASKED_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """Where the day is read from."""

    calls: CallStore
    journal: AcdStore
    customers: Customers

    async def day(self, since: datetime, rules: Mapping[QueueId, QueueRules]) -> PastDay:
        """The day that began then; `rules` are those of the site, by which the calls came."""
        entries = await self.calls.who_wanted(since, since + timedelta(days=1))
        journal = await self._ended([entry.arrival.call for entry in entries])
        waits = {entry.arrival.call: _wait(entry, journal) for entry in entries}
        profiles = {profile.agent: profile for profile in await self.journal.profiles()}
        why = await self._explanations(list(waits))
        levels = await self._levels({entry.arrival.caller_number for entry in entries})
        talk_s, rings_s = Mean(entries, _talk_s), Mean(entries, _rings_s)
        found = [
            PastCall(
                came_at=wait.ended_at - timedelta(seconds=wait.waited_s),
                request=_request(entry, wait, why.get(wait.call), rules, levels),
                wait=wait,
                rings_s=rings_s.of(entry),
                talk_s=talk_s.of(entry),
            )
            for entry in entries
            if (wait := waits[entry.arrival.call]) is not None
        ]
        return PastDay(
            calls=tuple(sorted(found, key=lambda call: call.came_at)),
            shifts=tuple(_shifts(entries, profiles)),
        )

    async def _ended(self, calls: Sequence[CallId]) -> dict[CallId, PastWait]:
        """How the waits ended, of these calls alone: the day may be long ago."""
        found: dict[CallId, PastWait] = {}
        for start in range(0, len(calls), ASKED_AT_ONCE):
            waits = await self.journal.waits_of(calls[start : start + ASKED_AT_ONCE])
            found |= {wait.call: wait for wait in waits}
        return found

    async def _explanations(self, calls: Sequence[CallId]) -> dict[CallId, Explanation]:
        """Of the first offer of each call."""
        found: dict[CallId, Explanation] = {}
        for start in range(0, len(calls), ASKED_AT_ONCE):
            offers = await self.journal.offers_of(calls[start : start + ASKED_AT_ONCE])
            found |= {call: made[0].explanation for call, made in offers.items()}
        return found

    async def _levels(self, numbers: Iterable[str]) -> dict[str, str]:
        """The customers' levels of today, by number."""
        asked = sorted(numbers)
        found: dict[str, str] = {}
        for start in range(0, len(asked), ASKED_AT_ONCE):
            known = await self.customers.find_by_numbers(asked[start : start + ASKED_AT_ONCE])
            found |= {number: customer.record.level.value for number, customer in known.items()}
        return found


class Mean:
    """Of each call what was seen of it, and of one that got no agent the mean of the others of its queue."""

    def __init__(self, entries: Iterable[CallEntry], seen: Callable[[CallEntry], float | None]) -> None:
        self._seen = seen
        self._all: list[float] = []
        self._queues: dict[str, list[float]] = {}
        for entry in entries:
            value = seen(entry)
            if value is not None:
                self._all.append(value)
                self._queues.setdefault(_queue(entry), []).append(value)

    def of(self, entry: CallEntry) -> float:
        """What this call took, or is to be expected to."""
        seen = self._seen(entry)
        if seen is not None:
            return seen
        known = self._queues.get(_queue(entry), self._all)
        return fmean(known) if known else 0.0


def _queue(entry: CallEntry) -> QueueId:
    return entry.wanted.queue if entry.wanted is not None else QueueId("")


def _of_agents(entry: CallEntry) -> list[LegEntry]:
    """Not of experts and others outside, who have no shift: they take no calls of queues."""
    return [leg for leg in entry.legs if not is_guest(leg.agent)]


def _talked(entry: CallEntry) -> list[LegEntry]:
    return [leg for leg in _of_agents(entry) if leg.joined_at is not None and leg.ended_at is not None]


def _talk_s(entry: CallEntry) -> float | None:
    talks = [leg.ended_at - leg.joined_at for leg in _talked(entry) if leg.ended_at and leg.joined_at]
    return sum(talks, timedelta()).total_seconds() if talks else None


def _rings_s(entry: CallEntry) -> float | None:
    rings = [leg.joined_at - leg.began_at for leg in _talked(entry) if leg.joined_at]
    return max(0.0, rings[0].total_seconds()) if rings else None


def _wait(entry: CallEntry, journal: Mapping[CallId, PastWait]) -> PastWait | None:
    """How the call's waiting ended; None when it never began, or that was not kept."""
    call, wanted = entry.arrival.call, entry.wanted
    if wanted is not None and wanted.turned_away == Exit.FULL and call not in journal:
        since = wanted.since
        return PastWait(
            call=call, queue=wanted.queue, ended_at=since, waited_s=0, was_answered=False, exit=Exit.FULL
        )
    return journal.get(call)


def _request(
    entry: CallEntry,
    wait: PastWait,
    why: Explanation | None,
    rules: Mapping[QueueId, QueueRules],
    levels: Mapping[str, str],
) -> QueueRequest:
    """What the caller asked for: what the rules gave or asked for by themselves, other rules shall say."""
    level = levels.get(entry.arrival.caller_number, "")
    if why is None:
        return QueueRequest(arrival=entry.arrival, queue=wait.queue, level=level)
    always: Mapping[SkillId, int] = rules[wait.queue].needs if wait.queue in rules else {}
    return QueueRequest(
        arrival=entry.arrival,
        queue=wait.queue,
        level=level,
        boosts=tuple(boost for boost in why.boosts if boost.source is not BoostSource.LEVEL),
        sticky_agent=why.sticky_agent,
        home=why.home,
        needs={skill: asked for skill, asked in why.asked if always.get(skill, 0) < asked},
    )


def _shifts(entries: Iterable[CallEntry], profiles: Mapping[AgentId, AgentProfile]) -> Iterable[Shift]:
    """Of each agent from the first ring to the end of the last talk."""
    moments: dict[AgentId, list[datetime]] = {}
    queues: dict[AgentId, set[QueueId]] = {}
    for entry in entries:
        for leg in _of_agents(entry):
            moments.setdefault(leg.agent, []).extend((leg.began_at, leg.ended_at or leg.began_at))
            queues.setdefault(leg.agent, set()).add(_queue(entry))
    for agent, seen in sorted(moments.items()):
        served = AgentProfile(agent=agent, queues=tuple(sorted(queues[agent])))
        yield Shift(profile=profiles.get(agent, served), since=min(seen), until=max(seen))
