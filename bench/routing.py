"""How soon a free agent's phone is rung while callers wait: Hotline beside Asterisk's `app_queue`.

One private installation, the same agents at the same registered phones, the same customers by sipp;
only the number that they dial differs. Both are stamped by the same Asterisk: the end of an agent's
leg, and the next dialling of that agent's phone.
"""

import asyncio
import secrets
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bench import site
from bench.app_queue import NUMBER as APP_QUEUE_NUMBER
from bench.app_queue import add_app_queue, console
from bench.load import agents_at_work, customers, manners, set_state
from bench.machine import ProcessorTime, give_precedence, machine
from bench.measuring import Dispatch, Floor, percentile
from bench.stamps import OUR_LEGS, stamps
from infra.toolchain import asterisk
from kernel.errors import HotlineError
from rig.agents import Agent
from rig.instance import Instance

P50_MAX_MS = 6.0
P99_MAX_MS = 50.0
CALLS_PER_S_MAX, CALLS_WAITING_PER_S = 12.5, 2_500
"""So many calls end in a second, and fewer the more callers wait: a quarter of a percent of a processor goes
into each one's music, which leaves less for what is measured."""
TALK_MEAN_MIN_S = 2.0
BUSY_SHARE = 0.9
"""Measured is from when so many of the agents are on the phone, and enough callers wait."""
CALLERS_SPARE = 60
"""More callers than are to wait, for those who are being greeted or hear a goodbye."""
FILL_WITHIN_S = 150.0
MEASURE_WITHIN_S = 120.0
EMPTY_WITHIN_S = 60.0
POLL_S = 0.1
PARTS = ("asterisk", "server", "edge")
HOTLINE, APP_QUEUE = "hotline", "app_queue"
NO_SOUND_FOR_S = 3600
RTP_FIRST_PORT, RTP_LAST_PORT = 20000, 27999
SETTINGS = {
    # The phones of this measurement are silent, which must not count as a lost phone.
    "HOTLINE_TELEPHONY__RTP_TIMEOUT_S": str(NO_SOUND_FOR_S),
    # Each line takes two ports.
    "HOTLINE_TELEPHONY__RTP_FIRST_PORT": str(RTP_FIRST_PORT),
    "HOTLINE_TELEPHONY__RTP_LAST_PORT": str(RTP_LAST_PORT),
}


class NotMeasured(HotlineError):
    """The load that was asked for did not come about."""

    code = "not_measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How large the measurement is."""

    agents: int = 100
    waiting: int = 100
    calls: int = 400
    """Dispatches of each router."""
    has_precedence: bool = False
    """What is measured runs before all other programs, as if the machine were its own."""

    @property
    def talk_mean_s(self) -> float:
        """How long the agents talk: so that the machine has no more calls to pass on than it bears."""
        calls_per_s = min(CALLS_PER_S_MAX, CALLS_WAITING_PER_S / self.waiting)
        return max(TALK_MEAN_MIN_S, self.agents / calls_per_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What one router did."""

    router: str
    agents: int
    talk_mean_s: float
    waiting_min: int
    dispatches: int
    dispatches_per_s: float
    free_to_invite_p50_ms: float
    free_to_invite_p90_ms: float
    free_to_invite_p99_ms: float
    free_to_invite_max_ms: float
    asterisk_processor_percent: float
    server_processor_percent: float
    edge_processor_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Both routers, at one size."""

    hotline: Row
    app_queue: Row

    @property
    def p50_ratio(self) -> float:
        """How many times longer a free agent waits with app_queue, as a rule."""
        return self.app_queue.free_to_invite_p50_ms / self.hotline.free_to_invite_p50_ms

    @property
    def p99_ratio(self) -> float:
        """The same at the worst."""
        return self.app_queue.free_to_invite_p99_ms / self.hotline.free_to_invite_p99_ms

    @property
    def holds(self) -> bool:
        """Whether Hotline is as quick as promised."""
        ours = self.hotline
        return ours.free_to_invite_p50_ms <= P50_MAX_MS and ours.free_to_invite_p99_ms <= P99_MAX_MS

    def as_rows(self) -> list[dict[str, object]]:
        """As scripts read them."""
        ratios = {
            "app_queue_over_hotline_p50_ratio": round(self.p50_ratio, 1),
            "app_queue_over_hotline_p99_ratio": round(self.p99_ratio, 1),
        }
        return [asdict(self.hotline) | ratios, asdict(self.app_queue)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """All sizes, of one run."""

    machine: dict[str, object]
    pairs: list[Pair]
    not_measured: list[str] = field(default_factory=list)
    """Sizes that did not come about here, and why."""

    @property
    def holds(self) -> bool:
        """Whether Hotline is as quick as promised at every size."""
        return not self.not_measured and all(pair.holds for pair in self.pairs)

    def as_json(self) -> dict[str, object]:
        """As every benchmark is told to scripts."""
        return {
            "name": "routing",
            "machine": self.machine,
            "rows": [row for pair in self.pairs for row in pair.as_rows()],
            "not_measured": self.not_measured,
        }


@dataclass(frozen=True, slots=True)
class Bench:
    """Everything that runs."""

    folder: Path
    instance: Instance
    agents: Sequence[Agent]
    floor: Floor
    size: Size

    @property
    def etc(self) -> Path:
        """The configuration that the private Asterisk loads."""
        return self.instance.data / "asterisk" / "etc"


async def measure(sizes: Sequence[Size], say: Callable[[str], None]) -> Result:
    """Measures both routers at each size, one after the other."""
    here = machine() | {"has_precedence": any(size.has_precedence for size in sizes)}
    result = Result(machine=here, pairs=[])
    for size in sizes:
        try:
            result.pairs.append(await _measure_at(size, say))
        except NotMeasured as error:
            result.not_measured.append(f"{size.agents} agents, {size.waiting} waiting: {error}")
    if not result.pairs:
        raise NotMeasured("; ".join(result.not_measured))
    return result


async def _measure_at(size: Size, say: Callable[[str], None]) -> Pair:
    """Starts an installation, measures both routers, and stops everything that it started."""
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as name:
        folder = Path(name)
        say(f"{size.agents} agents, {size.waiting} waiting: starting a private installation …")
        instance = Instance(folder, SETTINGS)
        sign_ins = await site.lay_out(instance.data, size.agents)
        try:
            await instance.start()
            if size.has_precedence:
                give_precedence(map(instance.pid, PARTS))
            say("signing the agents in …")
            async with agents_at_work(instance.base_url, sign_ins, manners(size.talk_mean_s)) as agents:
                bench = Bench(folder, instance, agents, Floor(_devices(agents)), size)
                return await _measure_both(bench, say)
        finally:
            await instance.stop()


async def _measure_both(bench: Bench, say: Callable[[str], None]) -> Pair:
    secret = secrets.token_urlsafe(24)
    tree = asterisk.ensure()
    await add_app_queue(bench.etc, tree, sorted(bench.floor.agents), secret)
    async with stamps(bench.instance.ami_port, secret, bench.floor):
        say("measuring Hotline …")
        ours = await _measure_one(bench, HOTLINE, site.NUMBER)
        say(f"p50 {ours.free_to_invite_p50_ms} ms, p99 {ours.free_to_invite_p99_ms} ms")
        await set_state(bench.agents, "on_break")
        say("measuring app_queue …")
        theirs = await _measure_one(bench, APP_QUEUE, APP_QUEUE_NUMBER)
    return Pair(hotline=ours, app_queue=theirs)


async def _measure_one(bench: Bench, router: str, number: str) -> Row:
    floor, size = bench.floor, bench.size
    at_once = size.agents + size.waiting + CALLERS_SPARE
    async with customers(bench.folder / router, bench.instance.trunk, to=number, at_once=at_once):
        await _until(
            lambda: floor.busy >= BUSY_SHARE * size.agents and floor.waiting >= size.waiting,
            FILL_WITHIN_S,
            lambda: f"{router}: {floor.busy} agents are busy and {floor.waiting} callers wait",
        )
        since_s, began_at_s = time.time(), time.monotonic()
        processors = ProcessorTime({part: bench.instance.pid(part) for part in PARTS})
        await _until(
            lambda: len(floor.measured(since_s)) >= size.calls,
            MEASURE_WITHIN_S,
            lambda: f"{router}: {len(floor.measured(since_s))} of {size.calls} calls were dispatched",
        )
        seconds, percent = time.monotonic() - began_at_s, processors.percent()
    dispatches = floor.measured(since_s)
    await _hang_up_everything(bench)
    _refuse_others_work(router, dispatches)
    return _row(router, size, dispatches, seconds, percent)


def _refuse_others_work(router: str, dispatches: Sequence[Dispatch]) -> None:
    """Were Hotline's server to fail, its callers would wait in the switch's own queue: no figure of ours."""
    ours = sum(dispatch.leg.startswith(OUR_LEGS) for dispatch in dispatches)
    if ours != (len(dispatches) if router == HOTLINE else 0):
        raise NotMeasured(f"{router}: {ours} of {len(dispatches)} calls were dispatched by Hotline")


async def _hang_up_everything(bench: Bench) -> None:
    """Asked again and again, because a caller on the way into a conversation may not hear it."""
    floor, tree = bench.floor, asterisk.ensure()
    try:
        async with asyncio.timeout(EMPTY_WITHIN_S):
            while floor.callers or floor.busy:
                await console(bench.etc, tree, "channel request hangup all")
                await asyncio.sleep(POLL_S)
    except TimeoutError as error:
        still = f"{len(floor.callers)} callers and {floor.busy} agents are still on the phone"
        raise NotMeasured(f"after {EMPTY_WITHIN_S:.0f} s, {still}") from error


async def _until(holds: Callable[[], bool], within_s: float, what: Callable[[], str]) -> None:
    give_up_at_s = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > give_up_at_s:
            raise NotMeasured(f"after {within_s:.0f} s, {what()}")
        await asyncio.sleep(POLL_S)


def _row(
    router: str, size: Size, dispatches: Sequence[Dispatch], seconds: float, percent: dict[str, float]
) -> Row:
    delays_ms = [1000 * dispatch.delay_s for dispatch in dispatches]
    p50, p90, p99 = (round(percentile(delays_ms, share), 2) for share in (0.5, 0.9, 0.99))
    return Row(
        router=router,
        agents=size.agents,
        talk_mean_s=size.talk_mean_s,
        waiting_min=min(dispatch.waiting for dispatch in dispatches),
        dispatches=len(dispatches),
        dispatches_per_s=round(len(dispatches) / seconds, 1),
        free_to_invite_p50_ms=p50,
        free_to_invite_p90_ms=p90,
        free_to_invite_p99_ms=p99,
        free_to_invite_max_ms=round(max(delays_ms), 2),
        asterisk_processor_percent=round(percent["asterisk"], 1),
        server_processor_percent=round(percent["server"], 1),
        edge_processor_percent=round(percent["edge"], 1),
    )


def _devices(agents: Sequence[Agent]) -> frozenset[str]:
    return frozenset(agent.phone.device for agent in agents if agent.phone is not None)
