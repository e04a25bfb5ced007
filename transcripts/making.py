"""Makes the transcript of a call that is over from its recording: the job, which may be run twice."""

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import structlog

from infra.jobs import Job
from kernel.ids import CallId
from telephony.recordings import Side
from transcripts.assembling import by_conversation, heard, in_order, moment_of, place_of, segments, without
from transcripts.model import PAUSED, Gap, Lack, Segment, SideHeard, Source, State, Transcript, Word
from transcripts.ports import (
    Hearing,
    NotHeard,
    NoTime,
    Pauses,
    SpokenFiles,
    TalkedCall,
    TalkedCalls,
    Unreadable,
)
from transcripts.settings import TranscriptSettings
from transcripts.store import TranscriptStore

log = structlog.get_logger(__name__)

_SURE_WORDS_MIN = 3
"""Fewer say nothing about the language that they are in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """What was heard of one side."""

    heard: SideHeard
    segments: list[Segment]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Maker:
    """Hears recordings and writes down what is said in them."""

    store: TranscriptStore
    calls: TalkedCalls
    files: SpokenFiles
    pauses: Pauses
    hearing: Hearing
    settings: TranscriptSettings

    async def run(self, job: Job) -> None:
        """Handles one job; what it writes is written once."""
        call = CallId(job.payload["call"])
        known, talked = await self.store.find(call), await self.calls.find(call)
        if known is None or known.state is not State.WAITING or talked is None:
            return
        made = await self._tried(job, known, talked)
        if await self.store.settle(made, talked.agents):
            log.info("transcript made", call_id=call, state=made.state, segments=len(made.segments))

    async def _tried(self, job: Job, known: Transcript, talked: TalkedCall) -> Transcript:
        """What came of this try; raises what another may mend."""
        limits = self.settings
        try:
            return await self._made(known, talked)
        except Unreadable as failure:
            log.warning("recording cannot be read", call_id=known.call, error=str(failure))
            return self._lacking(known, State.FAILED, Lack.UNREADABLE)
        except NotHeard as failure:
            if job.attempt < limits.attempts_max:
                raise
            log.error("recording not heard", call_id=known.call, error=str(failure))  # noqa: TRY400 - says all
            return self._lacking(known, State.FAILED, Lack.NOT_HEARD)
        except NoTime:
            if job.attempt < limits.jobs.attempts_max:
                raise
            return self._lacking(known, State.FAILED, Lack.NOT_HEARD)

    async def _made(self, known: Transcript, talked: TalkedCall) -> Transcript:
        if not self.hearing.languages:
            return self._lacking(known, State.NONE, Lack.NO_RECOGNISER)
        paths = {side: await self.files.find(talked, side) for side in Side}
        found = {side: path for side, path in paths.items() if path is not None}
        if not found:
            return self._lacking(known, State.NONE, Lack.NO_RECORDING)
        gaps = await self._gaps(talked)
        sides = [await self._side(side, path, known.language, talked, gaps) for side, path in found.items()]
        return Transcript(
            call=known.call,
            state=State.DONE,
            language=known.language,
            source=Source.RECORDING,
            seconds=max(side.seconds for side in sides),
            sides=tuple(side.heard for side in sides),
            gaps=tuple(gaps),
            segments=in_order(segment for side in sides for segment in side.segments),
        )

    async def _gaps(self, talked: TalkedCall) -> list[Gap]:
        places = [
            (place_of(pause.since, talked.talks), place_of(pause.until, talked.talks))
            for pause in await self.pauses.of_call(talked.call)
        ]
        return [Gap(start_s=start, end_s=end, reason=PAUSED) for start, end in places if end > start]

    async def _side(
        self, side: Side, path: Path, language: str, talked: TalkedCall, gaps: Sequence[Gap]
    ) -> _Side:
        """In the language that is heard best: nobody knows in which one an agent answers."""
        first = language if language in self.hearing.languages else self.settings.language
        others = sorted(set(self.hearing.languages) - {first})
        best: _Side | None = None
        for tried in (first, *others) if first in self.hearing.languages else others:
            found = await self._heard(side, path, tried, talked, gaps)
            if best is None or found.heard.confidence > best.heard.confidence:
                best = found
            if not self._is_doubted(best):
                break
        assert best is not None, "somebody heard"
        return best

    def _is_doubted(self, side: _Side) -> bool:
        words = sum(len(segment.words) for segment in side.segments)
        return words >= _SURE_WORDS_MIN and side.heard.confidence < self.settings.doubted_below

    async def _heard(
        self, side: Side, path: Path, language: str, talked: TalkedCall, gaps: Sequence[Gap]
    ) -> _Side:
        seconds = 0.0
        speeches: list[list[Word]] = []
        left = self.settings.words_max
        async with aclosing(self.hearing.hear(path, language)) as events:
            async for event in events:
                if isinstance(event, float):
                    seconds = event
                else:
                    kept = without(event, gaps)[:left]
                    speeches += by_conversation(kept, talked.talks)
                    left -= len(kept)
        found = segments(
            side,
            speeches,
            longest_s=self.settings.segment_s_max,
            written=partial(self.hearing.written, language),
            said_at=lambda at_s: moment_of(at_s, talked.talks, talked.at),
        )
        engine = self.hearing.engine(language)
        return _Side(heard=heard(side, language, engine, found), segments=found, seconds=seconds)

    @staticmethod
    def _lacking(known: Transcript, state: State, lack: Lack) -> Transcript:
        return Transcript(
            call=known.call, state=state, language=known.language, lack=lack, source=Source.RECORDING
        )
