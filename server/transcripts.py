"""Transcripts joined with what they need: the ledger, the recordings, the recogniser."""

from collections.abc import AsyncGenerator, AsyncIterable, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from agent_ui.recordings import Recordings
from agent_ui.transcripts import TranscriptDesk, transcript_routes
from infra.own_threads import Hanging
from infra.web import Route
from kernel.clock import Clock
from kernel.ids import CallId
from server.parts import Foundation, Records, Talk
from speech.errors import NoModel, RecognitionFailed, SpeechBusy, UnreadableAudio
from speech.gate import SilenceGate
from speech.model import End, Final, Partial, readable
from speech.model import Word as Heard
from speech.port import Recogniser
from telephony.ledger import Ledger
from telephony.ledger_rules import CallEntry
from telephony.pauses import RecordingPauses
from telephony.recordings import Side
from telephony.store import CallStore
from transcripts.assembling import Talked
from transcripts.model import Word
from transcripts.ports import NotHeard, NoTime, TalkedCall, Unreadable
from transcripts.wiring import Ground, Neighbours, TranscriptShelf, build_transcripts


def call_transcripts(foundation: Foundation, talk: Talk, recordings: Recordings) -> TranscriptShelf:
    """The transcripts of the site."""
    settings = foundation.settings
    hearing = RecogniserHearing(
        recogniser=foundation.recogniser, models=frozenset(settings.speech.recognition.models)
    )
    near = Neighbours(
        calls=LedgerTalks(ledger=talk.ledger, book=talk.book, clock=foundation.clock),
        files=CallFiles(recordings=recordings),
        pauses=RecordedPauses(pauses=talk.pauses, clock=foundation.clock),
        hearing=hearing,
        taps=talk.switch,
        languages=talk.routing,
    )
    on = Ground(
        database=foundation.database, clock=foundation.clock, bus=foundation.bus, tasks=foundation.tasks
    )
    return build_transcripts(on, settings.transcripts, near)


def routes_of_transcripts(records: Records) -> list[Route]:
    """What people see of them."""
    desk = TranscriptDesk(
        calls=records.calls, spoken=records.transcripts.spoken, trail=records.staff.accounts
    )
    return transcript_routes(desk)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerTalks:
    """The ledger as transcripts need it."""

    ledger: Ledger
    book: CallStore
    clock: Clock

    async def find(self, call: CallId) -> TalkedCall | None:
        """One call, also one that goes on."""
        entry = self.ledger.find(call) or await self.book.find(call)
        return self._talked(entry) if entry else None

    async def ended_since(self, moment: datetime, *, limit: int) -> Sequence[TalkedCall]:
        """Calls in which somebody talked that ended since then."""
        return [self._talked(entry) for entry in await self.book.talked_since(moment, limit=limit)]

    def _talked(self, entry: CallEntry) -> TalkedCall:
        joined = [leg for leg in entry.legs if leg.joined_at]
        until = entry.ended_at or self.clock.now()
        talks = [Talked(leg.joined_at, leg.ended_at or until) for leg in joined if leg.joined_at]
        return TalkedCall(
            call=entry.arrival.call,
            at=entry.arrival.at,
            ended_at=entry.ended_at if entry.outcome else None,
            talks=tuple(sorted(talks, key=lambda talk: talk.since)),
            agents=frozenset(leg.agent for leg in joined),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFiles:
    """The recordings of calls, whose disk may be slow or away."""

    recordings: Recordings

    async def find(self, call: TalkedCall, side: Side) -> Path | None:
        """What one side said; raises `NoTime` while nobody can tell."""
        try:
            path = await self.recordings.of(call.call, call.at, side)
            if path is not None:
                await self.recordings.complete(path)
        except (Hanging, OSError) as trouble:
            raise NoTime(f"recordings cannot be read: {trouble}") from trouble
        return path


@dataclass(frozen=True, slots=True, kw_only=True)
class RecogniserHearing:
    """The recogniser as transcripts need it."""

    recogniser: Recogniser
    models: frozenset[str]

    @property
    def languages(self) -> Collection[str]:
        """Those with a model."""
        return self.models

    def engine(self, language: str) -> str:
        """What hears this language."""
        return self.recogniser.abilities(language).engine

    def written(self, language: str, words: Sequence[str]) -> str:
        """Words as a person writes them."""
        return readable(language, words)

    async def hear(self, path: Path, language: str) -> AsyncGenerator[tuple[Word, ...] | float, None]:
        """See `transcripts.ports.Hearing.hear`."""
        try:
            async with aclosing(self.recogniser.hear(path, language)) as events:
                async for event in events:
                    if isinstance(event, Final):
                        yield _words(event.words)
                    elif isinstance(event, End):
                        yield event.seconds
        except UnreadableAudio as trouble:
            raise Unreadable(str(trouble)) from trouble
        except (NoModel, SpeechBusy) as trouble:
            raise NoTime(str(trouble)) from trouble
        except RecognitionFailed as trouble:
            raise NotHeard(str(trouble)) from trouble

    async def listen(
        self, sound: AsyncIterable[bytes], language: str
    ) -> AsyncGenerator[tuple[Word, ...] | str, None]:
        """See `transcripts.ports.Hearing.listen`."""
        gate = SilenceGate()
        try:
            async with aclosing(self.recogniser.listen(gate.pass_on(sound), language)) as events:
                async for event in events:
                    if isinstance(event, Final):
                        words = _words(event.words)
                        yield tuple(
                            replace(word, start_s=gate.place(word.start_s), end_s=gate.place(word.end_s))
                            for word in words
                        )
                    elif isinstance(event, Partial):
                        yield readable(language, event.text.split())
        except (NoModel, SpeechBusy) as trouble:
            raise NoTime(str(trouble)) from trouble
        except RecognitionFailed as trouble:
            raise NotHeard(str(trouble)) from trouble


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPauses:
    """Pauses of recordings as transcripts need them."""

    pauses: RecordingPauses
    clock: Clock

    async def of_call(self, call: CallId) -> Sequence[Talked]:
        """The times, oldest first."""
        return [Talked(one.since, one.until or self.clock.now()) for one in await self.pauses.of_call(call)]

    def paused_since(self, call: CallId) -> datetime | None:
        """That of the pause that goes on."""
        pause = self.pauses.paused(call)
        return pause.since if pause else None


def _words(words: Sequence[Heard]) -> tuple[Word, ...]:
    return tuple(
        Word(text=word.text, start_s=word.start_s, end_s=word.end_s, confidence=word.confidence)
        for word in words
    )
