"""Experts at outside numbers on a live Asterisk: sent a caller, or asked about one, also without a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from acd.model import AgentState, ConsultStep
from kernel.ids import is_guest
from rig.outside import OutsidePhone
from telephony.destinations import Outside
from telephony.events import Joined
from telephony.model import Device, Phase
from telephony.trunks import Trunk
from tests.asterisk.listening import hear_all, hear_each_other, hears_music
from tests.asterisk.private_asterisk import PrivateAsterisk, eventually
from tests.asterisk.test_routed_talks import Talk, talking
from tests.sim.house import LI

EXPERT_HZ = 850
CHEN = Outside(shown="陈工", numbers=("+8613900001111", "+8613900002222"), language="en")
DRIVER = Outside(shown="+86139****1111", numbers=("+8613900001111",), language="en")


@asynccontextmanager
async def expert(talk: Talk, line: Trunk | None = None, **facts: object) -> AsyncIterator[OutsidePhone]:
    """Whoever is called by this line."""
    it = talk.house.it
    line = line or it.asterisk.line
    manners = {"tone_hz": EXPERT_HZ} | facts
    _, phone = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: OutsidePhone(line.host, it.clock, **manners), local_addr=(line.host, line.port)
    )
    try:
        yield phone
    finally:
        phone.close()


async def is_the_experts(talk: Talk, far: OutsidePhone) -> None:
    routing = talk.house.now()
    await eventually(
        lambda: is_guest(routing.agent_of(talk.call) or LI) and routing.phase_of(talk.call) is Phase.TALKING
    )
    await hear_each_other(talk.customer, far)


async def consult(talk: Talk, far: OutsidePhone) -> None:
    before = len(far.invites)
    await talk.house.now().consult(talk.call, LI, to=CHEN)
    await eventually(lambda: len(far.invites) > before)
    await asyncio.gather(hears_music(talk.customer), hear_each_other(talk.li, far))


async def hangs_up(asterisk: PrivateAsterisk, device: Device) -> None:
    """The agent's leg is gone, without any server."""
    shown = await asyncio.to_thread(asterisk.console, "core show channels concise")
    channel = next(line.split("!")[0] for line in shown.splitlines() if f"/{device.id}-" in line)
    await asyncio.to_thread(asterisk.console, f"channel request hangup {channel}")


async def test_mailboxes_never_get_the_caller_who_is_back_with_the_agent_after_all_numbers(
    asterisk: PrivateAsterisk,
) -> None:
    async with talking(asterisk) as talk, expert(talk) as far:
        await talk.house.now().transfer(talk.call, LI, to=CHEN)
        await hears_music(talk.customer)
        await talk.all_alone(LI)
        joined = [event.agent for event in talk.house.it.heard.of(Joined)]
    assert [invite.start.split("@")[0] for invite in far.invites] == [
        "INVITE sip:13900001111",
        "INVITE sip:13900002222",
    ]
    assert all("sip:02180009000@" in invite.get("From") for invite in far.invites)
    assert joined == [LI, LI]


async def test_an_expert_who_is_rung_when_the_server_dies_has_the_caller_by_the_key(
    asterisk: PrivateAsterisk,
) -> None:
    async with talking(asterisk) as talk, expert(talk, presses="1", rings_s=2) as far:
        await talk.house.now().transfer(talk.call, LI, to=CHEN)
        await eventually(lambda: far.invites)
        await talk.house.die()
        await hears_music(talk.customer)
        await hear_each_other(talk.customer, far)
        await talk.house.begin()
        await is_the_experts(talk, far)
        far.hang_up()
        await talk.customer.until_over(15)


async def test_an_expert_is_asked_without_the_key_and_all_goes_on_though_the_server_dies(
    asterisk: PrivateAsterisk,
) -> None:
    async with talking(asterisk) as talk, expert(talk) as far:
        await consult(talk, far)
        await talk.house.die()
        await asyncio.gather(hears_music(talk.customer), hear_each_other(talk.li, far))
        await talk.house.begin()
        await talk.go_on(ConsultStep.JOIN_ALL)
        await hear_all(talk.customer, talk.li, far)
        await talk.go_on(ConsultStep.LEAVE)
        await is_the_experts(talk, far)
        await eventually(lambda: talk.house.state(LI) is AgentState.WRAP_UP)
        await talk.customer.hang_up()
        async with asyncio.timeout(15):
            await far.is_over.wait()


async def test_the_agent_connects_an_expert_or_goes_back_to_the_caller(asterisk: PrivateAsterisk) -> None:
    async with talking(asterisk) as talk, expert(talk) as far:
        await consult(talk, far)
        await talk.go_on(ConsultStep.TAKE_BACK)
        await talk.all_alone(LI)
        await consult(talk, far)
        await talk.go_on(ConsultStep.HAND_OVER)
        await is_the_experts(talk, far)


async def test_a_mailbox_that_answers_an_agent_who_is_gone_never_gets_the_caller(
    asterisk: PrivateAsterisk,
) -> None:
    async with talking(asterisk) as talk, expert(talk, rings_s=2) as far:
        await talk.house.now().consult(talk.call, LI, to=DRIVER)
        # Both orders are done: the caller is set aside, and the phone rings.
        await hears_music(talk.customer)
        await eventually(lambda: far.invites)
        await talk.house.die()
        await hangs_up(asterisk, talk.house.phones[LI][0])
        await eventually(lambda: far.end)
        async with asyncio.timeout(15):
            await far.is_over.wait()
        await hears_music(talk.customer)
        await talk.house.begin()
        await talk.all_alone(LI)


async def test_an_expert_is_called_by_the_next_line_where_the_callers_own_is_full(
    two_lines: PrivateAsterisk,
) -> None:
    async with (
        talking(two_lines) as talk,
        expert(talk, two_lines.lines[1], presses="1") as far,
    ):
        await talk.house.now().transfer(talk.call, LI, to=DRIVER)
        await is_the_experts(talk, far)
    assert "sip:02180009001@" in far.invites[0].get("From")
