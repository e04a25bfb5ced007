"""A caller's sound through the server, on a real Asterisk: both ways, keys, and every end of it."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from rig.tones import WINDOW_S
from telephony.errors import LineGone
from telephony.events import CallEnded
from telephony.port import Line, LineEntry
from tests.asterisk.private_asterisk import PrivateAsterisk, eventually, exchange
from tests.asterisk.test_menu import CUSTOMER_HZ, PATIENCE_S, PROMPT_HZ, strongest_hz, write_tone


@dataclass
class Listener:
    """A handler that says a prompt and keeps what it hears."""

    prompt: Path
    frames: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    entries: list[LineEntry] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    stops_after: int = 1_000_000
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, line: Line) -> None:
        self.entries.append(line.entry)
        await line.answer()
        try:
            async with line.sound() as sound:
                await sound.say([self.prompt])
                async for heard in sound.heard():
                    if isinstance(heard, str):
                        self.keys.append(heard)
                        sound.hush()
                    else:
                        self.frames.append(heard)
                    if len(self.frames) >= self.stops_after:
                        break
            self.stopped.set()
            await line.play([self.prompt])
            await line.hang_up()
        except LineGone:
            self.ended.set()
            raise


@pytest.fixture
def listener(tmp_path: Path) -> Listener:
    prompt = tmp_path / "prompt.wav"
    write_tone(prompt, PROMPT_HZ, 1.0)
    return Listener(prompt)


async def test_a_caller_is_heard_while_they_hear_the_prompt(
    asterisk: PrivateAsterisk, listener: Listener
) -> None:
    async with exchange(asterisk, listener.handle) as it:
        customer = await it.call(
            to="4008009000", number="013800138000", tone_hz=CUSTOMER_HZ, patience_s=PATIENCE_S
        )
        await customer.first_sound()
        await eventually(lambda: len(listener.frames) > 50)
        customer.press("5")
        await eventually(lambda: listener.keys)
        await customer.hang_up()
        async with asyncio.timeout(PATIENCE_S):
            await listener.ended.wait()
        await it.heard.until(CallEnded)
        heard = customer.listen()
    assert listener.keys == ["5"]
    assert any(window.is_tone(PROMPT_HZ) for window in heard)
    assert {len(frame) for frame in listener.frames} == {320}
    assert strongest_hz(b"".join(listener.frames[10:50])) == pytest.approx(CUSTOMER_HZ, abs=15)


async def test_the_session_goes_on_where_the_sound_is_closed(
    asterisk: PrivateAsterisk, listener: Listener
) -> None:
    listener.stops_after = 25
    async with exchange(asterisk, listener.handle) as it:
        customer = await it.call(to="4008009000", number="013800138000", patience_s=PATIENCE_S)
        async with asyncio.timeout(PATIENCE_S):
            await listener.stopped.wait()
        await customer.until_over(PATIENCE_S)
        tones = [window for window in customer.listen() if window.is_tone(PROMPT_HZ)]
        left = await it.switch.snapshot()
    # Half a second of the first prompt, and all of the second.
    assert 1.2 <= len(tones) * WINDOW_S <= 1.9
    assert left.calls == ()


async def test_a_caller_whose_server_dies_is_handed_to_the_next(
    asterisk: PrivateAsterisk, listener: Listener
) -> None:
    async with exchange(asterisk, listener.handle) as it:
        customer = await it.call(to="4008009000", number="013800138000", patience_s=3 * PATIENCE_S)
        await eventually(lambda: len(listener.frames) > 10)
        await it.server_dies()
        await it.server_starts(listener.handle)
        await eventually(lambda: LineEntry.NEXT in listener.entries)
        seen = len(listener.frames)
        await eventually(lambda: len(listener.frames) > seen + 10)
        await customer.hang_up()
        await it.heard.until(CallEnded)
    assert listener.entries == [LineEntry.ARRIVED, LineEntry.NEXT]
