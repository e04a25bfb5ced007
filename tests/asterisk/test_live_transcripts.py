"""Both sides of a conversation are written down while people talk: right side, right order, right time."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import pytest

from infra.bus import LocalBus
from infra.database import Database
from infra.migrations import migrate
from infra.tasks import Tasks
from kernel.clock import SystemClock
from kernel.events import Event
from kernel.ids import AgentId, CallId
from rig.agents import Manners, WebPhone
from rig.customers import Customer
from server.transcripts import RecogniserHearing
from speech.settings import RecognitionSettings
from speech.vosk import VoskRecogniser
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
from tests.voices import MODELS, Line, say
from transcripts.assembling import Talked
from transcripts.events import Said
from transcripts.model import Segment, Source, State, Transcript
from transcripts.ports import TalkedCall
from transcripts.settings import TranscriptSettings
from transcripts.wiring import Ground, Neighbours, TranscriptShelf, build_transcripts

PATIENT = Manners(ring_s=0.1, talk_s=60)
SETTINGS = TranscriptSettings(begun_after_s=0, kept_every_s=0.1, told_every_s=0.1)
SPEECH = RecognitionSettings(models={"zh": MODELS / "zh"})
NO_CALL = CallId("")
APART_S_MAX = 0.6
"""Between the same word heard live and in the recording."""
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

    def note(self, event: Event) -> None:
        match event:
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

    def server_begins(self, seen: Snapshot | None = None) -> None:
        """Listens to what the switch tells from now on."""
        self.tasks = Tasks()
        bus = LocalBus(self.tasks)
        near = Neighbours(
            calls=self.book,
            files=Files(self.it.asterisk.places.recordings),
            pauses=self.book,
            hearing=RecogniserHearing(recogniser=self.recogniser, models=frozenset(SPEECH.models)),
            taps=self.it.switch,
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
        before = len(self.it.heard.events)
        await self.it.switch.ring(ring(self.call, device, number))
        await self.it.heard.until(Joined, after=before)
        await eventually(lambda: phone.ends and phone.ends[-1].is_open)
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

        return await eventually(found)

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


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("said")
    lines = {name: Line(text, folder / f"{name}.wav") for name, text in SENTENCES.items()}
    asyncio.run(say("zh", list(lines.values())))
    return {name: line.out for name, line in lines.items()}


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


def texts(found: Transcript) -> list[tuple[Side, str]]:
    return [(said.side, said.text) for said in found.segments]


async def test_both_sides_are_written_down_as_they_talk_after_a_transfer_too(
    asterisk: PrivateAsterisk, tmp_path: Path, spoken: dict[str, Path]
) -> None:
    async with talking(asterisk, tmp_path, spoken) as talk:
        assert talk.customer is not None
        li = await talk.answered(7, 1)
        li.ends[-1].say(spoken["agent"])
        asked = await talk.hears(SENTENCES["agent"])
        talk.customer.end.say(spoken["customer"])
        answered = await talk.hears(SENTENCES["customer"])
        assert (asked.side, answered.side) == (Side.AGENT, Side.CUSTOMER)
        assert talk.told[-1].agents == (AgentId(7),)

        await talk.it.switch.park(talk.call)
        await talk.it.heard.until(LegEnded)
        wang = await talk.answered(8, 2)
        talk.customer.end.say(spoken["again"])
        await talk.hears(SENTENCES["again"])
        wang.ends[-1].say(spoken["colleague"])
        await talk.hears(SENTENCES["colleague"])
        assert talk.told[-1].agents == (AgentId(8),)
        assert (await talk.read()).state is State.TALKING

        live = await talk.closed()
        later = await talk.from_recording()
    expected = [
        (Side.AGENT, SENTENCES["agent"]),
        (Side.CUSTOMER, SENTENCES["customer"]),
        (Side.CUSTOMER, SENTENCES["again"]),
        (Side.AGENT, SENTENCES["colleague"]),
    ]
    assert (live.state, live.source, texts(live)) == (State.DONE, Source.LIVE, expected)
    assert (later.source, texts(later)) == (Source.RECORDING, expected)
    apart = [
        abs(one.start_s - other.start_s) for one, other in zip(live.segments, later.segments, strict=True)
    ]
    assert max(apart) < APART_S_MAX, "a live word is found in the recording where it says"


async def test_partials_come_before_the_words_are_final(
    asterisk: PrivateAsterisk, tmp_path: Path, spoken: dict[str, Path]
) -> None:
    async with talking(asterisk, tmp_path, spoken) as talk:
        assert talk.customer is not None
        await talk.answered(7, 1)
        talk.customer.end.say(spoken["customer"])
        await talk.hears(SENTENCES["customer"])
        partials = [told.partials.get(Side.CUSTOMER, "") for told in talk.told]
        kept = await eventually_read(talk)
        await talk.closed()
    assert any(partials)
    assert set(partials) & {"我", "我的", "我的洗衣机", "我的洗衣机漏水"}
    assert [said.text for said in kept.segments] == [SENTENCES["customer"]], "kept while the call goes on"


async def test_nothing_is_written_down_while_the_recording_is_paused(
    asterisk: PrivateAsterisk, tmp_path: Path, spoken: dict[str, Path]
) -> None:
    async with talking(asterisk, tmp_path, spoken) as talk:
        assert talk.customer is not None
        li = await talk.answered(7, 1)
        await eventually(lambda: talk.recogniser.streams("zh") == 2)
        await talk.pause(is_paused=True)
        talk.customer.end.say(spoken["customer"])
        await eventually(lambda: not talk.customer.end._words if talk.customer else False)
        await talk.pause(is_paused=False)
        li.ends[-1].say(spoken["agent"])
        await talk.hears(SENTENCES["agent"])
        made = await talk.closed()
    assert texts(made) == [(Side.AGENT, SENTENCES["agent"])]
    assert [gap.reason for gap in made.gaps] == ["paused"]
    assert made.gaps[0].end_s - made.gaps[0].start_s > 1
    assert not any(told.partials.get(Side.CUSTOMER) for told in talk.told)


async def eventually_read(talk: Talking) -> Transcript:
    async with asyncio.timeout(10):
        while not (found := await talk.read()).segments:  # noqa: ASYNC110 - only the database tells
            await asyncio.sleep(0.05)
    return found


async def test_what_a_killed_server_heard_is_heard_again_in_the_recording(
    asterisk: PrivateAsterisk, tmp_path: Path, spoken: dict[str, Path]
) -> None:
    async with talking(asterisk, tmp_path, spoken) as talk:
        assert talk.customer is not None
        li = await talk.answered(7, 1)
        talk.customer.end.say(spoken["customer"])
        await talk.hears(SENTENCES["customer"])
        await talk.tasks.close()
        await eventually(lambda: "AudioSocket" not in asterisk.console("core show channels concise"))
        talk.told.clear()
        talk.server_begins(await talk.it.switch.snapshot())
        await eventually(lambda: asterisk.console("core show channels concise").count("AudioSocket") == 2)
        li.ends[-1].say(spoken["agent"])
        await talk.hears(SENTENCES["agent"])
        waiting_for = await talk.closed()
        assert waiting_for.state is State.WAITING
        made = await talk.from_recording()
    assert texts(made) == [(Side.CUSTOMER, SENTENCES["customer"]), (Side.AGENT, SENTENCES["agent"])]
    assert made.source is Source.RECORDING


async def test_calls_beyond_the_limit_are_heard_from_the_recording(
    asterisk: PrivateAsterisk, tmp_path: Path, spoken: dict[str, Path]
) -> None:
    async with talking(asterisk, tmp_path, spoken, live_max=0) as talk:
        assert talk.customer is not None
        await talk.answered(7, 1)
        talk.customer.end.say(spoken["customer"])
        await eventually(lambda: not talk.customer.end._words if talk.customer else False)
        assert "AudioSocket" not in asterisk.console("core show channels concise")
        assert (await talk.closed()).state is State.WAITING
        made = await talk.from_recording()
    assert texts(made) == [(Side.CUSTOMER, SENTENCES["customer"])]
    assert talk.told == []


async def test_a_recogniser_that_dies_leaves_the_call_to_the_recording(
    asterisk: PrivateAsterisk, tmp_path: Path, spoken: dict[str, Path]
) -> None:
    async with talking(asterisk, tmp_path, spoken) as talk:
        assert talk.customer is not None
        await talk.answered(7, 1)
        await eventually(lambda: talk.recogniser.streams("zh") == 2)
        os.kill(talk.recogniser.worker_pids()[0], signal.SIGKILL)
        talk.customer.end.say(spoken["customer"])
        await eventually(lambda: not talk.customer.end._words if talk.customer else False)
        assert (await talk.closed()).state is State.WAITING
        made = await talk.from_recording()
    assert texts(made) == [(Side.CUSTOMER, SENTENCES["customer"])]
