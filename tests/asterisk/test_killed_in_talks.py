"""The server of a whole installation is killed (kill -9) in a conversation that is written down."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from rig.agents import Agent, Manners
from rig.customers import Customer
from rig.instance import Instance
from rig.media import MediaClock, MediaEnd
from tests.asterisk.private_asterisk import eventually
from tests.e2e.floor import QUEUE_KEY, SETTINGS, Floor, prepare_site
from tests.voices import Line, say

PROBLEM, SECRET, ANSWER = "我的洗衣机漏水", "请回电", "订单退款"
BEGUN_AFTER_S = 3
WITHIN_S = 30.0
CHANGES = {
    "HOTLINE_TRANSCRIPTS__BEGUN_AFTER_S": str(BEGUN_AFTER_S),
    "HOTLINE_TRANSCRIPTS__SWEEP_S": "1",
    "HOTLINE_TRANSCRIPTS__KEPT_EVERY_S": "0.1",
}


@dataclass
class Talk:
    """A customer and an agent who reads what is said."""

    floor: Floor
    agent: Agent
    customer: Customer
    call: str
    spoken: dict[str, Path]

    @property
    def agent_end(self) -> MediaEnd:
        assert self.agent.phone is not None
        return self.agent.phone.ends[-1]

    def shown(self) -> dict[str, Any]:
        """The words on the agent's page."""
        shown = self.agent.board.get("transcript")
        return shown if isinstance(shown, dict) else {}

    def texts(self) -> list[str]:
        return [each["text"] for each in self.shown().get("segments", ())]

    async def says(self, end: MediaEnd, text: str) -> None:
        end.say(self.spoken[text])
        await eventually(lambda: not end.is_answering, within_s=WITHIN_S)

    async def pause(self, *, is_paused: bool) -> None:
        await self.agent.call_api("PUT", f"/api/calls/{self.call}/recording", {"is_paused": is_paused})

    async def server_is_killed(self) -> None:
        """Returns when the next one serves, and the page shows what it says."""
        instance, killed = self.floor.instance, self.floor.instance.pid("server")
        instance.signal("server", signal.SIGKILL)
        self.agent.board.clear()

        def pid() -> int:
            with contextlib.suppress(OSError, IndexError, ValueError):
                return instance.pid("server")
            return 0

        await eventually(lambda: pid() not in {0, killed}, within_s=WITHIN_S)
        await instance.until_ready(WITHIN_S)

    def kept(self) -> list[tuple[object, ...]]:
        return self.floor.rows("SELECT state, source FROM transcript")

    async def transcript(self) -> dict[str, Any]:
        return await self.agent.call_api("GET", f"/api/calls/{self.call}/transcript")

    async def found(self, text: str) -> list[str]:
        told: dict[str, Any] = await self.agent.call_api("GET", f"/api/transcripts?text={text}")
        return [item["call"]["call_id"] for item in told["items"]]


@pytest_asyncio.fixture
async def talk(tmp_path: Path) -> AsyncIterator[Talk]:
    lines = [Line(text, tmp_path / f"{place}.wav") for place, text in enumerate((PROBLEM, SECRET, ANSWER))]
    await say("zh", lines)
    instance, clock = Instance(tmp_path / "i", SETTINGS | CHANGES), MediaClock()
    prepare_site(instance.data)
    ticking = asyncio.create_task(clock.run())
    floor = Floor(instance, clock)
    try:
        await instance.start()
        agent = Agent(instance.base_url, "lijing", floor.password("lijing"), reads=True)
        floor.agents.append(agent)
        await agent.start(clock, tone_hz=440, manners=Manners(ring_s=0.1, talk_s=300))
        assert agent.phone is not None
        agent.phone.tone_hz = None  # type: ignore[assignment]
        customer = await floor.customer("13511110091", tone_hz=None)
        customer.press(QUEUE_KEY)
        await eventually(lambda: agent.phone and agent.phone.ends and agent.phone.ends[-1].is_open)
        await eventually(lambda: agent.board.get("call"))
        call = agent.board["call"]
        assert isinstance(call, dict)
        yield Talk(floor, agent, customer, call["call_id"], {line.text: line.out for line in lines})
    finally:
        await floor.clear()
        await instance.stop()
        ticking.cancel()


@pytest.mark.timeout(240)
async def test_the_transcript_is_whole_once_and_without_what_was_paused(talk: Talk) -> None:
    await talk.says(talk.customer.end, PROBLEM)
    await eventually(lambda: talk.texts() == [PROBLEM], within_s=WITHIN_S)
    await eventually(lambda: talk.floor.rows("SELECT 1 FROM transcript_segment"))
    await talk.pause(is_paused=True)

    await talk.server_is_killed()
    await eventually(lambda: talk.texts() == [PROBLEM], within_s=WITHIN_S)
    await talk.says(talk.customer.end, SECRET)
    await talk.pause(is_paused=False)
    await talk.says(talk.agent_end, ANSWER)
    await eventually(lambda: ANSWER in talk.texts(), within_s=WITHIN_S)
    assert talk.texts() == [PROBLEM, ANSWER]
    assert not talk.shown()["customer_says"]

    await talk.customer.hang_up()
    await eventually(lambda: talk.kept() == [("waiting", None)], within_s=WITHIN_S)
    await talk.server_is_killed()
    await eventually(lambda: talk.kept() == [("done", "recording")], within_s=WITHIN_S)

    made = await talk.transcript()
    said = [(each["side"], each["text"]) for each in made["segments"]]
    assert said == [("customer", PROBLEM), ("agent", ANSWER)]
    assert [gap["reason"] for gap in made["gaps"]] == ["paused"]
    assert await talk.found("洗衣机") == [talk.call]
    assert await talk.found(SECRET) == []
    copies = talk.floor.rows("SELECT searched FROM transcript UNION ALL SELECT text FROM transcript_segment")
    assert len(copies) == 3
    assert not any(SECRET in str(text) for (text,) in copies)
    assert SECRET not in talk.floor.instance.log("server")
    jobs = talk.floor.rows("SELECT count(*) FROM job WHERE kind = 'transcribe call'")
    assert jobs == [(1,)]
