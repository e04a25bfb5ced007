"""Which calls get a transcript: each in which somebody talked, also if no server lived when it ended."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from kernel.clock import Clock
from kernel.ids import AgentId, CallId
from telephony.events import CallClosed
from transcripts.assembling import folded
from transcripts.live import LiveTranscripts
from transcripts.model import Found, State, Transcript
from transcripts.ports import TalkedCall, TalkedCalls
from transcripts.settings import TranscriptSettings
from transcripts.store import TranscriptStore

log = structlog.get_logger(__name__)

_OVERLAP = timedelta(minutes=10)
"""Looks for ended calls reach so far behind the one before: the ledger writes a moment after the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcripts:
    """What was said in calls, for who may read it, and who sees to it that there is something to read."""

    store: TranscriptStore
    calls: TalkedCalls
    clock: Clock
    settings: TranscriptSettings
    live: LiveTranscripts

    async def on_closed(self, event: CallClosed) -> None:
        """A call is over: it was heard live to its end, or its recording is to be heard."""
        made = await self.live.finish(event.call)
        call = await self.calls.find(event.call)
        if call is None or not call.agents:
            return
        if made is None or not await self.store.settle(made, call.agents):
            await self.ask(call)

    async def ask(self, call: TalkedCall, *, again: bool = False) -> bool:
        """Has the transcript made from the recording, if nobody has yet; says whether that is new."""
        due_at = self.clock.now() + timedelta(seconds=self.settings.begun_after_s)
        return await self.store.ask(call.call, call.at, call.agents, due_at=due_at, again=again)

    async def keep_asking(self) -> None:
        """Looks, at once and then every so often, for calls whose end nobody heard."""
        since = self.clock.now() - timedelta(hours=self.settings.back_hours)
        while True:
            began = self.clock.now()
            try:
                await self.sweep(since)
                since = began - _OVERLAP
            except Exception:
                log.exception("ended calls not looked through, tried again at the next look")
            await asyncio.sleep(self.settings.sweep_s)

    async def sweep(self, since: datetime) -> None:
        """Asks for the transcripts of all calls that ended since then and have none."""
        while found := await self.calls.ended_since(since, limit=self.settings.sweep_calls_max):
            states = await self.store.states([call.call for call in found])
            for call in found:
                is_open = states.get(call.call, State.TALKING) is State.TALKING
                if is_open and not self.live.knows(call.call):
                    await self.ask(call)
            last = found[-1].ended_at
            if len(found) < self.settings.sweep_calls_max or last is None or last <= since:
                return
            since = last

    async def read(self, call: CallId) -> Transcript | None:
        """What was said; the rights are the caller's business."""
        return await self.store.find(call)

    async def search(
        self, text: str, since: datetime | None, until: datetime | None, *, agent: AgentId | None
    ) -> Sequence[Found]:
        """Calls in which it was said, the newest first."""
        if not folded(text):
            return []
        last = until or self.clock.now() + timedelta(minutes=1)
        first = since or last - timedelta(days=self.settings.searched_days)
        return await self.store.search(text, first, last, agent=agent, limit=self.settings.found_max)
