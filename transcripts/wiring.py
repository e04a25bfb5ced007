"""Puts transcripts together."""

from dataclasses import dataclass

from infra.database import Database
from infra.jobs import Jobs
from infra.tasks import Tasks
from kernel.bus import Bus
from kernel.clock import Clock
from telephony.events import CallClosed
from transcripts.live import Languages, LiveNeighbours, LiveTranscripts, Taps
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
    taps: Taps
    languages: Languages


@dataclass(frozen=True, slots=True, kw_only=True)
class TranscriptShelf:
    """The parts of transcripts."""

    spoken: Transcripts
    jobs: Jobs
    bus: Bus
    tasks: Tasks

    def listen(self) -> None:
        """Follows calls, before the switch connects, unless transcripts are switched off."""
        if self.spoken.settings.is_on:
            self.spoken.live.start()
            self.bus.subscribe(CallClosed, self._on_closed)

    def start(self) -> None:
        """Makes those from recordings."""
        if self.spoken.settings.is_on:
            self.tasks.spawn(self.spoken.keep_asking(), name="transcripts")
            self.jobs.start(self.tasks)

    async def _on_closed(self, event: CallClosed) -> None:
        # By itself: one call's last words are no other's business.
        self.tasks.spawn(self.spoken.on_closed(event), name=f"transcript of {event.call}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What transcripts stand on."""

    database: Database
    clock: Clock
    bus: Bus
    tasks: Tasks


def build_transcripts(on: Ground, settings: TranscriptSettings, near: Neighbours) -> TranscriptShelf:
    """All of them; nothing runs before `listen` and `start`."""
    database, clock = on.database, on.clock
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
    around = LiveNeighbours(
        taps=near.taps,
        hearing=near.hearing,
        calls=near.calls,
        languages=near.languages,
        pauses=near.pauses,
    )
    live = LiveTranscripts(store, around, settings, bus=on.bus, clock=clock, tasks=on.tasks)
    spoken = Transcripts(store=store, calls=near.calls, clock=clock, settings=settings, live=live)
    return TranscriptShelf(spoken=spoken, jobs=jobs, bus=on.bus, tasks=on.tasks)
