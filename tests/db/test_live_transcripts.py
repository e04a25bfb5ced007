"""What is written down while people talk, when not all goes as it should: with the real recogniser."""

import asyncio
import wave
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from infra.database import Database
from kernel.ids import AgentId, CallId, LegId
from telephony.events import Joined, RecordingChanged
from telephony.recordings import Side
from tests.db.test_transcripts import CALL, NOON, SETTINGS, Scene, World, scene
from tests.voices import Line, say
from transcripts.assembling import Talked
from transcripts.events import Said
from transcripts.ports import TalkedCall
from transcripts.settings import TranscriptSettings

SECRET, OPEN = "请回电", "我的洗衣机漏水"
FRAME_BYTES = 320
LEG, AGENT = LegId("leg-h-1.1-1"), AgentId(7)


@dataclass
class TalkingWorld(World):
    """A customer whose sound is what the test plays."""

    sound: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)

    @asynccontextmanager
    async def tap(self, call: CallId, leg: LegId | None) -> AsyncIterator[AsyncIterator[bytes]]:
        assert call == CALL
        yield self._customers() if leg is None else self._nothing()

    async def _customers(self) -> AsyncIterator[bytes]:
        while True:
            yield await self.sound.get()
            self.sound.task_done()

    async def _nothing(self) -> AsyncIterator[bytes]:
        yield bytes(FRAME_BYTES)
        await asyncio.Event().wait()

    async def plays(self, path: Path) -> None:
        """Returns when all of it was taken."""
        with wave.open(str(path)) as file:
            frames = file.readframes(file.getnframes())
        for start in range(0, len(frames), FRAME_BYTES):
            self.sound.put_nowait(frames[start : start + FRAME_BYTES])
        await self.sound.join()


@dataclass
class Told:
    """What the agent's page was told."""

    news: list[Said] = field(default_factory=list)

    def texts(self) -> list[str]:
        return [each.text for each in self.news[-1].segments] if self.news else []

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():  # noqa: ASYNC110 - the recogniser takes its time
                await asyncio.sleep(0.01)


@asynccontextmanager
async def talking(
    database: Database, world: TalkingWorld, settings: TranscriptSettings = SETTINGS
) -> AsyncIterator[tuple[Scene, Told]]:
    world.calls[CALL] = TalkedCall(call=CALL, at=NOON, ended_at=None, talks=(), agents=frozenset({AGENT}))
    async with scene(database, world, settings=settings) as it:
        told = Told()
        it.shelf.listen()
        it.shelf.bus.listen(Said, told.news.append)
        it.shelf.bus.publish(Joined(at=it.clock.now(), call=CALL, leg=LEG, agent=AGENT))
        yield it, told


@pytest.fixture
async def voices(tmp_path: Path) -> dict[str, Path]:
    lines = [Line(text, tmp_path / f"{place}.wav") for place, text in enumerate((SECRET, OPEN))]
    await say("zh", lines)
    return {line.text: line.out for line in lines}


async def test_who_begins_to_listen_in_a_pause_hears_nothing_until_it_is_over(
    database: Database, voices: dict[str, Path]
) -> None:
    world = TalkingWorld(paused=[Talked(NOON, NOON)])
    async with talking(database, world) as (it, told):
        await world.plays(voices[SECRET])
        went_on = RecordingChanged(
            at=it.clock.now(), call=CALL, agents=(AGENT,), paused_since=None, paused_until=None
        )
        it.clock.advance(30)
        it.shelf.bus.publish(went_on)
        await world.plays(voices[OPEN])
        it.clock.advance(5)
        await told.until(lambda: told.texts() != [])
        assert told.texts() == [OPEN]
        assert all(each.is_live for each in told.news)
        heard = [each.partials.get(Side.CUSTOMER, "") for each in told.news]
        assert not any(partial and partial[0] in SECRET for partial in heard)


async def test_an_agent_is_told_when_the_words_come_after_the_call(database: Database) -> None:
    settings = SETTINGS.model_copy(update={"live_max": 0})
    async with talking(database, TalkingWorld(), settings) as (_, told):
        await told.until(lambda: bool(told.news))
    assert [(each.agents, each.is_live, each.segments) for each in told.news] == [((AGENT,), False, ())]
