"""The disk is full to its last block, and the server dies on top: whoever calls is served all the same."""

import signal
from pathlib import Path

import aiohttp

from rig.agents import Manners
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
    await office.ready_agent("lijing", tone_hz=AGENT_TONE_HZ, manners=Manners(talk_s=300))
    # By now the menu was spoken once, and its prompts are kept.
    first = await office.queued_customer("13511110001")
    with filled(data):
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


def _outcomes(office: Floor) -> list[tuple[object, ...]]:
    return office.rows("SELECT outcome FROM call WHERE outcome IS NOT NULL ORDER BY arrived_at")
