"""What was said in calls: made from recordings by the real recogniser, kept, found, and read."""

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.bus import LocalBus
from infra.database import Database
from infra.jobs import jobs
from infra.tasks import Tasks
from kernel.ids import AgentId, CallId, LegId
from server.transcripts import RecogniserHearing
from speech.settings import RecognitionSettings
from speech.vosk import VoskRecogniser
from telephony.events import CallClosed
from telephony.model import Outcome
from telephony.recordings import Side
from tests.voices import MODELS, Line, joined, say
from transcripts.assembling import Talked
from transcripts.model import Lack, Segment, Source, State, Transcript, Word
from transcripts.ports import NoTime, TalkedCall
from transcripts.settings import TranscriptSettings
from transcripts.store import transcripts
from transcripts.wiring import Ground, Neighbours, TranscriptShelf, build_transcripts

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
CALL = CallId("h-1.1")
SETTINGS = TranscriptSettings()
BOTH = RecognitionSettings(models={"zh": MODELS / "zh", "en": MODELS / "en"})


class DrivenClock:
    """Stands still until it is told to go on."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return (self._now - NOON).total_seconds()

    def advance(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


@dataclass
class World:
    """Calls, their files and pauses, as a test wants them."""

    calls: dict[CallId, TalkedCall] = field(default_factory=dict)
    files: dict[Side, Path] = field(default_factory=dict)
    paused: list[Talked] = field(default_factory=list)
    is_disk_away: bool = False

    async def find(self, call: CallId) -> TalkedCall | None:
        return self.calls.get(call)

    async def ended_since(self, moment: datetime, *, limit: int) -> Sequence[TalkedCall]:
        ended = [call for call in self.calls.values() if call.ended_at and call.ended_at >= moment]
        return sorted(ended, key=lambda call: call.ended_at or NOON)[:limit]

    def paused_since(self, call: CallId) -> datetime | None:
        assert call in self.calls
        return self.paused[-1].since if self.paused else None

    def language_of(self, call: CallId) -> str:
        assert call in self.calls
        return ""

    def tap(self, call: CallId, leg: LegId | None) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        raise AssertionError(f"nobody talks in {call}, {leg}")

    async def of_call(self, call: CallId) -> Sequence[Talked]:
        assert call in self.calls
        return self.paused


@dataclass(frozen=True)
class Files:
    world: World

    async def find(self, call: TalkedCall, side: Side) -> Path | None:
        assert call.call in self.world.calls
        if self.world.is_disk_away:
            raise NoTime("the disk is away")
        return self.world.files.get(side)


def a_call(number: int = 1, *agents: int, ended_s: float = 30) -> TalkedCall:
    at = NOON + timedelta(hours=number)
    return TalkedCall(
        call=CallId(f"h-{number}.1"),
        at=at,
        ended_at=at + timedelta(seconds=ended_s),
        talks=(Talked(at + timedelta(seconds=10), at + timedelta(seconds=ended_s)),),
        agents=frozenset(AgentId(agent) for agent in agents or (7,)),
    )


@dataclass
class Scene:
    world: World
    clock: DrivenClock
    shelf: TranscriptShelf
    database: Database

    async def end(self, call: TalkedCall) -> None:
        """The call is over, and its jobs are done as they fall due."""
        self.world.calls[call.call] = call
        await self.shelf.spoken.on_closed(
            CallClosed(at=self.clock.now(), call=call.call, outcome=Outcome.SERVED)
        )

    async def work(self, after_s: float = 10) -> int:
        self.clock.advance(after_s)
        return await self.shelf.jobs.run_due()

    async def read(self, call: CallId = CALL) -> Transcript:
        found = await self.shelf.spoken.read(call)
        assert found is not None
        return found


@asynccontextmanager
async def scene(
    database: Database,
    world: World | None = None,
    speech: RecognitionSettings = BOTH,
    settings: TranscriptSettings = SETTINGS,
) -> AsyncIterator[Scene]:
    world, clock = world or World(), DrivenClock(NOON + timedelta(days=1))
    async with VoskRecogniser(speech) as recogniser:
        near = Neighbours(
            calls=world,
            files=Files(world),
            pauses=world,
            hearing=RecogniserHearing(recogniser=recogniser, models=frozenset(speech.models)),
            taps=world,
            languages=world,
        )
        tasks = Tasks()
        on = Ground(database=database, clock=clock, bus=LocalBus(tasks), tasks=tasks)
        yield Scene(world, clock, build_transcripts(on, settings, near), database)
        await tasks.close()


@pytest.fixture
async def spoken(tmp_path: Path) -> dict[Side, Path]:
    """A conversation: the agent asks, the customer answers, the agent says goodbye."""
    lines = {
        name: Line(text, tmp_path / f"{name}.wav") for name, text in (("ask", "订单 退款"), ("bye", "谢谢"))
    }
    answer = Line("我的洗衣机漏水", tmp_path / "answer.wav", variant="+f3")
    await say("zh", [*lines.values(), answer])
    return {
        Side.AGENT: joined(tmp_path / "out.wav", 0.5, lines["ask"].out, 5.0, lines["bye"].out, 1.0),
        Side.CUSTOMER: joined(tmp_path / "in.wav", 3.5, answer.out, 1.0),
    }


async def test_a_call_is_written_down_from_its_recording_once(
    database: Database, spoken: dict[Side, Path]
) -> None:
    async with scene(database, World(files=spoken)) as it:
        await it.end(a_call())
        assert (await it.read()).state is State.WAITING
        assert await it.work(after_s=1) == 0, "the switch is still writing"
        assert await it.work() == 1
        await it.end(a_call())
        assert await it.work() == 0, "told of its end twice, a call is heard once"
        found = await it.read()
    assert (found.state, found.source, found.lack) == (State.DONE, Source.RECORDING, None)
    assert [(said.side, said.text) for said in found.segments] == [
        (Side.AGENT, "订单退款"),
        (Side.CUSTOMER, "我的洗衣机漏水"),
        (Side.AGENT, "谢谢"),
    ]
    asked, answered, _ = found.segments
    assert 0.3 < asked.start_s < 1.2
    assert 3.3 < answered.start_s < 4.2
    began = NOON + timedelta(hours=1, seconds=10)
    assert answered.said_at == began + timedelta(seconds=answered.start_s)
    assert [word.text for word in answered.words] == ["我", "的", "洗衣机", "漏水"]
    assert all(word.start_s >= 3.3 and 0 < word.confidence <= 1 for word in answered.words)
    assert {(side.side, side.language, side.engine) for side in found.sides} == {
        (Side.CUSTOMER, "zh", "vosk"),
        (Side.AGENT, "zh", "vosk"),
    }
    assert found.seconds > 6


async def test_each_side_is_written_in_the_language_that_it_speaks(
    database: Database, tmp_path: Path
) -> None:
    lines = [
        Line("invoice number wrong hello", tmp_path / "in.wav"),
        Line("我的洗衣机漏水请回电", tmp_path / "out.wav"),
    ]
    await say("en", lines[:1])
    await say("zh", lines[1:])
    files = {Side.CUSTOMER: lines[0].out, Side.AGENT: lines[1].out}
    settings = SETTINGS.model_copy(update={"doubted_below": 0.95})
    async with scene(database, World(files=files), settings=settings) as it:
        await it.end(a_call())
        await it.work()
        sides = {side.side: side.language for side in (await it.read()).sides}
    assert sides == {Side.CUSTOMER: "en", Side.AGENT: "zh"}


async def test_nothing_is_written_of_what_was_said_while_the_recording_was_paused(
    database: Database, spoken: dict[Side, Path]
) -> None:
    began = NOON + timedelta(hours=1, seconds=10)
    paused = Talked(began + timedelta(seconds=3), began + timedelta(seconds=6.3))
    async with scene(database, World(files=spoken, paused=[paused])) as it:
        await it.end(a_call())
        await it.work()
        found = await it.read()
    assert [said.text for said in found.segments] == ["订单退款", "谢谢"]
    assert [(gap.start_s, gap.end_s, gap.reason) for gap in found.gaps] == [(3.0, 6.3, "paused")]


async def test_a_call_that_ended_while_no_server_lived_is_found(
    database: Database, spoken: dict[Side, Path]
) -> None:
    call = a_call()
    async with scene(database, World(calls={call.call: call}, files=spoken)) as it:
        await it.shelf.spoken.sweep(NOON)
        await it.shelf.spoken.sweep(NOON)
        assert await it.work() == 1
        assert (await it.read()).state is State.DONE


async def test_a_server_that_dies_over_a_recording_is_followed_by_one_that_hears_it(
    database: Database, spoken: dict[Side, Path]
) -> None:
    async with scene(database, World(files=spoken)) as it:
        await it.end(a_call())
        it.clock.advance(10)
        dying = asyncio.create_task(it.shelf.jobs.run_due())
        async with asyncio.timeout(10):
            while (await _attempts(database)) == 0:  # noqa: ASYNC110 - only the database tells
                await asyncio.sleep(0)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        assert (await it.read()).state is State.WAITING
        assert await it.work(SETTINGS.jobs.lease_s + 10) == 1
        assert len((await it.read()).segments) == 3


async def _attempts(database: Database) -> int:
    async with database.reading() as connection:
        return int(await connection.scalar(jobs.select().with_only_columns(jobs.c.attempts)) or 0)


async def test_overload_means_later_and_not_never(database: Database, spoken: dict[Side, Path]) -> None:
    async with scene(database, World(files=spoken, is_disk_away=True)) as it:
        await it.end(a_call())
        for _ in range(SETTINGS.attempts_max + 3):
            assert await it.work(after_s=4_000) == 1
        assert (await it.read()).state is State.WAITING
        it.world.is_disk_away = False
        await it.work(after_s=4_000)
        assert (await it.read()).state is State.DONE


@pytest.mark.parametrize(
    ("content", "lack", "state"),
    [(None, Lack.NO_RECORDING, State.NONE), (b"no sound at all", Lack.UNREADABLE, State.FAILED)],
)
async def test_what_cannot_be_heard_says_why(
    database: Database, tmp_path: Path, content: bytes | None, lack: Lack, state: State
) -> None:
    world = World()
    if content is not None:
        world.files = {Side.AGENT: tmp_path / "out.wav"}
        world.files[Side.AGENT].write_bytes(content)
    async with scene(database, world) as it:
        await it.end(a_call())
        await it.work()
        found = await it.read()
    assert (found.state, found.lack, found.segments) == (state, lack, ())


async def test_without_a_recogniser_there_is_none_until_somebody_asks_again(
    database: Database, spoken: dict[Side, Path]
) -> None:
    async with scene(database, World(files=spoken), RecognitionSettings()) as it:
        await it.end(a_call())
        await it.work()
        assert (await it.read()).lack is Lack.NO_RECOGNISER
    async with scene(database, World(calls={CALL: a_call()}, files=spoken)) as it:
        assert not await it.shelf.spoken.ask(a_call())
        assert await it.shelf.spoken.ask(a_call(), again=True)
        await it.work()
        found = await it.read()
    assert (found.state, found.lack) == (State.DONE, None)


def said(text: str, at_s: float = 1) -> Segment:
    word = Word(text=text, start_s=at_s, end_s=at_s + 1, confidence=0.9)
    return Segment(side=Side.CUSTOMER, start_s=at_s, end_s=at_s + 1, said_at=NOON, text=text, words=(word,))


async def _keep(it: Scene, call: TalkedCall, *texts: str) -> None:
    store = it.shelf.spoken.store
    await store.begin(call.call, call.at, "zh")
    made = Transcript(
        call=call.call,
        state=State.DONE,
        language="zh",
        source=Source.LIVE,
        segments=tuple(said(text, at_s) for at_s, text in enumerate(texts)),
    )
    assert await store.settle(made, call.agents)


async def test_what_was_said_is_found_by_who_may_read_it(database: Database) -> None:
    async with scene(database) as it:
        await _keep(it, a_call(1, 7), "我要退款", "100%_退款")
        await _keep(it, a_call(2, 8), "洗衣机漏水", "Refund please")
        await _keep(it, a_call(3, 7, 8), "再说退款")
        find = it.shelf.spoken.search
        everything = await find("退款", None, None, agent=None)
        assert [(each.call, len(each.segments)) for each in everything] == [("h-3.1", 1), ("h-1.1", 2)]
        assert [each.call for each in await find("退款", None, None, agent=AgentId(8))] == ["h-3.1"]
        assert [each.call for each in await find("REFUND", None, None, agent=None)] == ["h-2.1"]
        assert [each.call for each in await find("%_", None, None, agent=None)] == ["h-1.1"]
        until = NOON + timedelta(hours=2)
        assert [each.call for each in await find("退款", None, until, agent=None)] == ["h-1.1"]
        assert await find("款退", None, None, agent=None) == []
        assert await find("\0 ", None, None, agent=None) == []
        await it.shelf.spoken.store.forget([CallId("h-1.1")])
        assert await it.shelf.spoken.read(CallId("h-1.1")) is None
        assert await find("%_", None, None, agent=None) == []


async def test_a_year_of_calls_is_searched_in_a_moment(database: Database) -> None:
    """Three months of 300 calls a day, of which none has what is searched for."""
    async with scene(database) as it:
        talk = "您好请问有什么可以帮您我的洗衣机漏水了麻烦您登记一下好的请稍等" * 40
        same = {"state": "done", "language": "zh", "seconds": 300.0, "sides": [], "gaps": [], "asked": 1}
        calls = [(f"x-{number}", NOON - timedelta(minutes=4 * number)) for number in range(27_000)]
        rows = [same | {"call_id": call, "call_at": at, "searched": talk} for call, at in calls]
        async with database.transaction() as connection:
            for start in range(0, len(rows), 1_000):
                await connection.execute(transcripts.insert(), rows[start : start + 1_000])
        began_s = time.monotonic()
        assert await it.shelf.spoken.search("电冰箱", None, None, agent=None) == []
        assert time.monotonic() - began_s < 5


async def test_a_live_transcript_gives_way_to_the_recording_once_it_is_asked_for(database: Database) -> None:
    call = a_call()
    async with scene(database) as it:
        store = it.shelf.spoken.store
        await store.begin(call.call, call.at, "en")
        await store.begin(call.call, call.at, "zh")
        await store.hear_live(call.call, [said("您好")])
        before = await it.read()
        assert (before.state, before.language, len(before.segments)) == (State.TALKING, "en", 1)
        assert await it.shelf.spoken.ask(call)
        await store.hear_live(call.call, [said("再见", 3)])
        late = Transcript(call=call.call, state=State.DONE, language="en", source=Source.LIVE)
        assert not await store.settle(late, call.agents)
        assert [each.text for each in (await it.read()).segments] == ["您好"], "until the recording is heard"
        made = replace(late, source=Source.RECORDING, segments=(said("您好吗"),))
        assert await store.settle(made, call.agents)
        assert not await store.settle(made, call.agents)
        assert [each.text for each in (await it.read()).segments] == ["您好吗"]
