"""What the server is made of, as the composition root hands it on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from acd.service import Routing
from acd.store import AcdStore
from agent_ui.app import WebParts
from agent_ui.calls import Calls
from agent_ui.desk_phones import DeskPhones
from agent_ui.missed import Missed
from agent_ui.phone import PhoneDesk
from agent_ui.phone_review import PhoneReview
from agent_ui.projections import Projections
from customers.home import Homes
from customers.listing_service import CallerLists
from customers.service import Customers, Histories
from infra.bus import LocalBus
from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from infra.own_threads import OwnThreads
from infra.tasks import Tasks
from ivr.current_site import CurrentSite
from ivr.service import LineService
from kernel.clock import Clock
from lookups.service import Lookups
from messaging.service import Messaging
from outbound.gate import CallingGate
from server.flows import FlowParts
from server.installation import QueuesFile
from server.joining import Directory
from server.metrics import Metrics
from server.rated_calls import RatingShelf
from server.readiness import KeptCheck
from server.settings import Settings
from speech.voices import Voices
from speech.vosk import VoskRecogniser
from staff.wiring import Staff
from telephony.ledger import Ledger
from telephony.pauses import RecordingPauses
from telephony.port import LineHandler, Switch
from telephony.spool import Spool
from telephony.store import CallStore
from tickets.attachments.service import Attachments
from tickets.conversation import Conversation
from tickets.deadlines.service import Deadlines
from tickets.learned import LearnedTypes
from tickets.service import Tickets
from tickets.store import TicketStore
from tickets.surveys.service import Surveys
from tickets.voicemail import Importer
from tickets.workflow.service import Workflows
from transcripts.wiring import TranscriptShelf


class RunningSwitch(Switch, Protocol):
    """A switch with its connection."""

    @property
    def is_connected(self) -> bool:
        """It is reachable and its state known."""
        ...

    @property
    def counts(self) -> Mapping[str, int]:
        """What was said to it since the start, by kind."""
        ...

    async def run(self, handler: LineHandler) -> None:
        """Runs `handler` for each caller handed over, until cancelled."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Foundation:
    """What everything stands on."""

    settings: Settings
    clock: Clock
    tasks: Tasks
    bus: LocalBus
    database: Database
    synthesiser: Voices
    recogniser: VoskRecogniser
    lookups: Lookups


@dataclass(frozen=True, slots=True, kw_only=True)
class Shelf:
    """Where things lie that several parts work with."""

    spool: Spool
    spool_threads: OwnThreads
    jobs: Jobs
    outbox: Outbox
    tickets: TicketStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """The parts that make calls happen."""

    switch: RunningSwitch
    ledger: Ledger
    book: CallStore
    routing: Routing
    queues: QueuesFile
    site: CurrentSite
    gate: CallingGate
    journal: AcdStore
    pauses: RecordingPauses


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The parts that remember."""

    staff: Staff
    customers: Customers
    lists: CallerLists
    histories: Histories
    directory: Directory
    calls: Calls
    tickets: Tickets
    deadlines: Deadlines
    workflows: Workflows
    conversation: Conversation
    attachments: Attachments
    learned: LearnedTypes
    inbox: Importer
    messaging: Messaging
    jobs: Jobs
    outbox: Outbox
    homes: Homes
    missed: Missed
    ratings: RatingShelf
    surveys: Surveys
    flows: FlowParts
    speech_models: KeptCheck
    transcripts: TranscriptShelf


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The parts that people see."""

    phones: PhoneDesk
    desk_phones: DeskPhones
    phone_review: PhoneReview
    projections: Projections
    web: WebParts


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotline:
    """All parts, as `server.main` starts and stops them."""

    foundation: Foundation
    talk: Talk
    records: Records
    lines: LineService
    desk: Desk
    metrics: Metrics
