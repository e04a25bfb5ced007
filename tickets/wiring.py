"""Puts the slice together."""

from dataclasses import dataclass
from pathlib import Path

from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from kernel.clock import Clock
from tickets.ports import Transcriber
from tickets.service import Neighbours, Tickets
from tickets.settings import TicketSettings
from tickets.spool import Spool
from tickets.store import TRANSCRIBE, TicketStore
from tickets.voicemail import Importer, Transcription


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFolders:
    """Where messages arrive, and where recordings stay; both on one file system."""

    spool: Path
    recordings: Path


def build_tickets(  # noqa: PLR0913 - one collaborator each
    *,
    database: Database,
    jobs: Jobs,
    outbox: Outbox,
    near: Neighbours,
    clock: Clock,
    settings: TicketSettings,
    folders: TicketFolders,
) -> Tickets:
    """Tickets on a database; their routes are `tickets.http.ticket_routes`."""
    store = TicketStore(database, outbox, jobs)
    return Tickets(store=store, near=near, clock=clock, settings=settings, recordings=folders.recordings)


def build_voicemail(
    tickets: Tickets, jobs: Jobs, transcriber: Transcriber, folders: TicketFolders
) -> Importer:
    """The importer, whose `keep_sweeping` is to run in the background; its jobs write transcripts."""
    transcription = Transcription(tickets, transcriber, tickets.clock)
    jobs.handle(TRANSCRIBE, transcription.run)
    return Importer(tickets, Spool(folders.spool, folders.recordings), tickets.clock)
