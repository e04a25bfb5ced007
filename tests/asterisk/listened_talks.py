"""Talks on a live Asterisk that are listened to while they go on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from infra.bus import LocalBus
from infra.database import Database
from infra.migrations import migrate
from infra.tasks import Tasks
from kernel.clock import SystemClock
from kernel.events import Event
from kernel.ids import AgentId, CallId, LegId
from rig.agents import Manners, WebPhone
from rig.customers import Customer
from server.transcripts import RecogniserHearing
from speech.settings import RecognitionSettings
from speech.vosk import VoskRecogniser
from telephony.asterisk.switch import AsteriskSwitch
from telephony.events import (
    CallArrived,
    CallClosed,
    CallEnded,
    Joined,
    LegEnded,
    RecordingChanged,
    SwitchConnected,
)
from telephony.model import Outcome, Snapshot
from telephony.recordings import Side, complete, find_recording
from tests.asterisk.held_callers import Holding, waiting
from tests.asterisk.private_asterisk import Exchange, Heard, PrivateAsterisk, eventually, exchange
from tests.contract.stages import ring
from tests.voices import MODELS
from transcripts.assembling import Talked
from transcripts.events import Said
from transcripts.model import Segment, Transcript
from transcripts.ports import TalkedCall
from transcripts.settings import TranscriptSettings
from transcripts.wiring import Ground, Neighbours, TranscriptShelf, build_transcripts

PATIENT = Manners(ring_s=0.1, talk_s=60)
SETTINGS = TranscriptSettings(begun_after_s=0, kept_every_s=0.1, told_every_s=0.1)
SPEECH = RecognitionSettings(models={"zh": MODELS / "zh"})
NO_CALL = CallId("")
SENTENCES = {
    "customer": "我的洗衣机漏水",
    "agent": "订单退款",
    "colleague": "谢谢投诉",
    "again": "请回电",
}


@dataclass
class Book:
    """The ledger, as far as the switch's events tell it."""

    asterisk: PrivateAsterisk
    calls: dict[CallId, TalkedCall] = field(default_factory=dict)
    paused: dict[CallId, datetime] = field(default_factory=dict)

    def note(self, event: Event) -> None:
        match event:
            case RecordingChanged(call=call, paused_since=None):
                self.paused.pop(call, None)
            case RecordingChanged(call=call, paused_since=datetime() as since):
                self.paused[call] = since
            case CallArrived(arrival=arrival):
                self.calls[arrival.call] = TalkedCall(
                    call=arrival.call, at=arrival.at, ended_at=None, talks=(), agents=frozenset()
                )
            case Joined(call=call, agent=agent, at=at):
                known = self.calls[call]
                talks = (*known.talks, Talked(at, datetime.max.replace(tzinfo=at.tzinfo)))
                self.calls[call] = replace(known, talks=talks, agents=known.agents | {agent})
            case LegEnded(call=call, at=at) if self.calls[call].talks:
                *before, last = self.calls[call].talks
                self.calls[call] = replace(self.calls[call], talks=(*before, replace(last, until=at)))
            case CallEnded(call=call, at=at):
                self.calls[call] = replace(self.calls[call], ended_at=at)
            case _:
                pass

    async def find(self, call: CallId) -> TalkedCall | None:
        return self.calls.get(call)

    async def ended_since(self, moment: datetime, *, limit: int) -> Sequence[TalkedCall]:
        return [each for each in self.calls.values() if each.ended_at and each.ended_at >= moment][:limit]

    async def of_call(self, call: CallId) -> Sequence[Talked]:
        assert call in self.calls
        return ()

    def paused_since(self, call: CallId) -> datetime | None:
        assert call in self.calls
        return self.paused.get(call)

    def language_of(self, call: CallId) -> str:
        assert call in self.calls
        return "zh"


def tell_too(heard: Heard, book: Book, bus: LocalBus) -> None:
    """From now on what the switch tells is told to these two as well."""
    publish = type(heard).publish

    def tee(event: Event) -> None:
        book.note(event)
        publish(heard, event)
        bus.publish(event)

    heard.publish = tee  # type: ignore[method-assign]


@dataclass(frozen=True)
class Files:
    folder: Path

    async def find(self, call: TalkedCall, side: Side) -> Path | None:
        path = find_recording(self.folder, call.call, call.at, side)
        if path is not None:
            complete(path)
        return path


@dataclass
class Taps:
    """The switch's, and how many were ever open: what is said before is heard by nobody."""

    switch: AsteriskSwitch
    opened: int = 0

    @asynccontextmanager
    async def tap(self, call: CallId, leg: LegId | None) -> AsyncIterator[AsyncIterator[bytes]]:
        async with self.switch.tap(call, leg) as sound:
            self.opened += 1
            yield sound


@dataclass
class Talking:
    """A customer who is written down, and agents."""

    it: Exchange
    handler: Holding
    book: Book
    database: Database
    recogniser: VoskRecogniser
    spoken: dict[str, Path]
    settings: TranscriptSettings
    shelf: TranscriptShelf
    tasks: Tasks
    told: list[Said] = field(default_factory=list)
    customer: Customer | None = None
    call: CallId = NO_CALL
    taps: Taps = field(init=False)

    def server_begins(self, seen: Snapshot | None = None) -> None:
        """Listens to what the switch tells from now on."""
        self.tasks = Tasks()
        bus = LocalBus(self.tasks)
        self.taps = Taps(self.it.switch)
        near = Neighbours(
            calls=self.book,
            files=Files(self.it.asterisk.places.recordings),
            pauses=self.book,
            hearing=RecogniserHearing(recogniser=self.recogniser, models=frozenset(SPEECH.models)),
            taps=self.taps,
            languages=self.book,
        )
        on = Ground(database=self.database, clock=SystemClock(), bus=bus, tasks=self.tasks)
        self.shelf = build_transcripts(on, self.settings, near)
        self.shelf.listen()
        bus.listen(Said, self.told.append)
        tell_too(self.it.heard, self.book, bus)
        if seen is not None:
            bus.publish(SwitchConnected(at=SystemClock().now(), snapshot=seen))

    async def begins(self) -> None:
        """The customer calls."""
        self.customer = await self.it.call(tone_hz=None)
        self.call = (await self.it.heard.until(CallArrived)).arrival.call
        await self.handler.until(1)

    async def answered(self, agent: int, number: int) -> WebPhone:
        """An agent takes the caller, and is listened to."""
        device, phone = await self.it.phone(agent, PATIENT)
        phone.tone_hz = None  # type: ignore[assignment]
        before, opened = len(self.it.heard.events), self.taps.opened
        await self.it.switch.ring(ring(self.call, device, number))
        await self.it.heard.until(Joined, after=before)
        await eventually(lambda: phone.ends and phone.ends[-1].is_open)
        if self.settings.live_max:
            await eventually(lambda: self.taps.opened == opened + 2)
        return phone

    async def pause(self, *, is_paused: bool) -> None:
        """An agent pauses the recording, or goes on."""
        now = SystemClock().now()
        changed = RecordingChanged(
            at=now,
            call=self.call,
            agents=(AgentId(7),),
            paused_since=now if is_paused else None,
            paused_until=None,
        )
        self.it.heard.publish(changed)

    async def hears(self, text: str) -> Segment:
        """Somebody has said it, as the agent's page is told."""

        def found() -> Segment | None:
            said = self.told[-1].segments if self.told else ()
            return next((each for each in said if each.text == text), None)

        try:
            return await eventually(found)
        except TimeoutError as late:
            last = self.told[-1] if self.told else None
            raise AssertionError(f"{text} was not heard; last told: {last}") from late

    async def closed(self) -> Transcript:
        """The call is over, and what came of it."""
        await self.it.switch.hang_up(self.call)
        await self.it.heard.until(CallEnded)
        event = CallClosed(at=SystemClock().now(), call=self.call, outcome=Outcome.SERVED)
        await self.shelf.spoken.on_closed(event)
        return await self.read()

    async def read(self) -> Transcript:
        found = await self.shelf.spoken.read(self.call)
        assert found is not None
        return found

    async def from_recording(self) -> Transcript:
        await self.shelf.spoken.ask(self.book.calls[self.call], again=True)
        async with asyncio.timeout(20):
            while not await self.shelf.jobs.run_due():  # noqa: ASYNC110 - due at a moment
                await asyncio.sleep(0.05)
        return await self.read()


@asynccontextmanager
async def talking(
    asterisk: PrivateAsterisk, tmp_path: Path, spoken: dict[str, Path], **changes: object
) -> AsyncIterator[Talking]:
    url = f"sqlite:///{tmp_path}/hotline.db"
    await migrate(url)
    database, handler = Database(url), Holding(waiting(1))
    async with exchange(asterisk, handler) as it, VoskRecogniser(SPEECH) as recogniser:
        await recogniser.check()
        settings = SETTINGS.model_copy(update=changes)
        nothing: TranscriptShelf = None  # type: ignore[assignment]
        talk = Talking(it, handler, Book(asterisk), database, recogniser, spoken, settings, nothing, Tasks())
        talk.server_begins()
        try:
            await talk.begins()
            yield talk
        finally:
            await talk.tasks.close()
            await database.close()
    await eventually(lambda: "0 active channels" in asterisk.console("core show channels count"))
