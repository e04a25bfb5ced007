"""One simulated call from beginning to end: dial, press, speak, hold, hang up; then what came of it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
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
PROMPT_QUIET_S = 0.7
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
    hold_s: float = 8.0
    """How long to talk once an agent is there; without one, how long to stay on the line."""
    wait_s: float = 60.0
    """The customer's patience for an agent."""
    is_answered_by_us: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The running system that is phoned."""

    address: str
    sip_port: int
    name: str
    password: str
    authority: Path | None = None
    prompts: dict[str, Path] = field(default_factory=dict)
    """What it may be heard saying, by id."""


async def phone(script: Script, site: Site, tree: AsteriskTree) -> tuple[Report, Ear]:
    """Makes the call; raises `HotlineError` when it cannot even be tried."""
    async with AsyncExitStack() as stack:
        api = await stack.enter_async_context(Api(site.address, site.authority))
        await api.sign_in(site.name, site.password)
        ears = Ears()
        await ears.start()
        stack.push_async_callback(ears.stop)
        customer, agent_ear = ears.expect(), ears.expect()
        customer.hum(CUSTOMER_TONE_HZ)
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
        started = datetime.now(UTC) - CLOCK_SLACK

        async def is_closed() -> bool:
            with suppress(ApiRefused):  # while the server is restarted nobody knows
                return await _closed(api, script, started) is not None
            return False

        await live(line, script, customer, agent_ear if agent else None, is_closed)
        entry = await _ledger_entry(api, script, started) if customer.is_connected.is_set() else None
    people = People(
        customer=customer,
        agent=agent_ear if agent else None,
        agent_saw=agent.saw(entry["call_id"]) if agent and entry else None,
    )
    return judge(script.to, script.caller, people, entry=entry, prompts=site.prompts), customer


async def live(
    line: Network, script: Script, customer: Ear, agent: Ear | None, is_closed: Callable[[], Awaitable[bool]]
) -> None:
    """The customer's side of the call; ends early when it `is_closed` in the ledger and the line is dead."""
    channel = f"customer-{customer.id.hex}"
    await line.dial(
        number=script.to, caller=script.caller, name=script.name, ear=str(customer.id), channel=channel
    )
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            await customer.is_connected.wait()
    except TimeoutError:
        return
    try:
        acting = _act_and_stay(line, script, customer, agent, channel)
        await _first(acting, _until_lost(customer, is_closed))
    finally:
        await line.hang_up(channel)
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            await customer.is_over.wait()


async def _until_lost(customer: Ear, is_closed: Callable[[], Awaitable[bool]]) -> None:
    """Until the call is over for Hotline, though nobody told the customer."""
    while True:
        if customer.silent_s >= SILENT_S and await is_closed():
            return
        await asyncio.sleep(ASKED_EACH_S)


async def _act_and_stay(
    line: Network, script: Script, customer: Ear, agent: Ear | None, channel: str
) -> None:
    await _act(line, script, customer, channel)
    await _stay(script, customer, agent)


async def _act(line: Network, script: Script, customer: Ear, channel: str) -> None:
    for key in script.keys:
        await customer.pause(speech_s=PROMPT_SPEECH_S, quiet_s=PROMPT_QUIET_S, patience_s=PROMPT_PATIENCE_S)
        if customer.is_over.is_set():
            return
        await line.press(channel, key)
    if script.sounds:
        await customer.pause(speech_s=PROMPT_SPEECH_S, quiet_s=PROMPT_QUIET_S, patience_s=PROMPT_PATIENCE_S)
        for sound in script.sounds:
            customer.say(sound)


async def _stay(script: Script, customer: Ear, agent: Ear | None) -> None:
    """Until the customer has talked for long enough, has no more patience, or is hung up on."""
    if agent is not None:
        await _first(customer.is_over.wait(), agent.is_connected.wait(), timeout_s=script.wait_s)
        if not agent.is_connected.is_set():
            return
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


async def _ledger_entry(api: Api, script: Script, started: datetime) -> dict[str, Any] | None:
    """The call as the ledger closed it; None when it is nowhere to be found."""
    give_up_at = time.monotonic() + LEDGER_TIMEOUT_S
    while time.monotonic() < give_up_at:
        if closed := await _closed(api, script, started):
            return await api.ask("GET", f"/api/calls/{closed['call_id']}")
        await asyncio.sleep(0.25)
    return None


async def _closed(api: Api, script: Script, started: datetime) -> dict[str, Any] | None:
    query = urlencode({"limit": 5, "number": script.caller})
    calls: list[dict[str, Any]] = (await api.ask("GET", f"/api/calls?{query}"))["items"]
    ended = (call for call in calls if call["outcome"] and datetime.fromisoformat(call["at"]) >= started)
    return next(ended, None)
