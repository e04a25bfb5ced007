"""The disk is full to its last block, and the server dies on top: whoever calls is served all the same."""

import asyncio
import signal
from pathlib import Path

import aiohttp

from rig.agents import Agent, Manners
from rig.instance import Instance
from rig.small_disk import filled, small_disk
from tests.e2e.floor import WRAP_UP_S, Floor, hears_tone, until

DISK_MB = 128
AGENT_TONE_HZ = 1000
WITHIN_S = 30.0
"""For a person to be reached, on a busy machine and right after a death."""


async def _ready(instance: Instance) -> dict[str, str]:
    """What each part answers; nothing while there is no server."""
    try:
        async with aiohttp.ClientSession() as web, web.get(f"{instance.base_url}/ready") as answer:
            parts: dict[str, str] = (await answer.json()).get("parts", {})
            return parts
    except (aiohttp.ClientError, OSError):
        return {}


async def _is_taking_calls(instance: Instance) -> bool:
    return (await _ready(instance)).get("asterisk") == "ok"


async def test_a_full_disk_and_a_dead_server_lose_no_call(floor: Floor, tmp_path: Path) -> None:
    data = tmp_path / "var"
    with small_disk(data, size_mb=DISK_MB):
        async with floor.branch(tmp_path, HOTLINE_DISK__FREE_MIN_MB="8") as office:
            await _serve_on_a_full_disk(office, data)


async def _serve_on_a_full_disk(office: Floor, data: Path) -> None:
    instance = office.instance
    is_full = asyncio.Event()
    manners = Manners(talk_s=300, may_answer=is_full)
    agent = await office.ready_agent("lijing", tone_hz=AGENT_TONE_HZ, manners=manners)
    await until(lambda: _is_written_to_be_ready(office), WITHIN_S, "the next server would know of the agent")
    first = await office.queued_customer("13511110001")
    await until(lambda: _rings(agent), WITHIN_S, "all prompts on the way to an agent are kept")
    with filled(data):
        is_full.set()
        assert "full disk" in (await _ready(instance))["disk"]
        await hears_tone(first, AGENT_TONE_HZ, within_s=WITHIN_S)
        instance.signal("server", signal.SIGKILL)
        await until(lambda: _is_taking_calls(instance), WITHIN_S, "the next server takes calls")
        second = await office.queued_customer("13511110002")
        await first.hang_up()
        await hears_tone(second, AGENT_TONE_HZ, within_s=WITHIN_S + WRAP_UP_S)
        await second.hang_up()
    await instance.until_ready()
    await until(lambda: len(_outcomes(office)) == 2, WITHIN_S, "both calls are in the ledger")
    assert _outcomes(office) == [("served",), ("served",)]


def _is_written_to_be_ready(office: Floor) -> bool:
    return bool(office.rows("SELECT 1 FROM acd_wish WHERE state = 'ready'"))


def _rings(agent: Agent) -> bool:
    return agent.phone is not None and bool(agent.phone.invites)


def _outcomes(office: Floor) -> list[tuple[object, ...]]:
    return office.rows("SELECT outcome FROM call WHERE outcome IS NOT NULL ORDER BY arrived_at")
