"""One simulated call from beginning to end: dial, press, speak, wait, talk, hang up; then what came of it."""

import asyncio
import time
from collections.abc import Awaitable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from infra.toolchain.asterisk import AsteriskTree
from server.simulated.agent import SimulatedAgent
from server.simulated.api import Api, ApiRefused
from server.simulated.network import Lines, Network, network
from server.simulated.report import AGENT_TONE_HZ, CUSTOMER_TONE_HZ, People, Report, judge
from server.simulated.sound import Ear, Ears

ANSWER_TIMEOUT_S = 25.0
"""For Hotline to take the call; a little more than the network lets it ring."""
PROMPT_PATIENCE_S = 20.0
"""How long a prompt's end is waited for before a key is pressed or a word said all the same."""
PROMPT_SPEECH_S = 0.5
PROMPT_QUIET_S = 1.0
TURN_QUIET_S = 1.5
"""Quiet for so long, it is the customer's turn to speak: longer than between two prompts or sentences."""
LEDGER_TIMEOUT_S = 15.0
SILENT_S = 3.0
"""Not even quiet came for so long: perhaps Hotline's switch is gone, and the ledger is asked for the call."""
ASKED_EACH_S = 1.0
CLOCK_SLACK = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the customer does, and whether an agent of ours answers."""

    to: str
    caller: str
    name: str = ""
    keys: tuple[str, ...] = ()
    sounds: tuple[Path, ...] = ()
    """Said one after the other, once the menu is through."""
    wait_s: float = 60.0
    """The customer's patience for an agent, from the last key and the last word on."""
    hold_s: float = 8.0
    """How long to talk once an agent is there."""
    is_answered_by_us: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The running system that is phoned."""

    address: str
    sip_port: int
    name: str
    password: str
    authority: Path | None = None
    prompts: Mapping[Path, tuple[str, ...]] = field(default_factory=dict)
    """What it may be heard saying: the ids by file."""


class Ledger(Protocol):
    """What Hotline tells of the call while it goes on."""

    async def is_closed(self) -> bool:
        """Whether it is over for Hotline."""
        ...

    async def has_agent(self) -> bool:
        """Whether an agent talks, or talked, with the customer."""
        ...


async def phone(script: Script, site: Site, tree: AsteriskTree) -> tuple[Report, Ear]:
    """Makes the call; raises `HotlineError` when it cannot even be tried."""
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(Api(site.address, site.authority))
        await api.sign_in(site.name, site.password)
        ears = Ears()
        await ears.start()
        stack.push_async_callback(ears.stop)
        customer, agent_ear = ears.expect(), ears.expect()
        agent_ear.hum(AGENT_TONE_HZ)
        agent = SimulatedAgent(api) if script.is_answered_by_us else None
        if agent:
            stack.push_async_callback(agent.go_home)
        lines = Lines(
            hotline_sip_port=site.sip_port,
            ears_port=ears.port,
            desk=await agent.take_desk() if agent else None,
            desk_ear=str(agent_ear.id),
        )
        line = await stack.enter_async_context(network(tree, lines))
        if agent:
            await agent.get_ready()
        ledger = LedgerByApi(api, caller=script.caller, since=datetime.now(UTC) - CLOCK_SLACK)
        await live(line, script, customer, agent_ear if agent else None, ledger)
        entry = await ledger.entry() if customer.is_connected.is_set() else None
    people = People(
        customer=customer,
        agent=agent_ear if agent else None,
        agent_saw=agent.saw(entry["call_id"]) if agent and entry else None,
    )
    return judge(script.to, script.caller, people, entry=entry, prompts=site.prompts), customer


async def live(line: Network, script: Script, customer: Ear, agent: Ear | None, ledger: Ledger) -> None:
    """The customer's side of the call; ends early when it is closed in the ledger and the line is dead."""
    channel = f"customer-{customer.id.hex}"
    await line.dial(
        number=script.to, caller=script.caller, name=script.name, ear=str(customer.id), channel=channel
    )
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            await customer.is_connected.wait()
    except TimeoutError:
        return
    is_agent_there = asyncio.Event()
    try:
        acting = _act_and_stay(line, script, customer, is_agent_there, channel)
        await _first(acting, _follow(customer, agent, ledger, is_agent_there))
    finally:
        await line.hang_up(channel)
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            await customer.is_over.wait()


async def _follow(customer: Ear, agent: Ear | None, ledger: Ledger, is_agent_there: asyncio.Event) -> None:
    """Notes when an agent is there; ends when the call is closed in the ledger, though the line is not."""
    while True:
        if customer.silent_s >= SILENT_S and await ledger.is_closed():
            return
        if not is_agent_there.is_set() and (
            (agent is not None and agent.is_connected.is_set()) or await ledger.has_agent()
        ):
            is_agent_there.set()
        await asyncio.sleep(ASKED_EACH_S)


async def _act_and_stay(
    line: Network, script: Script, customer: Ear, is_agent_there: asyncio.Event, channel: str
) -> None:
    if not script.sounds:
        # Who has nothing to say hums all the time; a hum around words would spoil what is made of them.
        customer.hum(CUSTOMER_TONE_HZ)
    for key in script.keys:
        await _until_pause(customer, PROMPT_QUIET_S)
        if customer.is_over.is_set():
            return
        await line.press(channel, key)
    if script.sounds:
        await _first(_until_pause(customer, TURN_QUIET_S), is_agent_there.wait())
        for sound in script.sounds:
            customer.say(sound)
    await _stay(script, customer, is_agent_there)


async def _until_pause(customer: Ear, quiet_s: float) -> None:
    await customer.pause(speech_s=PROMPT_SPEECH_S, quiet_s=quiet_s, patience_s=PROMPT_PATIENCE_S)


async def _stay(script: Script, customer: Ear, is_agent_there: asyncio.Event) -> None:
    """Until the customer is hung up on, has no more patience, or has talked with an agent for long enough."""
    patience_s = customer.left_to_say_s + script.wait_s
    await _first(customer.is_over.wait(), is_agent_there.wait(), timeout_s=patience_s)
    if not is_agent_there.is_set():
        return
    customer.hum(CUSTOMER_TONE_HZ)
    await _first(customer.is_over.wait(), timeout_s=customer.left_to_say_s + script.hold_s)


async def _first(*waits: Awaitable[object], timeout_s: float | None = None) -> None:
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        done, _ = await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()  # what went wrong in it is not to be lost
    finally:
        for task in tasks:
            task.cancel()


@dataclass(frozen=True, slots=True)
class LedgerByApi:
    """The ledger of a running system, asked for the newest call of a number."""

    api: Api
    caller: str
    since: datetime

    async def is_closed(self) -> bool:
        """Whether the call is over for Hotline."""
        with suppress(ApiRefused):  # while the server is restarted nobody knows
            return any(call["outcome"] for call in await self._calls())
        return False

    async def has_agent(self) -> bool:
        """Whether an agent talks, or talked, with the customer."""
        with suppress(ApiRefused):
            return any(call["agent_name"] for call in await self._calls())
        return False

    async def entry(self) -> dict[str, Any] | None:
        """The call as the ledger closed it; None when it is nowhere to be found."""
        give_up_at = time.monotonic() + LEDGER_TIMEOUT_S
        while time.monotonic() < give_up_at:
            for call in await self._calls():
                if call["outcome"]:
                    return await self.api.ask("GET", f"/api/calls/{call['call_id']}")
            await asyncio.sleep(0.25)
        return None

    async def _calls(self) -> list[dict[str, Any]]:
        query = urlencode({"limit": 5, "number": self.caller})
        calls: list[dict[str, Any]] = (await self.api.ask("GET", f"/api/calls?{query}"))["items"]
        return [call for call in calls if datetime.fromisoformat(call["at"]) >= self.since]
