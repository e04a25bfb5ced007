"""What is kept of a call: the conversations, each side apart and in step, and nothing of the wait."""

import time
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from kernel.ids import CallId
from rig.agents import Manners
from rig.customers import Customer
from rig.tones import SAMPLE_RATE_HZ, SILENCE_RMS, load_wav
from telephony.events import CallArrived, Joined, LegEnded
from telephony.recordings import Side, complete
from tests.asterisk.held_callers import Holding, hears, waiting
from tests.asterisk.private_asterisk import PATIENCE_S, PrivateAsterisk, eventually, exchange, prepare
from tests.contract.stages import ring

CUSTOMER_HZ = 440
PATIENT = Manners(ring_s=0.1, talk_s=60)
SILENCE_S = 1.2
WINDOW_S = 0.1
SPOKEN_BYTES = 20_000


def sides(asterisk: PrivateAsterisk, call: CallId) -> list[Path]:
    """The files of the customer and of the agent, as far as there are any."""
    return sorted(asterisk.places.recordings.rglob(f"{call}-*.wav"))


def tones(recording: Path) -> list[int]:
    """The tones that are heard one after another, in hertz, without the silence between them."""
    samples = load_wav(recording)
    size = int(WINDOW_S * SAMPLE_RATE_HZ)
    windows = [_tone_hz(samples[at : at + size]) for at in range(0, len(samples) - size + 1, size)]
    # Cut windows, with parts of two sounds, are passed over.
    runs = [hz for hz, run in groupby(windows) if hz and len(list(run)) > 2]
    return [hz for hz, _ in groupby(runs)]


def _tone_hz(samples: "np.typing.NDArray[np.int16]") -> int:
    sound = samples.astype(float)
    if np.sqrt((sound**2).mean()) < SILENCE_RMS:
        return 0
    return int(np.abs(np.fft.rfft(sound)).argmax() / WINDOW_S)


def grown(recordings: list[Path]) -> list[Path]:
    """Both, once enough was said."""
    enough = [path for path in recordings if path.stat().st_size > SPOKEN_BYTES]
    return enough if len(enough) == len(Side) else []


async def passes(seconds: float) -> None:
    until_s = time.monotonic() + seconds
    await eventually(lambda: time.monotonic() > until_s)


async def falls_silent(customer: Customer, seconds: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The customer's phone sends no sound at all for a while, as a muted one may do."""
    await passes(SILENCE_S)
    with monkeypatch.context() as muted:
        muted.setattr(customer.end, "send_packet", lambda: None)
        await passes(seconds)
    await passes(SILENCE_S)


async def test_all_conversations_of_a_call_are_kept_in_step_and_nothing_else(
    asterisk: PrivateAsterisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    handler = Holding(waiting(1))
    async with exchange(asterisk, handler) as it:
        (first, phone), (second, other_phone) = await it.phone(7, PATIENT), await it.phone(8, PATIENT)
        customer = await it.call(tone_hz=CUSTOMER_HZ)
        call = (await it.heard.until(CallArrived)).arrival.call
        await handler.until(1)
        await customer.first_sound()
        assert sides(asterisk, call) == []
        await it.switch.ring(ring(call, first))
        await hears(customer, phone.tone_hz)
        await falls_silent(customer, SILENCE_S, monkeypatch)
        await it.switch.park(call)
        await it.heard.until(LegEnded)
        await handler.until(2)
        await passes(SILENCE_S)
        await it.switch.ring(ring(call, second, 2))
        await hears(customer, other_phone.tone_hz)
        await passes(SILENCE_S)
        await it.switch.hang_up(call)
        await customer.until_over(PATIENCE_S)
    customer_side, agent_side = sides(asterisk, call)
    assert tones(agent_side) == [phone.tone_hz, other_phone.tone_hz]
    assert tones(customer_side) == [CUSTOMER_HZ]
    apart = abs(len(load_wav(customer_side)) - len(load_wav(agent_side))) / SAMPLE_RATE_HZ
    assert apart < SILENCE_S / 3


async def test_a_pause_is_silence_on_both_sides_and_survives_the_server(asterisk: PrivateAsterisk) -> None:
    handler = Holding(waiting(1))
    async with exchange(asterisk, handler) as it:
        (first, phone), (second, other_phone) = await it.phone(7, PATIENT), await it.phone(8, PATIENT)
        customer = await it.call(tone_hz=CUSTOMER_HZ)
        call = (await it.heard.until(CallArrived)).arrival.call
        await handler.until(1)
        await it.switch.ring(ring(call, first))
        await hears(customer, phone.tone_hz)
        await passes(SILENCE_S)
        await it.switch.pause_recording(call, is_paused=True)
        await passes(SILENCE_S)
        await it.server_dies()
        await it.server_starts(handler)
        await passes(SILENCE_S)
        await it.switch.pause_recording(call, is_paused=False)
        await passes(SILENCE_S)
        await it.switch.pause_recording(call, is_paused=True)
        await it.switch.park(call)
        await it.heard.until(LegEnded)
        await handler.until(2)
        await it.switch.ring(ring(call, second, 2))
        await hears(customer, other_phone.tone_hz)
        await passes(SILENCE_S)
        await it.switch.hang_up(call)
        await customer.until_over(PATIENCE_S)
    files = sides(asterisk, call)
    heard = [stretches(path) for path in files]
    # The change of agents may leave a moment of silence between two stretches of one tone.
    assert [[hz for hz, _ in groupby(hz for hz, _ in side)] for side in heard] == [
        [CUSTOMER_HZ, 0, CUSTOMER_HZ],
        [phone.tone_hz, 0, phone.tone_hz, other_phone.tone_hz],
    ]
    paused_s = [side[1][1] for side in heard]
    assert min(paused_s) > 2 * SILENCE_S - WINDOW_S
    assert abs(paused_s[0] - paused_s[1]) < 3 * WINDOW_S


def stretches(recording: Path) -> list[tuple[int, float]]:
    """As `tones`, each with its length in seconds, and silence that is longer than a second as 0 Hz."""
    samples = load_wav(recording)
    size = int(WINDOW_S * SAMPLE_RATE_HZ)
    windows = [_tone_hz(samples[at : at + size]) for at in range(0, len(samples) - size + 1, size)]
    runs = [(hz, len(list(run)) * WINDOW_S) for hz, run in groupby(windows)]
    return [(hz, lasts_s) for hz, lasts_s in runs if lasts_s > (0.25 if hz else 1)]


async def test_a_conversation_found_without_the_server_is_kept_too(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    instance = prepare(tmp_path_factory.mktemp("asterisk"), fallback_after_s=1)
    instance.start()
    handler = Holding(waiting(1))
    try:
        async with exchange(instance, handler) as it:
            device, phone = await it.phone(7, PATIENT)
            await it.switch.set_fallback(device.id, is_ready=True)
            customer = await it.call(tone_hz=CUSTOMER_HZ)
            call = (await it.heard.until(CallArrived)).arrival.call
            await handler.until(1)
            await it.server_dies()
            await hears(customer, phone.tone_hz)
            await passes(SILENCE_S)
            await customer.hang_up()
        customer_side, agent_side = await eventually(lambda: sides(instance, call))
        await eventually(lambda: len(load_wav(agent_side)))
    finally:
        instance.kill()
    assert tones(customer_side) == [CUSTOMER_HZ]
    assert tones(agent_side) == [phone.tone_hz]


async def test_what_was_said_until_the_switch_was_killed_can_be_played(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    instance = prepare(tmp_path_factory.mktemp("asterisk"))
    instance.start()
    handler = Holding(waiting(1))
    try:
        async with exchange(instance, handler) as it:
            device, phone = await it.phone(7, PATIENT)
            await it.call(tone_hz=CUSTOMER_HZ)
            call = (await it.heard.until(CallArrived)).arrival.call
            await handler.until(1)
            await it.switch.ring(ring(call, device))
            await it.heard.until(Joined)
            found = await eventually(lambda: grown(sides(instance, call)))
            instance.kill()
    finally:
        instance.kill()
    for path in found:
        complete(path)
    assert [tones(path) for path in found] == [[CUSTOMER_HZ], [phone.tone_hz]]
