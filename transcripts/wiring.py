"""Puts transcripts together."""

from dataclasses import dataclass

from infra.database import Database
from infra.jobs import Jobs
from infra.tasks import Tasks
from kernel.bus import Bus
from kernel.clock import Clock
from telephony.events import CallClosed
from transcripts.making import Maker
from transcripts.ports import Hearing, Pauses, SpokenFiles, TalkedCalls
from transcripts.service import Transcripts
from transcripts.settings import TranscriptSettings
from transcripts.store import TRANSCRIBE, TranscriptStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What transcripts need of others."""

    calls: TalkedCalls
    files: SpokenFiles
    pauses: Pauses
    hearing: Hearing


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptShelf:
    """The parts of transcripts."""

    spoken: Transcripts
    jobs: Jobs

    def start(self, bus: Bus, tasks: Tasks) -> None:
        """Sees to it that calls get theirs, unless transcripts are switched off."""
        if self.spoken.settings.is_on:
            bus.subscribe(CallClosed, self.spoken.on_closed)
            tasks.spawn(self.spoken.keep_asking(), name="transcripts")
            self.jobs.start(tasks)


def build_transcripts(
    database: Database, clock: Clock, settings: TranscriptSettings, near: Neighbours
) -> TranscriptShelf:
    """All of them; nothing runs before `start`."""
    jobs = Jobs(database, clock, settings.jobs)
    store = TranscriptStore(database, jobs)
    maker = Maker(
        store=store,
        calls=near.calls,
        files=near.files,
        pauses=near.pauses,
        hearing=near.hearing,
        settings=settings,
    )
    jobs.handle(TRANSCRIBE, maker.run)
    spoken = Transcripts(store=store, calls=near.calls, clock=clock, settings=settings)
    return TranscriptShelf(spoken=spoken, jobs=jobs)
