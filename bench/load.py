"""The load: agents at their phones all day, and customers of whom the next dials when one is served."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

from rig.agents import Agent, Manners
from rig.customers import SCENARIO, Trunk
from rig.media import MediaClock
from rig.ports import free_port

SIGN_INS_AT_ONCE = 8
DIALS_PER_S = 20
PATIENCE_S = 600
CUSTOMERS_MAX = 10_000


@asynccontextmanager
async def agents_at_work(
    base_url: str, sign_ins: dict[str, str], manners: Manners
) -> AsyncIterator[list[Agent]]:
    """All agents signed in with a registered phone, until the end of the block."""
    agents = [Agent(base_url, name, password) for name, password in sign_ins.items()]
    # Nobody listens here: the clock is never started, so that phones signal but send no sound.
    clock = MediaClock()
    turn = asyncio.Semaphore(SIGN_INS_AT_ONCE)

    async def start(agent: Agent) -> None:
        async with turn:
            await agent.start(clock, tone_hz=1000, manners=manners)

    try:
        async with asyncio.TaskGroup() as starting:
            for agent in agents:
                starting.create_task(start(agent))
        yield agents
    finally:
        await asyncio.gather(*(agent.stop() for agent in agents))


async def set_state(agents: Iterable[Agent], state: str) -> None:
    """What all agents want to be; a break is one that as many may take as like."""
    reason = "training" if state == "on_break" else ""
    for agent in agents:
        await agent.call_api("PUT", "/api/agent/state", {"state": state, "reason": reason})


@asynccontextmanager
async def customers(folder: Path, trunk: Trunk, *, to: str, at_once: int) -> AsyncIterator[None]:
    """Keeps so many customers on the line; when one is hung up on, the next dials."""
    _write_scenario(folder, to)
    process = await asyncio.create_subprocess_exec(
        "sipp",
        f"{trunk.asterisk_host}:{trunk.asterisk_port}",
        *("-sf", "customer.xml", "-inf", "fields.csv", "-nostdin"),
        *("-l", str(at_once), "-r", str(DIALS_PER_S), "-m", str(CUSTOMERS_MAX)),
        *(
            "-i",
            trunk.host,
            "-p",
            str(free_port()),
            "-mi",
            trunk.host,
            "-trace_err",
            "-error_file",
            "errors.log",
        ),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        yield
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def _write_scenario(folder: Path, to: str) -> None:
    folder.mkdir()
    scenario = SCENARIO.read_text(encoding="utf-8").replace("PATIENCE_MS", str(PATIENCE_S * 1000))
    (folder / "customer.xml").write_text(scenario, encoding="utf-8")
    # The sound's port, the dialled number, the caller's number and name. Nothing listens on port 9.
    lines = "".join(f"9;{to};139{number:08};\n" for number in range(CUSTOMERS_MAX))
    (folder / "fields.csv").write_text(f"SEQUENTIAL\n{lines}", encoding="utf-8")


def manners(talk_mean_s: float) -> Manners:
    """Answers soon; talks between half and one and a half of the mean."""
    return Manners(ring_s=0.2, talk_s=talk_mean_s, talk_spread=0.5)
