"""Puts the slice together."""

from infra.jobs import Jobs
from telephony.spool import Spool
from tickets.ports import Transcriber
from tickets.service import Tickets
from tickets.store import TRANSCRIBE
from tickets.voicemail import Importer, Transcription


def build_voicemail(tickets: Tickets, jobs: Jobs, transcriber: Transcriber, spool: Spool) -> Importer:
    """The importer, whose `keep_importing` is to run in the background; its jobs write transcripts."""
    transcription = Transcription(tickets, transcriber, tickets.clock)
    jobs.handle(TRANSCRIBE, transcription.run)
    return Importer(tickets, spool, tickets.clock)
