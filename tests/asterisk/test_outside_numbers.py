import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import pytest

from kernel.ids import AgentId, CallId, DeviceId
from rig.outside import OutsidePhone
from telephony.errors import SwitchUnavailable
from telephony.events import CallArrived, CallRejected, DeviceRegistered, Dialling, Joined, LegEnded
from telephony.model import Device, DeviceSecret, EndReason
from telephony.trunks import Trunk
from tests.asterisk.held_callers import Holding, waiting
from tests.asterisk.private_asterisk import (
    PATIENCE_S,
    REALM,
    Exchange,
    PrivateAsterisk,
    exchange,
    prepare,
)
from tests.contract.stages import ring

MOBILE = Device(
    id=DeviceId("agent-7-mobile"), agent=AgentId(7), is_browser=False, number="+8613900001234", language="en"
)


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateAsterisk]:
    """Its own queue rings almost at once when the server dies."""
    instance = prepare(tmp_path_factory.mktemp("asterisk"), fallback_after_s=1, fallback_line_up_s=1)
    instance.start()
    yield instance
    instance.kill()


@asynccontextmanager
async def outside(it: Exchange, *, presses: str, line: Trunk | None = None) -> AsyncIterator[OutsidePhone]:
    loop, line = asyncio.get_running_loop(), line or it.asterisk.line
    _, phone = await loop.create_datagram_endpoint(
        lambda: OutsidePhone(line.host, it.clock, presses=presses), local_addr=(line.host, line.port)
    )
    try:
        yield phone
    finally:
        phone.close()
        with suppress(SwitchUnavailable):
            await it.switch.withdraw(MOBILE.id)


async def rung(it: Exchange, holding: Holding) -> CallId:
    """A caller for whom the outside number rings."""
    await it.switch.provide(MOBILE, DeviceSecret(username=MOBILE.id, realm=REALM, ha1="0" * 32))
    await it.heard.until(DeviceRegistered, lambda event: event.device == MOBILE.id)
    await it.call()
    await holding.until(1)
    call = (await it.heard.until(CallArrived)).arrival.call
    await it.switch.ring(ring(call, MOBILE))
    return call


async def test_whoever_answers_an_outside_number_and_presses_one_has_the_caller(
    hasty: PrivateAsterisk,
) -> None:
    holding = Holding(waiting(1))
    async with exchange(hasty, holding) as it, outside(it, presses="1") as phone:
        call = await rung(it, holding)
        joined = await it.heard.until(Joined)
        seen = await it.switch.snapshot()
    assert (joined.call, joined.agent) == (call, MOBILE.agent)
    assert phone.invites[0].start.startswith("INVITE sip:13900001234@")
    assert "sip:02180009000@" in phone.invites[0].get("From")
    assert MOBILE.id in seen.registered
    assert [leg.device for leg in seen.legs] == [MOBILE.id]


async def test_a_call_out_to_an_agents_number_takes_room_on_its_line(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    narrow = prepare(tmp_path_factory.mktemp("asterisk"), trunk_channels=2)
    narrow.start()
    holding = Holding(waiting(1))
    try:
        async with exchange(narrow, holding) as it, outside(it, presses="1"):
            await rung(it, holding)
            await it.heard.until(Joined)
            await it.call(number="13911112222")
            turned_away = await it.heard.until(CallRejected)
    finally:
        narrow.kill()
    assert turned_away.arrival.caller_number == "+8613911112222"


@pytest.mark.parametrize("presses", ["", "2"])
async def test_a_mailbox_or_another_key_never_gets_the_caller(hasty: PrivateAsterisk, presses: str) -> None:
    holding = Holding(waiting(1))
    async with exchange(hasty, holding) as it, outside(it, presses=presses):
        call = await rung(it, holding)
        ended = await it.heard.until(LegEnded)
        alive = await it.switch.snapshot()
    assert (ended.reason, ended.was_joined) == (EndReason.NO_ANSWER, False)
    assert [live.arrival.call for live in alive.calls] == [call]
    assert it.heard.of(Joined) == []


async def test_without_a_server_too_the_key_is_asked_for(hasty: PrivateAsterisk) -> None:
    holding = Holding(waiting(1))
    async with exchange(hasty, holding) as it, outside(it, presses="1") as phone:
        await it.switch.provide(MOBILE, DeviceSecret(username=MOBILE.id, realm=REALM, ha1="0" * 32))
        await it.switch.set_fallback(MOBILE.id, is_ready=True)
        await it.call()
        await holding.until(1)
        await it.server_dies()
        await until_talking(hasty, {"trunk-loopback", MOBILE.id})
        assert phone.has_pressed
        await it.server_starts(Holding())
        await it.switch.set_fallback(MOBILE.id, is_ready=None)


async def until_talking(asterisk: PrivateAsterisk, endpoints: set[str]) -> None:
    """Returns when these, and no others, are in a bridge."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            shown = await asyncio.to_thread(asterisk.console, "core show channels concise")
            channels = [line.split("!") for line in shown.splitlines() if "!" in line]
            if {
                parts[0].removeprefix("PJSIP/").rpartition("-")[0] for parts in channels if parts[-2]
            } == endpoints:
                return


async def test_an_agents_number_is_called_by_the_next_line_where_the_callers_own_is_full(
    two_lines: PrivateAsterisk,
) -> None:
    holding = Holding(waiting(1))
    async with exchange(two_lines, holding) as it, outside(it, presses="1", line=two_lines.lines[1]) as phone:
        call = await rung(it, holding)
        joined = await it.heard.until(Joined)
        seen = await it.switch.snapshot()
        await it.switch.ring(replace(ring(CallId("none-1"), MOBILE), dials=True))
        await it.heard.until(Dialling)
    assert (joined.call, [leg.device for leg in seen.legs]) == (call, [MOBILE.id])
    assert ["sip:02180009001@" in invite.get("From") for invite in phone.invites] == [True, True]
