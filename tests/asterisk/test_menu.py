"""The example company's line on a real Asterisk: keys, messages, and callers who hang up anywhere."""

import asyncio
import wave
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from typing_extensions import override

from ivr.ports import QueueRequest
from telephony.events import CallEnded
from telephony.model import EndReason, Outcome
from telephony.port import Line, LineHandler
from telephony.spool import Part
from tests.asterisk.private_asterisk import PrivateAsterisk, exchange
from tests.unit.ivr.scripted import EXAMPLE, MONDAY_MORNING, SUNDAY, Office

PROMPT_HZ = 700
CUSTOMER_HZ = 440
RATE_HZ = 8000
PATIENCE_S = 10.0


@dataclass
class LiveOffice(Office):
    """An office whose voice is a tone; a test can await what it is told."""

    prompt_s: float = 0.4
    entered: asyncio.Event = field(default_factory=asyncio.Event)
    was_imported: asyncio.Event = field(default_factory=asyncio.Event)
    sessions: int = 0
    site: Path = EXAMPLE

    @override
    async def enter(self, request: QueueRequest) -> None:
        await super().enter(request)
        self.entered.set()

    @override
    def import_soon(self, part: Part) -> None:
        super().import_soon(part)
        self.was_imported.set()

    @override
    async def render(self, text: str, language: str, *, has_time: bool = False) -> Path:
        path = await super().render(text, language, has_time=has_time)
        write_tone(path, PROMPT_HZ, self.prompt_s)
        return path

    def handler(self) -> LineHandler:
        service = self.service(self.site)

        async def handle(line: Line) -> None:
            self.sessions += 1
            try:
                await service.handle(line)
            finally:
                self.sessions -= 1

        return handle


@pytest.fixture
def office(tmp_path: Path) -> LiveOffice:
    return LiveOffice(tmp_path)


async def test_a_key_during_the_prompt_leads_to_its_queue(
    asterisk: PrivateAsterisk, office: LiveOffice
) -> None:
    office.now, office.prompt_s = MONDAY_MORNING, 1.0
    async with exchange(asterisk, office.handler()) as it:
        customer = await it.call(to="4008009000", number="013800138000", patience_s=4.0)
        await customer.first_sound()
        customer.press("2")
        async with asyncio.timeout(PATIENCE_S):
            await office.entered.wait()
        await customer.until_over(PATIENCE_S)
        await it.heard.until(CallEnded)
        heard = customer.listen()
    assert [request.queue for request in office.requests] == ["complaints"]
    assert office.requests[0].arrival.caller_number == "+8613800138000"
    assert any(window.is_tone(PROMPT_HZ) for window in heard)


async def test_a_message_out_of_hours_has_the_callers_voice(
    asterisk: PrivateAsterisk, office: LiveOffice
) -> None:
    office.now = SUNDAY
    async with exchange(asterisk, office.handler()) as it:
        customer = await it.call(to="02180009002", number="013800138000", tone_hz=CUSTOMER_HZ, patience_s=5.0)
        async with asyncio.timeout(PATIENCE_S):
            await office.was_imported.wait()
        assert (await it.heard.until(CallEnded)).reason is EndReason.CALLER_HUNG_UP
        await customer.until_over(PATIENCE_S)
    assert office.outcomes == [Outcome.VOICEMAIL]
    (recording,) = (office.tmp_path / "spool").glob("*.wav")
    with wave.open(str(recording)) as sound:
        assert strongest_hz(sound.readframes(sound.getnframes())) == pytest.approx(CUSTOMER_HZ, abs=5)


async def test_who_says_nothing_after_the_tone_leaves_no_message(
    asterisk: PrivateAsterisk, office: LiveOffice
) -> None:
    office.now = SUNDAY
    async with exchange(asterisk, office.handler()) as it:
        customer = await it.call(to="02180009002", number="013800138000", tone_hz=None)
        await customer.until_over(2 * PATIENCE_S)
    assert office.imported == []
    assert office.outcomes == [Outcome.SELF_SERVED]


@pytest.mark.parametrize(
    ("keys", "patience_s", "waits_for_queue"), [("", 0.6, False), ("", 2.0, False), ("1", 2.0, True)]
)
async def test_hanging_up_leaves_nothing_behind(
    asterisk: PrivateAsterisk, office: LiveOffice, keys: str, patience_s: float, *, waits_for_queue: bool
) -> None:
    async with exchange(asterisk, office.handler()) as it:
        customer = await it.call(to="4008009000", number="013800138000", patience_s=patience_s)
        for key in keys:
            await customer.first_sound()
            customer.press(key)
        assert (await it.heard.until(CallEnded)).reason is EndReason.CALLER_HUNG_UP
        await customer.until_over(PATIENCE_S)
        left = await it.switch.snapshot()
    assert office.sessions == 0
    assert left.calls == ()
    assert bool(office.requests) is waits_for_queue
    assert office.outcomes == []


def write_tone(path: Path, tone_hz: float, seconds: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    angle = 2 * np.pi * tone_hz * np.arange(int(RATE_HZ * seconds)) / RATE_HZ
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(RATE_HZ)
        sound.writeframes((8000 * np.sin(angle)).astype("<i2").tobytes())


def strongest_hz(sound: bytes) -> float:
    samples = np.frombuffer(sound, "<i2")
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.fft.rfftfreq(len(samples), 1 / RATE_HZ)[spectrum.argmax()])
