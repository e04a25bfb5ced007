"""In every kind of node: a caller who hangs up, a server that dies, and a voice that fails or hangs."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from typing_extensions import override

from ivr.check import check_files
from ivr.nodes import NODE_TYPES
from ivr.service import LineService
from ivr.settings import IvrSettings
from telephony.port import LineEntry, Recorded
from tests.unit.ivr.node_trials import TRIALS, write_site
from tests.unit.ivr.scripted import Office, ScriptedLine, arrival, never

NUMBER = "4009"
SETTINGS = IvrSettings(prompt_timeout_s=0.02)
WITHIN_S = 10.0
STEPS_MAX = 60
"""No trial takes as many."""
PASSED_BY_ITSELF = {"say", "hangup", "lookup", "sms", "ticket", "progress", "identify", "listen"}
"""Where callers go on without doing anything: they are told something, or no live line hears them."""


class MortalLine(ScriptedLine):
    """At whose end a server dies: not a step more is taken, not even to tidy up."""

    def __init__(self, **facts: object) -> None:
        super().__init__(**facts)  # type: ignore[arg-type]
        self.server_died = asyncio.Event()

    @override
    async def _step(self, name: str) -> None:
        if self.steps_left <= 0:
            self.server_died.set()
            await never()
        await super()._step(name)

    @override
    async def record(self, to: Path, *, max_s: float, silence_s: float, stop_keys: str) -> Recorded:
        recorded = await super().record(to, max_s=max_s, silence_s=silence_s, stop_keys=stop_keys)
        await self._step("recorded")
        return recorded


@dataclass
class Stage(Office):
    """An office with the flow of one kind of node."""

    voice_hangs: bool = False
    kind: str = ""
    site: Path = Path()

    def lines(self) -> LineService:
        return self.service(self.site, SETTINGS)

    def line(self, **facts: object) -> MortalLine:
        return MortalLine(came=arrival(dialled=NUMBER), **facts)

    @override
    async def render(self, text: str, language: str, *, has_time: bool = False) -> Path:
        if self.voice_hangs:
            await never()
        return await super().render(text, language, has_time=has_time)


@pytest.fixture(params=sorted(TRIALS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stages(tmp_path: Path, kind: str) -> Iterator[Stage]:
    """One office after the other, as many as are asked for, with the same site."""
    site = write_site(tmp_path / "site", {NUMBER: kind})
    return (Stage(tmp_path / str(count), kind=kind, site=site) for count in itertools.count())


@asynccontextmanager
async def nothing_left_behind(stage: Stage) -> AsyncIterator[None]:
    before = asyncio.all_tasks()
    yield
    async with asyncio.timeout(WITHIN_S):
        while asyncio.all_tasks() - before:  # noqa: ASYNC110 - tasks end without an event
            await asyncio.sleep(0)
    spool = stage.spool
    assert len(set(stage.outcomes)) <= 1
    assert {part for part in spool.parts() if spool.is_message(part)} <= set(stage.imported)
    assert {path.suffix for path in (stage.tmp_path / "spool").glob("*")} <= {".json", ".wav"}


def is_settled(stage: Stage, line: ScriptedLine) -> bool:
    """The caller waits in a queue, or the call has ended in its one way."""
    return line.did[-1] == "hold" or (line.did[-1] == "hang_up" and bool(stage.outcomes))


def test_every_kind_of_node_is_tried() -> None:
    assert {name.partition("/")[0] for name in TRIALS} == set(NODE_TYPES)


def test_there_is_a_caller_for_every_kind_of_node_at_which_one_can_stay() -> None:
    asks = {kind for kind, node in NODE_TYPES.items() if "text" in node.model_fields}
    called = {kind.partition("/")[0] for kind, trial in TRIALS.items() if trial.stays}
    assert asks - PASSED_BY_ITSELF <= called


def test_the_trial_is_of_its_kind_and_without_mistakes(stages: Iterator[Stage], kind: str) -> None:
    site = next(stages).site
    flows = sorted((site / "flows").glob("*.yaml"))
    assert check_files(flows, lambda _: site, SETTINGS) == []
    written = f"type: {kind.partition('/')[0]}"
    assert any(written in path.read_text(encoding="utf-8") for path in flows)


async def test_a_caller_may_hang_up_at_any_step(stages: Iterator[Stage], kind: str) -> None:
    for steps, stage in enumerate(stages):
        line = ScriptedLine(came=arrival(dialled=NUMBER), keys=TRIALS[kind].keys, steps_left=steps)
        async with nothing_left_behind(stage):
            await stage.lines().handle(line)
        assert len(line.did) <= steps < STEPS_MAX
        if line.steps_left:
            return


async def test_wherever_the_server_dies_the_next_one_goes_on(stages: Iterator[Stage], kind: str) -> None:
    for steps, stage in enumerate(stages):
        died = stage.line(keys=TRIALS[kind].keys, steps_left=steps)
        async with dying(stage, died):
            if not died.server_died.is_set():
                return
            stage.now += timedelta(seconds=5)
            # Who is asked once more presses once more.
            keys = [*TRIALS[kind].keys, "1"]
            entry = LineEntry.NEXT if died.mark else LineEntry.ARRIVED
            line = ScriptedLine(came=died.arrival, keys=keys, entry=entry, mark=died.mark)
            async with nothing_left_behind(stage):
                await stage.lines().handle(line)
            assert is_settled(stage, line), (steps, died.did, line.did)
            assert steps < STEPS_MAX
            assert {number for _, number in stage.promised} <= {line.arrival.caller_number}


@asynccontextmanager
async def dying(stage: Stage, line: MortalLine) -> AsyncIterator[None]:
    """A server that gets as far as the line does, and does nothing from then on."""
    server = asyncio.create_task(stage.lines().handle(line))
    death = asyncio.create_task(line.server_died.wait())
    async with asyncio.timeout(WITHIN_S):
        await asyncio.wait({server, death}, return_when=asyncio.FIRST_COMPLETED)
    try:
        yield
    finally:
        server.cancel()
        death.cancel()
        await asyncio.wait({server, death})


@pytest.mark.parametrize("voice_hangs", [False, True])
@pytest.mark.parametrize("presses", [True, False])
async def test_a_voice_that_says_nothing_keeps_nobody_from_going_on(
    stages: Iterator[Stage], kind: str, *, voice_hangs: bool, presses: bool
) -> None:
    stage = next(stages)
    stage.speech_fails, stage.voice_hangs = not voice_hangs, voice_hangs
    line = stage.line(keys=TRIALS[kind].keys if presses else ())
    async with nothing_left_behind(stage), asyncio.timeout(WITHIN_S):
        await stage.lines().handle(line)
    assert is_settled(stage, line), line.did
