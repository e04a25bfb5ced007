"""Tickets with all that they need of other parts."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent_ui.calls import Calls
from infra.web import Route
from kernel.clock import Clock
from kernel.ids import CallId, StaffId
from messaging.service import Messaging
from server.errands import build_messaging
from server.installation import ticket_reader
from server.joining import MessageTranscriber, TicketPeople
from server.parts import Foundation, Records, Shelf
from server.settings import Settings
from staff.service import Accounts
from tickets.attachments.folder import AttachmentFolder
from tickets.attachments.http import attachment_routes
from tickets.attachments.service import Attachments
from tickets.attachments.store import AttachmentStore
from tickets.conversation import Conversation
from tickets.events import Corresponded, TicketChanged
from tickets.http import ticket_routes
from tickets.learned import LearnedTypes
from tickets.service import Neighbours, Tickets
from tickets.surveys.http import survey_routes
from tickets.thread import SentMessage
from tickets.thread_http import thread_routes
from tickets.thread_store import ThreadStore
from tickets.voicemail import Importer
from tickets.wiring import build_voicemail
from tickets.workflow.folder import WorkflowFolder
from tickets.workflow.http import workflow_routes
from tickets.workflow.service import Workflows
from tickets.workflow.store import WorkflowStore


def build_tickets(
    settings: Settings, clock: Clock, *, shelf: Shelf, people: TicketPeople, calls: Calls
) -> tuple[Tickets, LearnedTypes]:
    """The tickets of the site, and what they teach, whose `keep_learning` is to run in the background."""
    learned = LearnedTypes(shelf.tickets, clock, settings.tickets, settings.places.learned_types)
    tickets = Tickets(
        store=shelf.tickets,
        near=Neighbours(customers=people, staff=people, calls=calls),
        clock=clock,
        settings=settings.tickets,
        recordings=settings.places.recordings,
        reader=ticket_reader(settings, learned.verdict),
    )
    return tickets, learned


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesOfCalls:
    """What was written to customers, as tickets show it."""

    messaging: Messaging
    shown_max: int

    async def of_calls(self, calls: Sequence[CallId]) -> Sequence[SentMessage]:
        """The messages that followed from these calls, the oldest first."""
        found = await self.messaging.of_calls(calls, limit=self.shown_max)
        return [SentMessage(at=one.written_at, text=one.text, state=one.state) for one in found]


def build_thread(foundation: Foundation, shelf: Shelf, tickets: Tickets) -> Conversation:
    """All that is said about tickets; what other parts tell of it is written down from now on."""
    shown_max = tickets.settings.entries_shown_max
    conversation = Conversation(
        tickets=tickets,
        store=ThreadStore(foundation.database, shelf.outbox),
        messages=MessagesOfCalls(messaging=build_messaging(foundation), shown_max=shown_max),
    )
    shelf.outbox.subscribe(Corresponded, conversation.add, name="thread")
    return conversation


def build_files(foundation: Foundation, shelf: Shelf, tickets: Tickets) -> Attachments:
    """The files of tickets, whose `keep_tidy` is to run in the background."""
    folder = AttachmentFolder(
        folder=foundation.settings.places.attachments, free_mb_min=tickets.settings.attachments_free_mb_min
    )
    store = AttachmentStore(foundation.database, shelf.outbox)
    return Attachments(tickets=tickets, store=store, folder=folder)


def build_inbox(foundation: Foundation, shelf: Shelf, tickets: Tickets) -> Importer:
    """What makes tickets of messages, whose `keep_importing` is to run in the background."""
    transcriber = MessageTranscriber(recogniser=foundation.recogniser)
    return build_voicemail(tickets, shelf.jobs, transcriber, shelf.spool)


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleOfSteps:
    """Accounts as workflows need them."""

    accounts: Accounts

    async def named(self, name: str) -> StaffId | None:
        """Who signs in by this name, and may."""
        people = (one for one in await self.accounts.all() if one.profile.is_active)
        return next((one.id for one in people if one.profile.name == name), None)


def build_workflows(
    foundation: Foundation, shelf: Shelf, tickets: Tickets, people: TicketPeople
) -> Workflows:
    """The ways of tickets, which new ones begin from then on."""
    places = foundation.settings.places
    workflows = Workflows(
        tickets=tickets,
        store=WorkflowStore(foundation.database, shelf.outbox),
        folder=WorkflowFolder(places.workflows, kept=places.last_good / places.workflows.name),
        people=PeopleOfSteps(accounts=people.accounts),
        clock=foundation.clock,
        seen_at=foundation.clock.now(),
    )
    shelf.outbox.subscribe(TicketChanged, workflows.on_change, name="workflow")
    return workflows


def routes_of_tickets(records: Records) -> list[Route]:
    """What people see of tickets, and do with them."""
    return [
        *ticket_routes(records.tickets),
        *thread_routes(records.conversation),
        *workflow_routes(records.workflows),
        *attachment_routes(records.attachments),
        *survey_routes(records.surveys, records.tickets.near.staff),
    ]
