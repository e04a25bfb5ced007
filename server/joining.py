"""Joins what one slice needs to what others offer: small adapters, no decisions."""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import structlog

from acd import model as acd
from acd.service import Routing
from agent_ui.callers import CallerCard, CallSoFar
from agent_ui.calls import CallBook, Calls
from agent_ui.wall import Colleague
from customers.home import Homes
from customers.listing import reasons
from customers.listing_service import CallerLists
from customers.model import Customer
from customers.service import Customers, Histories
from ivr.current_site import CurrentSite
from ivr.nodes import QueueExit
from ivr.ports import AfterTalk, KnownCaller, QueueRequest, WaitOutlook
from kernel.access import Role
from kernel.briefs import CallBrief, CustomerBrief, TicketBrief, Words
from kernel.clock import Clock
from kernel.ids import AgentId, CallId, CustomerId, QueueId, StaffId
from server.calling_back import place_request
from speech.errors import NoModel
from speech.port import Recogniser
from staff.service import Accounts
from telephony.in_vain import lost_waits
from telephony.ledger_rules import CallEntry
from telephony.model import NOWHERE, Acquaintance, Arrival, Home, Talk
from tickets.model import Ticket, TicketFilter
from tickets.store import TicketStore

log = structlog.get_logger(__name__)

EXITS: Mapping[acd.Exit, QueueExit] = {
    acd.Exit.FULL: "full",
    acd.Exit.CLOSED: "closed",
    acd.Exit.TIMEOUT: "timeout",
}
"""How queues send callers away; who goes by a key of their own is told nothing."""

STAFF_KEPT_S = 5.0
"""How old a colleague's name may be on the wallboard."""


@dataclass
class Directory:
    """Who and what ids stand for; people are read again every few seconds at most."""

    accounts: Accounts
    routing: Routing
    clock: Clock
    customers: Customers
    _colleagues: Mapping[AgentId, Colleague] = field(default_factory=dict)
    _read_at: float = -STAFF_KEPT_S

    async def colleagues(self) -> Mapping[AgentId, Colleague]:
        """Everybody by id."""
        now = self.clock.monotonic()
        if now - self._read_at >= STAFF_KEPT_S:
            self._colleagues = {
                AgentId(account.id): Colleague(
                    name=account.profile.display_name, number=account.profile.number
                )
                for account in await self.accounts.all()
            }
            self._read_at = now
        return self._colleagues

    async def supervisors(self) -> Collection[StaffId]:
        """Everybody who may sign in as a supervisor."""
        return {
            account.id
            for account in await self.accounts.all()
            if account.profile.is_active and account.principal.has(Role.SUPERVISOR)
        }

    async def agents(self) -> Mapping[StaffId, datetime | None]:
        """Everybody who may sign in as an agent, and when they were last signed out everywhere."""
        return {
            account.id: account.sessions_ended_at
            for account in await self.accounts.all()
            if account.profile.is_active and account.principal.has(Role.AGENT)
        }

    def queue_name(self, queue: QueueId) -> Words:
        """A queue's name; its key when it is gone."""
        rules = self.routing.rules_of(queue)
        return Words(zh=rules.name_zh, en=rules.name_en) if rules else Words(zh=queue, en=queue)

    def spelled(self, number: str) -> str:
        """A number in the one spelling in which calls are kept."""
        return self.customers.spelled(number)

    async def numbers_of_customers(self, numbers: Collection[str]) -> Mapping[str, tuple[str, ...]]:
        """By each of these numbers all of the customer whose it is; strangers' are left out."""
        found = await self.customers.find_by_numbers(numbers) if numbers else {}
        return {number: customer.record.numbers for number, customer in found.items()}

    async def customers_of(self, numbers: Collection[str]) -> Mapping[str, CustomerBrief]:
        """The customers with these numbers; strangers' numbers are left out."""
        found = await self.customers.find_by_numbers(numbers) if numbers else {}
        return {number: _brief(customer) for number, customer in found.items()}


def _brief(customer: Customer) -> CustomerBrief:
    return CustomerBrief(id=customer.id, name=customer.record.name, level=customer.record.level)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteFlows:
    """The flows of the site's files, as agents send callers to them."""

    site: CurrentSite

    async def flows(self) -> Mapping[str, Sequence[str]]:
        """Their nodes by their names."""
        return {name: tuple(flow.nodes) for name, flow in (await self.site.read()).flows.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketHistory:
    """Tickets as customers' records need them."""

    store: TicketStore
    directory: Directory

    async def tickets_of(self, customer: CustomerId, *, only_open: bool, limit: int) -> Sequence[TicketBrief]:
        """The customer's tickets, the last changed first."""
        wanted = TicketFilter(customer=customer, only_open=only_open, sort="-updated_at", limit=limit)
        found, _ = await self.store.find(wanted)
        colleagues = await self.directory.colleagues()
        return [_ticket(ticket, colleagues) for ticket in found]

    async def holders_of_open(self, customer: CustomerId, *, limit: int) -> Sequence[StaffId]:
        """Who holds the customer's open tickets, the last changed first."""
        wanted = TicketFilter(customer=customer, only_open=True, sort="-updated_at", limit=limit)
        found, _ = await self.store.find(wanted)
        owners = (ticket.matter.owner for ticket in found)
        return list(dict.fromkeys(owner for owner in owners if owner is not None))


def _ticket(ticket: Ticket, colleagues: Mapping[AgentId, Colleague]) -> TicketBrief:
    matter = ticket.matter
    owner = colleagues.get(AgentId(matter.owner)) if matter.owner is not None else None
    return TicketBrief(
        id=ticket.id,
        number=ticket.number,
        type=matter.type,
        priority=matter.priority,
        state=matter.state,
        title=matter.title,
        owner=owner.name if owner else None,
        created_at=ticket.created_at,
        updated_at=ticket.updated_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPeople:
    """Customers and colleagues as tickets show them."""

    customer_records: Customers
    directory: Directory
    accounts: Accounts

    async def customers(self, wanted: Iterable[CustomerId]) -> Mapping[CustomerId, CustomerBrief]:
        """Those of the customers that exist."""
        found = await self.customer_records.get_many(wanted)
        return {customer.id: _brief(customer) for customer in found.values()}

    async def who_calls(self, call: CallId, number: str) -> CustomerId | None:
        """The customer who called: who they have said to be in the call, else whose number it is."""
        who = await self.customer_records.recognise(call, number)
        return who.customer.id if who else None

    async def names(self, wanted: Iterable[StaffId]) -> Mapping[StaffId, str]:
        """The names of those that exist, as colleagues call them."""
        colleagues = await self.directory.colleagues()
        return {staff: colleagues[AgentId(staff)].name for staff in wanted if AgentId(staff) in colleagues}

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        """Adds to the trail of who did what."""
        await self.accounts.note(staff, action, subject)


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTranscriber:
    """The recogniser as messages need it: where no model is set, there is no transcript."""

    recogniser: Recogniser

    async def transcribe(self, path: Path, language: str) -> str | None:
        """The words of a recording; None when there is no recogniser for the language."""
        try:
            return (await self.recogniser.transcribe(path, language)).text
        except NoModel:
            return None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerHistory:
    """The ledger as customers' records need it."""

    calls: Calls

    async def last_calls(self, numbers: Sequence[str], *, limit: int) -> Sequence[CallBrief]:
        """The newest calls from any of the numbers, newest first."""
        return await self.calls.of_numbers(numbers, limit=limit)


def _talks(entry: CallEntry) -> tuple[Talk, ...]:
    """One that nobody saw end is taken to have been long."""
    return tuple(
        Talk(
            agent=leg.agent,
            at=leg.joined_at,
            talked_s=(leg.ended_at - leg.joined_at).total_seconds() if leg.ended_at else math.inf,
            is_outgoing=entry.is_outgoing,
        )
        for leg in entry.legs
        if leg.joined_at
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownCallers:
    """Customers as a caller's line needs them."""

    customers: Customers
    tickets: TicketHistory
    book: CallBook
    homes: Homes
    recent: Callable[[Sequence[str]], Sequence[CallEntry]]
    """The calls of some numbers that go on or have just ended, which the book may not hold yet."""

    async def find_caller(self, came: Arrival) -> KnownCaller | None:
        """The customer who calls, or a stranger who has called before."""
        who = await self.customers.recognise(came.call, came.caller_number)
        if who is None and not came.caller_number:
            return None
        found = who.customer if who else None
        # Of whom nothing proves who they are, only what is their own is told: they could hear of it.
        is_sure = who is not None and who.is_sure
        numbers = found.record.numbers if found and is_sure else (came.caller_number,)
        calls = await self._calls_of([number for number in numbers if number])
        talks = tuple(talks for entry in calls if (talks := _talks(entry)))
        waited = lost_waits(calls, came)
        home = await self._home(found, came.caller_number)
        chosen = await self.customers.chosen_language(came.caller_number)
        if found is None:
            acquaintance = Acquaintance(calls=talks)
            known = KnownCaller(known=acquaintance, lost_waits=waited, home=home, language=chosen)
            return known if talks or waited or home.region or chosen else None
        holders = await self.tickets.holders_of_open(found.id, limit=self.customers.settings.tickets_max)
        return KnownCaller(
            name=found.record.name if is_sure else "",
            level=found.record.level,
            language=chosen or found.record.language,
            known=Acquaintance(calls=talks, ticket_agents=tuple(map(AgentId, holders))),
            lost_waits=waited,
            home=home,
            numbers=tuple(found.record.numbers) if is_sure else (),
        )

    async def keep_language(self, came: Arrival, language: str) -> None:
        """Who calls from this number is spoken to so from now on; who withholds it is not known again."""
        await self.customers.keep_language(came.caller_number, language)

    async def _home(self, found: Customer | None, number: str) -> Home:
        """Where the caller is at home; whatever is wrong with that costs the caller nothing else."""
        try:
            return await self.homes.of(found.record.region if found else "", number)
        except Exception:
            log.exception("the caller's region was not found")
            return NOWHERE

    async def _calls_of(self, numbers: Sequence[str]) -> Sequence[CallEntry]:
        """Each once, as it is known last; the newest first."""
        entries = {entry.arrival.call: entry for entry in await self.book.of_numbers(numbers)}
        entries |= {entry.arrival.call: entry for entry in self.recent(numbers)}
        return sorted(
            entries.values(), key=lambda entry: (entry.arrival.at, entry.arrival.call), reverse=True
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineQueueing:
    """Routing as a caller's line needs it."""

    routing: Routing

    async def enter(self, request: QueueRequest) -> QueueExit | None:
        """Puts a call in its queue; harmless when it is there."""
        refused = await self.routing.enter(place_request(request))
        return EXITS[refused] if refused else None

    async def leave(self, call: CallId) -> bool:
        """Takes a caller out who chose something else; False: they don't wait any more."""
        return await self.routing.leave(call)

    async def sent_away(self, call: CallId) -> QueueExit:
        """Waits until the queue sends the call away."""
        return EXITS[await self.routing.sent_away(call)]

    def outlook(self, call: CallId) -> WaitOutlook | None:
        """What the caller may be told; None where the queue tells nothing, or the call does not wait."""
        found = self.routing.outlooks.of(call)
        if found is None:
            return None
        return WaitOutlook(
            first_s=found.announcing.first_s,
            every_s=found.announcing.every_s,
            position=found.position,
            expected_s=found.expected_s,
            comfort=tuple({"zh": words.zh, "en": words.en} for words in found.announcing.comfort),
        )

    async def after_talk(self, call: CallId) -> AfterTalk:
        """What becomes of a caller whose agent's leg is gone."""
        return await self.routing.after_talk(call)


@dataclass(frozen=True, slots=True, kw_only=True)
class PopLookup:
    """Who calls, as the screen-pop shows it."""

    customers: Customers
    lists: CallerLists
    histories: Histories
    calls: Calls
    last_calls_shown: int
    open_tickets_shown: int

    async def recall(self, call: CallId) -> CallSoFar:
        """What an earlier server knew of a call that goes on, or is over."""
        return await self.calls.so_far(call)

    async def look_up(self, call: CallId, number: str) -> CallerCard:
        """Customer, earlier calls and open tickets of who calls; a stranger has only calls."""
        warnings = reasons((await self.lists.of(number)).warnings)
        who = await self.customers.recognise(call, number)
        if who is None and not number:
            return CallerCard(warnings=warnings)
        found = who.customer if who else None
        # One more than is shown, because the call itself is among them.
        numbers = found.record.numbers if found else (number,)
        calls = await self.calls.of_numbers(numbers, limit=self.last_calls_shown + 1)
        if found is None:
            return CallerCard(last_calls=tuple(calls), warnings=warnings)
        history = await self.histories.of(found.id, only_open=True)
        tickets = tuple(history.tickets[: self.open_tickets_shown])
        return CallerCard(
            customer=_brief(found),
            known_by=who.by.value if who else None,
            last_calls=tuple(calls),
            open_tickets=tickets,
            warnings=warnings,
        )
