"""Desk phones that register by themselves: how they are there, are gone, and turn calls down."""

import asyncio
import re
from pathlib import Path

import pytest

from agent_ui.phone_wishes import secret_of
from kernel.ids import CallId
from rig.agents import Manners
from rig.desk_phone import DeskPhone
from telephony.events import (
    CallArrived,
    DeviceRegistered,
    DeviceUnregistered,
    HoldChanged,
    Joined,
    LegEnded,
    SwitchConnected,
)
from telephony.model import Device, EndReason
from tests.asterisk.held_callers import Holding, waiting
from tests.asterisk.private_asterisk import Exchange, PrivateAsterisk, exchange, prepare
from tests.contract.stages import ring

LOST_MAX_S = 0.3
"""It is about 0.01 s; the rest is for machines that have much else to do."""


async def rung(it: Exchange, holding: Holding, device: Device) -> CallId:
    await it.call()
    await holding.until(1)
    call = (await it.heard.until(CallArrived)).arrival.call
    await it.switch.ring(ring(call, device))
    return call


async def registered(it: Exchange, device: Device, phone: DeskPhone) -> None:
    assert await phone.register() == 200
    await it.heard.until(DeviceRegistered, lambda event: event.device == device.id)


@pytest.mark.parametrize(
    ("manners", "reason"),
    [
        (Manners(refuses_at_once="486 Busy Here"), EndReason.BUSY),
        (Manners(refuses_at_once="480 Temporarily Unavailable"), EndReason.UNREACHABLE),
        (Manners(refuses_at_once="603 Decline"), EndReason.UNREACHABLE),
        (Manners(declines="486 Busy Here"), EndReason.REFUSED),
        (Manners(declines="603 Decline"), EndReason.REFUSED),
        (Manners(declines="480 Temporarily Unavailable"), EndReason.NO_ANSWER),
    ],
)
async def test_what_a_phone_turns_down_is_known_from_what_its_agent_refuses(
    asterisk: PrivateAsterisk, manners: Manners, reason: EndReason
) -> None:
    holding = Holding(waiting(1))
    async with exchange(asterisk, holding) as it:
        device, phone = await it.desk_phone(7, manners)
        await registered(it, device, phone)
        await rung(it, holding, device)
        assert (await it.heard.until(LegEnded)).reason is reason


async def test_a_phone_whose_time_is_over_or_that_signed_out_costs_the_caller_milliseconds(
    asterisk: PrivateAsterisk,
) -> None:
    holding, loop = Holding(waiting(1)), asyncio.get_running_loop()
    async with exchange(asterisk, holding) as it:
        device, phone = await it.desk_phone(7)
        await registered(it, device, phone)
        assert await phone.register(expires_s=0) == 200
        await it.heard.until(DeviceUnregistered)
        began_s = loop.time()
        await rung(it, holding, device)
        ended = await it.heard.until(LegEnded)
        assert (ended.reason, loop.time() - began_s < LOST_MAX_S + 0.5) == (EndReason.UNREACHABLE, True)


async def test_a_phone_without_its_cable_is_told_within_seconds(asterisk: PrivateAsterisk) -> None:
    async with exchange(asterisk, Holding()) as it:
        device, phone = await it.desk_phone(7)
        await registered(it, device, phone)
        phone.is_dead = True
        await it.heard.until(DeviceUnregistered, lambda event: event.device == device.id)
        phone.is_dead, before = False, len(it.heard.events)
        await it.heard.until(DeviceRegistered, lambda event: event.device == device.id, after=before)


async def test_a_phone_that_let_its_registration_run_out_is_told(asterisk: PrivateAsterisk) -> None:
    async with exchange(asterisk, Holding()) as it:
        device, phone = await it.desk_phone(7)
        assert await phone.register(expires_s=10) == 200
        await it.heard.until(DeviceUnregistered, lambda event: event.device == device.id)


async def test_an_agent_answers_holds_and_hangs_up_on_the_phone_itself(asterisk: PrivateAsterisk) -> None:
    holding, may_hang_up = Holding(waiting(1)), asyncio.Event()
    async with exchange(asterisk, holding) as it:
        device, phone = await it.desk_phone(7, Manners(ring_s=0.1, talk_s=0.1, may_hang_up=may_hang_up))
        await registered(it, device, phone)
        call = await rung(it, holding, device)
        assert (await it.heard.until(Joined)).call == call
        assert phone.invites[0].get("Alert-Info") == "", "answered by hand"
        await phone.hold(on=True)
        assert (await it.heard.until(HoldChanged)).is_held
        await phone.hold(on=False)
        assert not (await it.heard.until(HoldChanged, lambda event: not event.is_held)).is_held
        may_hang_up.set()
        assert (await it.heard.until(LegEnded)).reason is EndReason.AGENT_HUNG_UP


async def test_a_scanner_is_not_told_which_names_exist(asterisk: PrivateAsterisk) -> None:
    async with exchange(asterisk, Holding()) as it:
        _, known = await it.desk_phone(7)
        known.credentials = {**known.credentials, "ha1": "0" * 32}
        server = ("127.0.0.1", asterisk.settings.sip_port)
        stranger = await DeskPhone.plug_in({**known.credentials, "username": "desk-none"}, it.clock, server)
        it.desk_phones.append(stranger)
        said = []
        for phone in (known, stranger):
            await phone.register()
            said.append([[_without_chance(name, value) for name, value in heard] for heard in phone.heard])
    assert known.statuses == [401, 401]
    assert said[0] == said[1]


def _without_chance(name: str, value: str) -> tuple[str, str]:
    """A header of an answer, without what differs between any two."""
    if name in {"Via", "From", "To", "Call-ID"}:
        return name, ""
    return name, re.sub(r'(nonce|opaque)="[^"]*"', "", value)


async def test_a_talk_on_a_desk_phone_and_its_registration_outlive_the_server(
    asterisk: PrivateAsterisk,
) -> None:
    holding, may_hang_up = Holding(waiting(1)), asyncio.Event()
    async with exchange(asterisk, holding) as it:
        device, phone = await it.desk_phone(7, Manners(ring_s=0.1, talk_s=0.1, may_hang_up=may_hang_up))
        idle, other = await it.desk_phone(8)
        await registered(it, device, phone)
        await registered(it, idle, other)
        call = await rung(it, holding, device)
        await it.heard.until(Joined)
        await it.server_dies()
        await it.server_starts(Holding())
        seen = it.heard.of(SwitchConnected)[-1].snapshot
        assert {device.id, idle.id} <= seen.registered
        assert [(leg.call, leg.device, leg.is_with_caller) for leg in seen.legs] == [(call, device.id, True)]
        may_hang_up.set()
        ended = await it.heard.until(LegEnded)
        assert (ended.reason, ended.was_joined) == (EndReason.AGENT_HUNG_UP, True)


async def test_a_desk_phone_comes_back_by_itself_after_asterisk_was_restarted(tmp_path: Path) -> None:
    asterisk = prepare(tmp_path)
    asterisk.start()
    try:
        async with exchange(asterisk, Holding()) as it:
            device, phone = await it.desk_phone(7)
            await registered(it, device, phone)
            asterisk.kill()
            before = len(it.heard.events)
            await asyncio.to_thread(asterisk.start)
            connected = await it.heard.until(SwitchConnected, after=before)
            assert device.id not in connected.snapshot.registered
            secret = secret_of(device.id, "another")
            phone.credentials = {**phone.credentials, "ha1": secret.ha1}
            await it.switch.provide(device, secret)
            assert await phone.register() == 200
            await it.heard.until(DeviceRegistered, lambda event: event.device == device.id, after=before)
    finally:
        asterisk.kill()
