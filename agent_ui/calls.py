"""Calls as people look at them: lists, one call with its story, hanging up.

An agent sees the calls they had a part in; a supervisor sees all. What is shown is put together
here from the ledger, from routing's reasons, and from who is who.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from pydantic import BaseModel, Field

from acd.ports import OfferRecord, PastWait
from agent_ui.callers import CallSoFar
from agent_ui.leg_views import LegView, leg_view
from agent_ui.offer_views import LeftView, OfferView, left_view, offer_view
from agent_ui.reasons import why_view
from agent_ui.recordings import Recordings
from agent_ui.sendings import SendingView, last_sending, sending_views
from agent_ui.trail import Trail, noted
from agent_ui.views import WhyYou
from agent_ui.wall import Colleague
from infra.web import Context, Moment, Reply, Route
from kernel.access import Principal, Role
from kernel.briefs import CallBrief, CustomerBrief, RatingBrief, Words
from kernel.errors import NotFound
from kernel.ids import AgentId, CallId, QueueId
from telephony.ledger_rules import CallEntry, LegEntry

LISTED_MAX = 100


class CallBook(Protocol):
    """The ledger as it is read."""

    async def find(self, call: CallId) -> CallEntry | None:
        """One call."""
        ...

    async def newest(
        self,
        *,
        agent: AgentId | None = None,
        number: str | None = None,
        before: datetime | None = None,
        limit: int = 50,
    ) -> list[CallEntry]:
        """Calls, the newest first."""
        ...

    async def of_numbers(self, numbers: Sequence[str], *, limit: int = 20) -> list[CallEntry]:
        """Calls from any of these numbers, the newest first."""
        ...


class CallRouting(Protocol):
    """Routing as calls need it."""

    async def explanation_of(self, call: CallId) -> Sequence[OfferRecord]:
        """Every offer of a call with its reason, oldest first; also those of a moment ago."""
        ...

    async def wait_of(self, call: CallId) -> PastWait | None:
        """How a call's wait ended; nothing while it lasts, and for a call that never waited."""
        ...

    async def offers_of(self, calls: Collection[CallId]) -> Mapping[CallId, Sequence[OfferRecord]]:
        """The offers of many calls at once, each call's oldest first."""
        ...

    def agent_of(self, call: CallId) -> AgentId | None:
        """Who talks, or talked last, with the caller of a running call."""
        ...

    async def hang_up(self, call: CallId, by: AgentId | None = None) -> None:
        """Ends a call on purpose; `by` an agent only if it is that agent's own."""
        ...


class Names(Protocol):
    """Who and what the ids of a call stand for."""

    async def colleagues(self) -> Mapping[AgentId, Colleague]:
        """Everybody by id."""
        ...

    def queue_name(self, queue: QueueId) -> Words:
        """A queue's name; its key when it is gone."""
        ...

    def spelled(self, number: str) -> str:
        """A number in the one spelling in which calls are kept."""
        ...

    async def customers_of(self, numbers: Collection[str]) -> Mapping[str, CustomerBrief]:
        """The customers with these numbers; strangers' numbers are left out."""
        ...


class CallRatings(Protocol):
    """How callers rated."""

    async def of_calls(self, calls: Collection[CallId]) -> Mapping[CallId, RatingBrief]:
        """Those of the calls that were rated."""
        ...


class CallQuery(BaseModel):
    """Which calls."""

    mine: bool = False
    number: str | None = Field(default=None, max_length=40)
    before: Moment | None = None
    limit: int = Field(default=50, ge=1, le=LISTED_MAX)


class CallList(BaseModel):
    """Calls, the newest first."""

    items: list[CallBrief]
    total: int
    """How many are in this list."""


class CallView(CallBrief):
    """A call with its story."""

    dialled: str
    ended_at: datetime | None
    waited_s: float | None
    """Until an agent was there, or the caller gave up; nothing while it lasts, or without any."""
    said_in_menu: tuple[Words, ...]
    why: WhyYou | None
    """Why the agent who answered got it; of the last one asked when nobody did."""
    offers: list[OfferView]
    """Every time an agent was asked, with the whole reason, the first at the top."""
    left: LeftView | None
    """Why nobody had served a caller who left the queue."""
    legs: list[LegView]
    transfers: list[SendingView]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """What a list of calls needs to know besides the ledger, found out once for all of them."""

    offers: Mapping[CallId, Sequence[OfferRecord]]
    colleagues: Mapping[AgentId, Colleague]
    customers: Mapping[str, CustomerBrief]
    recorded: frozenset[CallId]
    ratings: Mapping[CallId, RatingBrief]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """Puts calls together as they are shown."""

    book: CallBook
    running: Callable[[CallId], CallEntry | None]
    """Finds calls of the last moments, which the book does not hold yet."""
    routing: CallRouting
    names: Names
    trail: Trail
    recordings: Recordings
    ratings: CallRatings
    agents_hear_own: bool = True
    """Whether agents may hear, and read, the calls in which they have talked."""

    async def listed(self, user: Principal, query: CallQuery) -> list[CallBrief]:
        """The calls that this person may see."""
        is_all = user.has(Role.SUPERVISOR) and not query.mine
        entries = await self.book.newest(
            agent=None if is_all else AgentId(user.staff_id),
            number=self.names.spelled(query.number) if query.number else None,
            before=query.before,
            limit=query.limit,
        )
        return await self.briefs(entries)

    async def of_numbers(self, numbers: Sequence[str], *, limit: int) -> list[CallBrief]:
        """A customer's calls, for whoever may see the customer."""
        return await self.briefs(await self.book.of_numbers(numbers, limit=limit))

    async def calls(self, wanted: Sequence[CallId]) -> Sequence[CallBrief]:
        """A ticket's calls, the newest first, for whoever may see the ticket."""
        found = [entry for call in wanted if (entry := await self._find(call))]
        found.sort(key=lambda entry: entry.arrival.at, reverse=True)
        return await self.briefs(found)

    async def may_see(self, user: Principal, call: CallId) -> bool:
        """Whether there is such a call, and it is this person's to see."""
        entry = await self._find(call)
        return entry is not None and _may_see(user, entry)

    async def one(self, user: Principal, call: CallId) -> CallView:
        """One call with its story."""
        entry = await self._entry(user, call)
        offers = await self.routing.explanation_of(call)
        brief = (await self._briefs([entry], {call: offers}))[0]
        offer, wait = _decisive(entry, offers), await self.routing.wait_of(call)
        colleagues = await self.names.colleagues()
        return CallView(
            **brief.model_dump(),
            dialled=entry.arrival.dialled,
            ended_at=entry.ended_at,
            waited_s=round(wait.waited_s, 1) if wait else None,
            said_in_menu=entry.said_in_menu,
            why=why_view(offer.explanation) if offer else None,
            offers=[offer_view(one, colleagues) for one in offers],
            left=left_view(wait, colleagues, self.names.queue_name),
            legs=[leg_view(leg, colleagues) for leg in entry.legs],
            transfers=sending_views(entry, colleagues, self.names),
        )

    async def so_far(self, call: CallId) -> CallSoFar:
        """What an earlier server knew of a call."""
        offers = (await self.routing.offers_of([call])).get(call, ())
        entry = await self._find(call)
        return CallSoFar(
            arrival=entry.arrival if entry else None,
            said_in_menu=entry.said_in_menu if entry else (),
            # The latest counts, as an agent may be asked again for a call they missed.
            offers={offer.agent: offer for offer in offers if not offer.is_return},
            sent_on=last_sending(entry.transfers, await self.names.colleagues()) if entry else None,
        )

    async def hang_up(self, user: Principal, call: CallId) -> None:
        """Ends a call: one's own, or any as a supervisor."""
        agent = AgentId(user.staff_id)
        # A supervisor who serves callers too ends their own call as its agent, and the ledger says so.
        is_own = self.routing.agent_of(call) == agent
        if is_own or not user.has(Role.SUPERVISOR):
            await self.routing.hang_up(call, agent)
            return
        async with noted(self.trail, user.staff_id, "call_ended", call):
            await self.routing.hang_up(call, None)

    async def conversation(self, user: Principal, call: CallId) -> CallEntry:
        """A call that this person may hear; raises `NotFound` otherwise."""
        entry = await self._entry(user, call)
        # Whose phone only rang may see the call, but not hear what a colleague said in it.
        has_talked = any(leg.agent == AgentId(user.staff_id) and leg.joined_at for leg in entry.legs)
        if not ((has_talked and self.agents_hear_own) or user.has(Role.SUPERVISOR)):
            raise NotFound("there is no recording")
        return entry

    async def briefs(self, entries: Sequence[CallEntry]) -> list[CallBrief]:
        """Calls as lists show them."""
        if not entries:
            return []
        offers = await self.routing.offers_of([entry.arrival.call for entry in entries])
        return await self._briefs(entries, offers)

    async def _briefs(
        self, entries: Sequence[CallEntry], offers: Mapping[CallId, Sequence[OfferRecord]]
    ) -> list[CallBrief]:
        # The file begins when a leg takes the caller, who may be gone before they talk.
        talked = [entry.arrival for entry in entries if _last_talk(entry) is not None]
        known = _Known(
            offers=offers,
            colleagues=await self.names.colleagues(),
            customers=await self.names.customers_of(
                {entry.arrival.caller_number for entry in entries} - {""}
            ),
            recorded=await self.recordings.of_calls(talked),
            ratings=await self.ratings.of_calls([arrival.call for arrival in talked]),
        )
        return [self._brief(entry, known) for entry in entries]

    def _brief(self, entry: CallEntry, known: _Known) -> CallBrief:
        arrival = entry.arrival
        talk = _last_talk(entry)
        if talk is None and entry.is_outgoing and entry.legs:
            talk = entry.legs[0]
        colleague = known.colleagues.get(talk.agent) if talk is not None else None
        offer = _decisive(entry, known.offers.get(arrival.call, ()))
        return CallBrief(
            call_id=arrival.call,
            at=arrival.at,
            queue_name=self.names.queue_name(offer.queue) if offer else None,
            agent_name=(talk.outside if talk else "") or (colleague.name if colleague else None),
            outcome=entry.outcome,
            direction="out" if entry.is_outgoing else "in",
            talked_s=_talked_s(entry),
            number_shown=arrival.caller_number,
            caller_name=arrival.caller_name,
            customer=known.customers.get(arrival.caller_number),
            has_recording=arrival.call in known.recorded,
            rating=known.ratings.get(arrival.call),
        )

    async def _entry(self, user: Principal, call: CallId) -> CallEntry:
        entry = await self._find(call)
        if entry is None or not _may_see(user, entry):
            raise NotFound("there is no such call, or it is not yours to see")
        return entry

    async def _find(self, call: CallId) -> CallEntry | None:
        return self.running(call) or await self.book.find(call)


def _may_see(user: Principal, entry: CallEntry) -> bool:
    return user.has(Role.SUPERVISOR) or any(leg.agent == AgentId(user.staff_id) for leg in entry.legs)


def _last_talk(entry: CallEntry) -> LegEntry | None:
    """Of whoever talked last with the caller."""
    return next((leg for leg in reversed(entry.legs) if leg.joined_at), None)


def _decisive(entry: CallEntry, offers: Sequence[OfferRecord]) -> OfferRecord | None:
    """The offer that led to the conversation, without returns to one's own call; else the last one."""
    joined = {leg.leg for leg in entry.legs if leg.joined_at}
    first_asked = [offer for offer in offers if not offer.is_return]
    return next((offer for offer in first_asked if offer.leg in joined), None) or (
        first_asked[-1] if first_asked else None
    )


def _talked_s(entry: CallEntry) -> float | None:
    talks = [
        (leg.ended_at - leg.joined_at).total_seconds() for leg in entry.legs if leg.joined_at and leg.ended_at
    ]
    return round(sum(talks), 1) if talks else None


def call_routes(calls: Calls) -> list[Route]:
    """Lists, one call, hanging up."""

    async def listed(context: Context[None, CallQuery]) -> Reply:
        items = await calls.listed(context.user, context.query)
        return CallList(items=items, total=len(items))

    async def one(context: Context[None, None]) -> Reply:
        return await calls.one(context.user, CallId(context.path["call_id"]))

    async def hang_up(context: Context[None, None]) -> Reply:
        await calls.hang_up(context.user, CallId(context.path["call_id"]))
        return None

    path = "/api/calls/{call_id}"
    return [
        Route(
            method="GET",
            path="/api/calls",
            handler=listed,
            summary="Calls, the newest first: an agent's own, or all for supervisors",
            query=CallQuery,
            response=CallList,
        ),
        Route(method="GET", path=path, handler=one, summary="One call with its story", response=CallView),
        Route(method="POST", path=f"{path}/hang-up", handler=hang_up, summary="End a call on purpose"),
    ]
