"""A phone that is spoken with over TLS and SRTP, and one that cannot."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from agent_ui.phone_wishes import secret_of
from kernel.ids import AgentId, DeviceId
from rig.ports import free_port
from server import tls
from telephony.events import CallArrived, DeviceRegistered, Joined, LegEnded
from telephony.model import Device, EndReason
from tests.asterisk.far_phone import TONE_HZ, FarPhone, far_phone
from tests.asterisk.held_callers import Holding, waiting
from tests.asterisk.private_asterisk import (
    Exchange,
    PrivateAsterisk,
    eventually,
    exchange,
    prepare,
)
from tests.contract.stages import ring

PASSWORD = "pkh3xw9tq2"
WAV_HEADER_BYTES = 44
SECOND_SAMPLES = 8000
SECRET = Device(
    id=DeviceId("desk-secret"), agent=AgentId(7), is_browser=False, is_lasting=True, is_encrypted=True
)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    """An Asterisk with a port for TLS."""
    folder = tmp_path_factory.mktemp("guarded")
    served_by = tls.ensure(folder / "tls", ["127.0.0.1"], datetime.now(UTC))
    instance = prepare(folder, served_by=served_by, tls_port=free_port())
    instance.start()
    yield instance
    instance.kill()


def start_phone(guarded: PrivateAsterisk, folder: Path, *, speaks_srtp: bool) -> FarPhone:
    port = guarded.settings.tls_port
    assert port is not None
    authority = tls.authority_path(guarded.folder / "tls")
    return far_phone(folder, SECRET, PASSWORD, port=port, authority=authority, speaks_srtp=speaks_srtp)


async def rung(it: Exchange, holding: Holding) -> None:
    await it.heard.until(DeviceRegistered, lambda event: event.device == SECRET.id)
    await it.call()
    await holding.until(1)
    call = (await it.heard.until(CallArrived)).arrival.call
    await it.switch.ring(ring(call, SECRET))


async def test_an_encrypted_phone_and_a_caller_hear_each_other(
    guarded: PrivateAsterisk, tmp_path: Path
) -> None:
    holding = Holding(waiting(1))
    async with exchange(guarded, holding) as it:
        await it.switch.provide(SECRET, secret_of(SECRET.id, PASSWORD))
        phone = start_phone(guarded, tmp_path, speaks_srtp=True)
        try:
            await rung(it, holding)
            await it.heard.until(Joined)
            customer = it.customers[0]
            await eventually(lambda: any(window.is_tone(TONE_HZ) for window in customer.listen()))
            assert "SECURE=1" in phone.shows()
            await eventually(lambda: hears(phone.heard, customer.end.frequency_hz or 0))
        finally:
            phone.asterisk.kill()
        await it.switch.withdraw(SECRET.id)


def hears(file: Path, tone_hz: int) -> bool:
    """Whether that is what the last second of a recording has most of, whose length is not written yet."""
    content = file.read_bytes()[WAV_HEADER_BYTES:] if file.exists() else b""
    if len(content) < 2 * SECOND_SAMPLES:
        return False
    second = np.frombuffer(content[: len(content) // 2 * 2], dtype=np.int16)[-SECOND_SAMPLES:]
    spectrum = np.abs(np.fft.rfft(second))
    return abs(int(np.argmax(spectrum[50:])) + 50 - tone_hz) <= 2  # a second of sound: 1 Hz for each


async def test_a_phone_that_would_speak_in_the_clear_is_refused(
    guarded: PrivateAsterisk, tmp_path: Path
) -> None:
    holding = Holding(waiting(1))
    async with exchange(guarded, holding) as it:
        await it.switch.provide(SECRET, secret_of(SECRET.id, PASSWORD))
        phone = start_phone(guarded, tmp_path, speaks_srtp=False)
        try:
            await rung(it, holding)
            ended = await it.heard.until(LegEnded)
        finally:
            phone.asterisk.kill()
        assert (ended.reason, ended.was_joined) == (EndReason.UNREACHABLE, False)
        assert it.heard.of(Joined) == []
        await it.switch.withdraw(SECRET.id)


async def test_a_phone_without_tls_is_not_rung_where_the_device_demands_it(guarded: PrivateAsterisk) -> None:
    holding = Holding(waiting(1))
    async with exchange(guarded, holding) as it:
        device, phone = await it.desk_phone(8, is_encrypted=True)
        await phone.register()
        await it.call()
        await holding.until(1)
        call = (await it.heard.until(CallArrived)).arrival.call
        await it.switch.ring(ring(call, device))
        ended = await it.heard.until(LegEnded)
        assert ended.reason is EndReason.UNREACHABLE
        assert phone.invites == [], "not a word in the clear"
