"""Tickets: made, changed, found, and shown with names."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from kernel.access import Principal, Role
from kernel.briefs import CallBrief, CustomerBrief
from kernel.clock import Clock
from kernel.ids import CallId, CustomerId, StaffId, TicketId
from kernel.text import harmless
from tickets.engine import DEFAULT_PRIORITY, change, check_by_hand
from tickets.errors import NoVoicemail, StaleVersion, UnknownCall, UnknownPerson
from tickets.merging import merge
from tickets.model import (
    Details,
    HistoryLine,
    Matter,
    Priority,
    State,
    Ticket,
    TicketFilter,
    TicketType,
)
from tickets.ports import CallLookup, CustomerNames, StaffNames
from tickets.reading.book import Reader
from tickets.reading.model import Finding
from tickets.settings import TicketSettings
from tickets.store import NewTicket, TicketStore

T = TypeVar("T")
TITLE_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The parts that tickets show names of."""

    customers: CustomerNames
    staff: StaffNames
    calls: CallLookup


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A ticket with the names of the people in it."""

    ticket: Ticket
    customer: CustomerBrief | None
    owner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A ticket with all that a page shows of it."""

    named: Named
    details: Details
    calls: Sequence[CallBrief]
    history: Sequence[tuple[HistoryLine, str | None]]
    """Each line with the name of who did it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a person says about a new ticket."""

    type: TicketType
    title: str
    description: str = ""
    priority: Priority | None = None
    customer: CustomerId | None = None
    call: CallId | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Those of `FACTS` that are known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A ticket that a caller leaves in a voice menu."""

    key: str
    """Of the place in the call: what is left again by it is the same ticket."""
    call: CallId
    caller_number: str
    type: TicketType
    title: str
    description: str = ""
    priority: Priority | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tickets:
    """The tickets of a site."""

    store: TicketStore
    near: Neighbours
    clock: Clock
    settings: TicketSettings
    recordings: Path
    """The folder of recordings."""
    reader: Reader

    async def create(self, draft: Draft, by: Principal) -> Ticket:
        """A new ticket: an agent's own work at once, else for somebody to be given to."""
        is_own = Role.AGENT in by.roles
        matter = Matter(
            type=draft.type,
            priority=draft.priority or DEFAULT_PRIORITY[draft.type],
            state=State.PROCESSING if is_own else State.PENDING_ASSIGNMENT,
            title=draft.title,
            description=draft.description,
            customer=draft.customer,
            owner=by.staff_id if is_own else None,
            **draft.facts,
        )
        await self._check_people(matter)
        await self._check_call(draft.call, by)
        number = await self.next_number()
        new = NewTicket(number=number, matter=matter, by=by.staff_id, at=self.clock.now(), call=draft.call)
        return await self.store.create(new)

    async def leave(self, left: Left) -> str:
        """A ticket from a voice menu, for somebody to be given to; returns its number. Made once."""
        if known := await self.store.left_by(left.key):
            return known
        matter = Matter(
            type=left.type,
            priority=left.priority or DEFAULT_PRIORITY[left.type],
            state=State.PENDING_ASSIGNMENT,
            title=harmless(left.title)[:TITLE_MAX],
            description=harmless(left.description),
            customer=await self.near.customers.who_calls(left.call, left.caller_number),
        )
        number, now = await self.next_number(), self.clock.now()
        new = NewTicket(number=number, matter=matter, by=None, at=now, call=left.call)
        return await self.store.create_once(new, left.key)

    async def next_number(self) -> str:
        """A number for a ticket of today, as the site's calendar has it."""
        return await self.store.next_number(
            self.clock.now().astimezone(ZoneInfo(self.settings.timezone)).date()
        )

    async def change(  # noqa: PLR0913 - a change's parts
        self,
        ticket: TicketId,
        version: int,
        wishes: Mapping[str, Any],
        link: CallId | None,
        *,
        by: Principal,
        why: str = "",
    ) -> None:
        """Changes what is named, on top of what others have changed since this version was seen.

        Raises `StaleVersion` with both texts where somebody else made something different of the same field.
        """
        await self._check_call(link, by)
        for _ in range(self.settings.change_tries_max):
            details = await self.store.get(ticket)
            known = details.ticket
            left = await self._merged(known, version, wishes)
            check_by_hand(known.matter, left, details.goal)
            matter, changes = change(known.matter, left, by.staff_id)
            await self._check_people(matter)
            now = self.clock.now()
            lines = [HistoryLine(at=now, by=by.staff_id, change=each, why=why) for each in changes]
            with suppress(StaleVersion):
                return await self.store.change(replace(known, matter=matter), lines, at=now, link=link)
        raise StaleVersion("others change the ticket all the time; try again")

    async def _merged(self, known: Ticket, seen: int, wishes: Mapping[str, Any]) -> Mapping[str, Any]:
        if seen > known.version:
            raise StaleVersion("the ticket has no such version yet; load it again")
        if seen == known.version:
            return wishes
        since = await self.store.changes_since(known.id, seen)
        merged = merge(known.matter, wishes, since)
        if merged.conflicts:
            names = await self.near.staff.names(_some(line.by for line in since))
            last = since[-1].by
            raise StaleVersion(
                "someone else changed the same; look at both texts",
                {
                    "version": known.version,
                    "by": names.get(last) if last is not None else None,
                    "conflicts": [asdict(conflict) for conflict in merged.conflicts],
                },
            )
        return merged.wishes

    async def show(self, ticket: TicketId) -> Shown:
        """A ticket with all that a page shows of it; raises `NotFound`."""
        details = await self.store.get(ticket)
        lines = await self.store.history_of(ticket)
        names = await self.near.staff.names({line.by for line in lines if line.by is not None})
        return Shown(
            named=(await self._named([details.ticket]))[0],
            details=details,
            calls=await self.near.calls.calls(details.calls),
            history=[(line, names.get(line.by) if line.by is not None else None) for line in lines],
        )

    async def read(self, text: str) -> tuple[Finding, ...]:
        """What a text says that somebody types now."""
        return await self.reader.read(text, self.clock.now())

    async def find(self, wanted: TicketFilter) -> tuple[list[Named], int]:
        """The tickets of one page with names, and how many there are in all."""
        found, total = await self.store.find(wanted)
        return await self._named(found), total

    async def play_voicemail(self, ticket: TicketId, *, by: StaffId) -> tuple[Path, str]:
        """The recording of a message and the ticket's number; who listens is kept in the trail."""
        details = await self.store.get(ticket)
        if details.voicemail is None:
            raise NoVoicemail("the ticket has no message")
        await self.near.staff.note(by, "voicemail_played", details.ticket.number)
        return self.recordings / details.voicemail.message.path, details.ticket.number

    async def _named(self, found: Sequence[Ticket]) -> list[Named]:
        owners = await self.near.staff.names(_some(ticket.matter.owner for ticket in found))
        customers = await self.near.customers.customers(_some(ticket.matter.customer for ticket in found))
        return [_with_names(ticket, customers, owners) for ticket in found]

    async def _check_call(self, call: CallId | None, by: Principal) -> None:
        if call is not None and not await self.near.calls.may_see(by, call):
            raise UnknownCall("there is no such call, or it is not yours to see")

    async def _check_people(self, matter: Matter) -> None:
        customers, owners = _some([matter.customer]), _some([matter.owner])
        if customers and not await self.near.customers.customers(customers):
            raise UnknownPerson("there is no such customer")
        if owners and not await self.near.staff.names(owners):
            raise UnknownPerson("there is no such member of staff")


def _with_names(
    ticket: Ticket, customers: Mapping[CustomerId, CustomerBrief], owners: Mapping[StaffId, str]
) -> Named:
    matter = ticket.matter
    return Named(
        ticket=ticket,
        customer=customers.get(matter.customer) if matter.customer is not None else None,
        owner=owners.get(matter.owner) if matter.owner is not None else None,
    )


def _some(ids: Iterable[T | None]) -> set[T]:
    return {each for each in ids if each is not None}
