"""Agents' queues and wishes, and the journal of offers and waits."""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from acd.events import CallConnected, CallLeftQueue, CallOffered, HelpChanged, OfferEnded
from acd.model import (
    AgentProfile,
    AgentState,
    Branch,
    Exit,
    Explanation,
    OfferResult,
    PassedOver,
    Why,
    WrapUp,
)
from acd.ports import OfferRecord, PastWait
from acd.reserves import HelpStand
from acd.settings import AcdSettings
from acd.still_waiting import StillWaiting, Unserved
from acd.tables import read_help, write_help
from acd.waits import wait_ended
from acd.wishes import Wish
from infra.database import Database, UtcDateTime, is_of_content, metadata
from kernel.errors import DatabaseUnavailable
from kernel.events import Event
from kernel.ids import AgentId, CallId, LegId, QueueId, SkillId
from telephony.model import Boost, BoostSource, Home, HomeBy, Needs

log = structlog.get_logger(__name__)

agents = sa.Table(
    "acd_agent",
    metadata,
    sa.Column("agent", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("queues", sa.JSON, nullable=False),
    sa.Column("skills", sa.JSON, nullable=False, server_default="{}"),
    sa.Column("region", sa.String(80), nullable=False, server_default=""),
    sa.Column("wrap_up_s", sa.Float),
)
wishes = sa.Table(
    "acd_wish",
    metadata,
    sa.Column("agent", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("reason", sa.String(80), nullable=False),
    sa.Column("since", UtcDateTime),
    sa.Column("wrap_up_call", sa.String(150)),
    sa.Column("wrap_up_since", UtcDateTime),
    sa.Column("wrap_up_until", UtcDateTime),
    sa.Column("wrap_up_is_extended", sa.Boolean),
    sa.Column("missed_at", UtcDateTime),
)
offers = sa.Table(
    "acd_offer",
    metadata,
    sa.Column("leg", sa.String(200), primary_key=True),
    sa.Column("call", sa.String(150), nullable=False, index=True),
    sa.Column("queue", sa.String(80), nullable=False),
    sa.Column("agent", sa.Integer, nullable=False),
    sa.Column("offered_at", UtcDateTime, nullable=False),
    sa.Column("waited_s", sa.Float, nullable=False),
    sa.Column("is_return", sa.Boolean, nullable=False),
    sa.Column("explanation", sa.JSON, nullable=False),
    sa.Column("result", sa.String(20)),
    sa.Column("ended_at", UtcDateTime),
)
waits = sa.Table(
    "acd_wait",
    metadata,
    sa.Column("call", sa.String(150), primary_key=True),
    sa.Column("queue", sa.String(80), nullable=False),
    sa.Column("ended_at", UtcDateTime, nullable=False, index=True),
    sa.Column("waited_s", sa.Float, nullable=False),
    sa.Column("was_answered", sa.Boolean, nullable=False),
    sa.Column("met_own_agent", sa.Boolean),
    sa.Column("exit", sa.String(20)),
    sa.Column("unserved", sa.JSON(none_as_null=True)),
)

_OFFERS_OF = (
    sa.select(offers)
    .where(offers.c.call.in_(sa.bindparam("calls", expanding=True)))
    .order_by(offers.c.offered_at, offers.c.leg)
)

Rows = list[dict[str, Any]]

KEPT = frozenset({HelpChanged, CallOffered, OfferEnded, CallConnected, CallLeftQueue})
"""What somebody may ask for later."""


class AcdStore:
    """Routing's journal in the database, written behind the decisions."""

    def __init__(self, database: Database, settings: AcdSettings) -> None:
        self._database = database
        self._settings = settings
        self._events: list[Event] = []
        self._wishes: dict[AgentId, Wish] = {}
        self._one_at_a_time = asyncio.Lock()
        """Who has all written waits for what is being written; and what is older is not written later."""
        self.lost = 0
        """Entries given up: the database was away for too long, or will never take them."""

    def note(self, event: Event) -> None:
        """Takes a published event; the kinds that nobody asks for later are ignored."""
        if type(event) in KEPT:
            self._events.append(event)
            if len(self._events) > self._settings.journal_max:
                self._limit()

    def remember(self, wish: Wish) -> None:
        """Keeps what an agent wants to be."""
        self._wishes[wish.agent] = wish

    async def keep(self) -> None:
        """Writes what was noted, again and again, until cancelled; then once more."""
        try:
            while True:
                await asyncio.sleep(self._settings.journal_flush_s)
                await self.settle()
        finally:
            await self.settle()

    async def flush(self) -> None:
        """Writes everything noted so far; what could not be written stays for the next time."""
        async with self._one_at_a_time:
            events, remembered = self._events, self._wishes
            if not events and not remembered:
                return
            self._events, self._wishes = [], {}
            try:
                await self._save(events, list(remembered.values()))
            except BaseException:
                self._events = events + self._events
                self._wishes = remembered | self._wishes
                raise

    async def _save(self, events: list[Event], remembered: list[Wish]) -> None:
        """Writes all in one transaction; where one entry can never be written, all others by themselves."""
        try:
            await self._write(events, remembered)
        except Exception as error:
            if not is_of_content(error):
                raise
            if len(events) + len(remembered) == 1:
                self.lost += 1
                kind = type((events or remembered)[0]).__name__
                log.exception("journal entry refused by the database", kind=kind, lost=self.lost)
                return
            for event in events:
                await self._save([event], [])
            for wish in remembered:
                await self._save([], [wish])

    async def _write(self, events: list[Event], remembered: list[Wish]) -> None:
        async with self._database.transaction() as connection:
            await _write_offers(connection, events)
            await _write_waits(connection, events)
            await write_help(connection, events)
            await _write_wishes(connection, remembered)

    async def settle(self) -> None:
        """See `Journal.settle`."""
        try:
            await self.flush()
        except (SQLAlchemyError, DatabaseUnavailable):
            log.exception("journal not written, trying again", entries=len(self._events))

    def _limit(self) -> None:
        surplus = len(self._events) - self._settings.journal_max
        self.lost += surplus
        del self._events[:surplus]
        log.error("journal full, oldest entries lost", lost=self.lost)

    async def profiles(self) -> Sequence[AgentProfile]:
        """All agents with their queues and skills."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(sa.select(agents).order_by(agents.c.agent))).mappings()
            return [
                AgentProfile(
                    agent=AgentId(row["agent"]),
                    queues=tuple(QueueId(queue) for queue in row["queues"]),
                    skills={SkillId(skill): level for skill, level in row["skills"].items()},
                    region=row["region"],
                    wrap_up_s=row["wrap_up_s"],
                )
                for row in rows
            ]

    async def save_profile(self, profile: AgentProfile) -> None:
        """Keeps whom an agent may serve."""
        values = {
            "agent": profile.agent,
            "queues": list(profile.queues),
            "skills": dict(profile.skills),
            "region": profile.region,
            "wrap_up_s": profile.wrap_up_s,
        }
        async with self._database.transaction() as connection:
            await connection.execute(sa.delete(agents).where(agents.c.agent == profile.agent))
            await connection.execute(sa.insert(agents).values(values))

    async def wishes(self) -> Sequence[Wish]:
        """What the agents last wanted to be."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(sa.select(wishes))).mappings()
            return [_wish(row) for row in rows]

    async def help(self) -> Sequence[HelpStand]:
        """How it last stood with the queues' reserves; quiet ones are left out."""
        async with self._database.reading() as connection:
            return await read_help(connection)

    async def waits_since(self, moment: datetime) -> Sequence[PastWait]:
        """The waits that ended since."""
        query = sa.select(waits).where(waits.c.ended_at >= moment)
        async with self._database.reading() as connection:
            rows = (await connection.execute(query)).mappings()
            return [_wait(row) for row in rows]

    async def wait_of(self, call: CallId) -> PastWait | None:
        """How this call's wait ended; nothing while it lasts, and for a call that never waited."""
        async with self._database.reading() as connection:
            row = (await connection.execute(sa.select(waits).where(waits.c.call == call))).mappings().first()
            return _wait(row) if row else None

    async def waits_of(self, calls: Collection[CallId]) -> Sequence[PastWait]:
        """How these calls' waits ended; no more of them than a statement takes."""
        query = sa.select(waits).where(waits.c.call.in_(list(calls)))
        async with self._database.reading() as connection:
            return [_wait(row) for row in (await connection.execute(query)).mappings()]

    async def offers_of(self, calls: Collection[CallId]) -> Mapping[CallId, Sequence[OfferRecord]]:
        """All written offers of these calls, each call's oldest first; calls without any are left out."""
        found: dict[CallId, list[OfferRecord]] = {}
        async with self._database.reading() as connection:
            for row in (await connection.execute(_OFFERS_OF, {"calls": list(calls)})).mappings():
                found.setdefault(CallId(row["call"]), []).append(_offer(row))
        return found


_END_OF_OFFER = sa.update(offers).where(offers.c.leg == sa.bindparam("its_leg"))


async def _write_offers(connection: AsyncConnection, events: list[Event]) -> None:
    made = {event.leg: _offer_row(event) for event in events if isinstance(event, CallOffered)}
    ended: Rows = [
        {"its_leg": event.leg, "result": event.result.value, "ended_at": event.at}
        for event in events
        if isinstance(event, OfferEnded)
    ]
    if made:
        # An entry that is there already must not keep all later ones from being written.
        await connection.execute(sa.delete(offers).where(offers.c.leg.in_(list(made))))
        await connection.execute(sa.insert(offers), list(made.values()))
    if ended:
        await connection.execute(_END_OF_OFFER, ended)
    told = {row["its_leg"] for row in ended}
    unseen: Rows = [
        {"its_leg": event.leg, "result": OfferResult.ANSWERED.value, "ended_at": event.at}
        for event in events
        if isinstance(event, CallConnected) and event.leg not in told
    ]
    if unseen:
        # Answered while no server was there to see it: the next one finds them talking.
        await connection.execute(_END_OF_OFFER.where(offers.c.result.is_(None)), unseen)


async def _write_waits(connection: AsyncConnection, events: list[Event]) -> None:
    """A call's wait ends once. After a restart it may be told again: the last word stays."""
    found = [wait for event in events if (wait := wait_ended(event)) is not None]
    ended = {wait.call: asdict(wait) for wait in found}
    if ended:
        await connection.execute(sa.delete(waits).where(waits.c.call.in_(list(ended))))
        await connection.execute(sa.insert(waits), list(ended.values()))


async def _write_wishes(connection: AsyncConnection, remembered: list[Wish]) -> None:
    if remembered:
        theirs = wishes.c.agent.in_([wish.agent for wish in remembered])
        await connection.execute(sa.delete(wishes).where(theirs))
        await connection.execute(sa.insert(wishes), [_wish_row(wish) for wish in remembered])


def _wish_row(wish: Wish) -> dict[str, Any]:
    values = asdict(wish)
    wrap_up = values.pop("wrap_up") or dict.fromkeys(field.name for field in fields(WrapUp))
    return values | {f"wrap_up_{name}": value for name, value in wrap_up.items()}


def _wish(row: sa.RowMapping) -> Wish:
    wrap_up = {field.name: row[f"wrap_up_{field.name}"] for field in fields(WrapUp)}
    return Wish(
        agent=AgentId(row["agent"]),
        state=AgentState(row["state"]),
        reason=row["reason"],
        since=row["since"],
        wrap_up=WrapUp(**wrap_up) if wrap_up["call"] is not None else None,
        missed_at=row["missed_at"],
    )


def _offer_row(event: CallOffered) -> dict[str, Any]:
    return {
        "leg": event.leg,
        "call": event.call,
        "queue": event.queue,
        "agent": event.agent,
        "offered_at": event.at,
        "waited_s": event.waited_s,
        "is_return": event.is_return,
        "explanation": asdict(event.explanation),
    }


def _wait(row: sa.RowMapping) -> PastWait:
    exit_, unserved = row["exit"], row["unserved"]
    return PastWait(
        **{
            **row,
            "exit": Exit(exit_) if exit_ else None,
            "unserved": _unserved(unserved) if unserved else None,
        }
    )


def _unserved(found: Mapping[str, Any]) -> Unserved:
    return Unserved(
        **{
            **found,
            "why": StillWaiting(found["why"]),
            "boosts": _boosts(found["boosts"]),
            "asked": _needs(found["asked"]),
            "needs": _needs(found["needs"]),
            "reached": tuple(map(QueueId, found["reached"])),
            "passed_over": _passed_over(found["passed_over"]),
        }
    )


def _needs(found: Iterable[tuple[str, int]]) -> Needs:
    return tuple((SkillId(skill), level) for skill, level in found)


def _boosts(found: Iterable[Sequence[Any]]) -> tuple[Boost, ...]:
    return tuple(Boost(BoostSource(source), seconds) for source, seconds in found)


def _passed_over(found: Iterable[Mapping[str, Any]]) -> tuple[PassedOver, ...]:
    return tuple(PassedOver(**entry) for entry in found)


def _offer(row: sa.RowMapping) -> OfferRecord:
    explained = dict(row["explanation"])
    explained["why"] = Why(explained["why"])
    explained["passed_over"] = _passed_over(explained["passed_over"])
    for kind in ("asked", "needs"):  # kept by servers of today, not by those of before skills
        explained[kind] = _needs(explained.get(kind, ()))
    explained["boosts"] = _boosts(explained.get("boosts", ()))
    region, by = explained.get("home", ("", None))
    explained["home"] = Home(region, HomeBy(by) if by else None)
    explained["branch"] = Branch(explained["branch"]) if explained.get("branch") else None
    explained["reached"] = tuple(map(QueueId, explained.get("reached", ())))
    return OfferRecord(
        leg=LegId(row["leg"]),
        call=CallId(row["call"]),
        queue=QueueId(row["queue"]),
        agent=AgentId(row["agent"]),
        offered_at=row["offered_at"],
        waited_s=row["waited_s"],
        is_return=row["is_return"],
        explanation=Explanation(**explained),
        result=OfferResult(row["result"]) if row["result"] else None,
        ended_at=row["ended_at"],
    )
