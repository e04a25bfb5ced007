"""One thread of all that is said about a ticket, whatever channel it came by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kernel.access import Principal
from kernel.ids import CustomerId, StaffId, TicketId
from kernel.text import harmless
from tickets.engine import shown
from tickets.events import Corresponded
from tickets.model import Channel, HistoryLine
from tickets.ports import SentMessages
from tickets.service import Tickets
from tickets.thread import Direction, Moment, NewEntry, Tenure, tenures, timeline
from tickets.thread_store import ThreadStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A ticket's timeline, with the names of the people in it."""

    moments: Sequence[Moment]
    tenures: Sequence[Tenure]
    staff: Mapping[StaffId, str]
    customers: Mapping[CustomerId, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What somebody writes down of a ticket."""

    key: str
    """By which what is sent twice is known to be one."""
    text: str
    channel: Channel | None = None
    """None for a note among colleagues."""
    direction: Direction = Direction.INTERNAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What was said and done about the tickets of a site."""

    tickets: Tickets
    store: ThreadStore
    messages: SentMessages

    async def note(self, ticket: TicketId, note: Note, *, by: Principal) -> None:
        """Adds what somebody wrote; harmless when repeated. Raises `NotFound`."""
        await self.store.add(
            NewEntry(
                ticket=ticket,
                key=f"note/{by.staff_id}/{ticket}/{note.key}",
                channel=note.channel,
                direction=note.direction,
                text=note.text,
                at=self.tickets.clock.now(),
                by=by.staff_id,
            )
        )

    async def add(self, event: Corresponded) -> None:
        """Adds what another part of Hotline sent or received; harmless when told twice."""
        await self.store.add(
            NewEntry(
                ticket=event.ticket,
                key=f"{event.channel}/{event.key}",
                channel=event.channel,
                direction=event.direction,
                text=harmless(event.text)[: self.tickets.settings.entry_characters_max],
                at=event.at,
            )
        )

    async def story(self, ticket: TicketId) -> Story:
        """Everything about a ticket; raises `NotFound`."""
        details = await self.tickets.store.get(ticket)
        history = await self.tickets.store.history_of(ticket)
        moments = timeline(
            history,
            await self.store.of_ticket(ticket, limit=self.tickets.settings.entries_shown_max),
            await self.tickets.near.calls.calls(details.calls),
            await self.messages.of_calls(details.calls),
        )
        matter = details.ticket.matter
        now_is = {"owner": shown(matter.owner), "department": matter.department}
        served = tenures(history, now_is)
        people = {line.by for line in history} | {moment.by for moment in moments}
        people |= {one.owner for one in served}
        named = await self.tickets.near.customers.customers(_named(history, "customer"))
        return Story(
            moments=moments,
            tenures=served,
            staff=await self.tickets.near.staff.names({one for one in people if one is not None}),
            customers={key: brief.name for key, brief in named.items()},
        )


def _named(history: Sequence[HistoryLine], field: str) -> set[CustomerId]:
    changes = [line.change for line in history if line.change.field == field]
    return {CustomerId(int(one)) for change in changes for one in (change.before, change.after) if one}
