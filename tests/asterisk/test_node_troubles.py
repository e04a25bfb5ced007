"""A hang-up, a server that dies and a voice that fails, in every kind of node where callers stay.

In each test one caller stands in each of them, all at the same time.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
from typing_extensions import override

from ivr.ports import QueueRequest
from ivr.settings import IvrSettings
from ivr.turn import Whom
from kernel.ids import CallId
from rig.customers import Customer
from telephony.events import CallArrived, CallEnded
from telephony.model import EndReason, Outcome
from telephony.port import Line, LineHandler
from telephony.spool import BYTES_PER_SECOND
from tests.asterisk.private_asterisk import Exchange, PrivateAsterisk, eventually, exchange
from tests.asterisk.test_menu import CUSTOMER_HZ, LiveOffice, strongest_hz
from tests.unit.ivr.node_trials import TRIALS, write_site
from tests.unit.ivr.scripted import never

KINDS = tuple(sorted(kind for kind, trial in TRIALS.items() if trial.stays))
NUMBERS = {f"40090000{place:02d}": kind for place, kind in enumerate(KINDS)}
KEY_EVERY_S = 0.8
WITHIN_S = 30.0
SPEAKERS = tuple(kind for kind in KINDS if kind.startswith("voicemail"))
"""At whose ends callers speak."""


@dataclass
class Building(LiveOffice):
    """An office with a number for each kind of node; knows of each call what became of it."""

    prompt_s: float = 1.0
    voice_hangs: bool = False
    kinds: dict[CallId, str] = field(default_factory=dict)
    """Of node, by call."""
    ends: dict[str, list[Outcome]] = field(default_factory=dict)
    queued: set[str] = field(default_factory=set)

    @override
    async def render(self, text: str, language: str, *, has_time: bool = False) -> Path:
        if self.voice_hangs:
            await never()
        return await super().render(text, language, has_time=has_time)

    @override
    async def enter(self, request: QueueRequest) -> None:
        await super().enter(request)
        self.queued.add(self.kinds[request.arrival.call])

    @override
    async def reach(self, request: QueueRequest, whom: Whom) -> None:
        await super().reach(request, whom)
        self.queued.add(self.kinds[request.arrival.call])

    @override
    async def decide(self, call: CallId, outcome: Outcome) -> Outcome:
        self.ends.setdefault(self.kinds[call], []).append(outcome)
        return self.ends[self.kinds[call]][0]

    def is_settled(self, kind: str) -> bool:
        """Whether that caller waits for a person, or the call has its outcome."""
        return kind in self.queued or kind in self.ends

    def shortest_message_s(self) -> float:
        """How long every message is by now, once all speak."""
        spool = self.spool
        spoken = [len(spool.sound(part)) / BYTES_PER_SECOND for part in spool.parts()]
        return min(spoken) if len(spoken) >= len(SPEAKERS) else 0.0

    @override
    def handler(self) -> LineHandler:
        site = self.tmp_path / "site"
        if not site.exists():
            write_site(site, NUMBERS)
        service = self.service(site, IvrSettings(prompt_timeout_s=0.3))

        async def handle(line: Line) -> None:
            self.sessions += 1
            self.kinds[line.arrival.call] = NUMBERS[line.arrival.dialled]
            try:
                await service.handle(line)
            finally:
                self.sessions -= 1

        return handle


@pytest.fixture
def building(tmp_path: Path) -> Building:
    return Building(tmp_path)


async def everybody_calls(it: Exchange) -> dict[str, Customer]:
    """One caller for each kind of node."""
    callers = await asyncio.gather(
        *(
            it.call(to=number, number=f"0138001380{place:02d}", tone_hz=CUSTOMER_HZ)
            for place, number in enumerate(NUMBERS)
        )
    )
    return dict(zip(NUMBERS.values(), callers, strict=True))


async def press_until(caller: Customer, is_done: Callable[[], bool]) -> None:
    """Presses 1 whenever nothing comes of it: a key may fall where nobody listens."""
    async with asyncio.timeout(WITHIN_S):
        while not is_done():
            caller.press("1")
            with contextlib.suppress(TimeoutError):
                await eventually(is_done, within_s=KEY_EVERY_S)


async def all_hang_up(it: Exchange, callers: dict[str, Customer]) -> None:
    await asyncio.gather(*(caller.leave() for caller in callers.values()))
    await eventually(lambda: len(it.heard.of(CallEnded)) >= len(callers))


async def nothing_is_left(it: Exchange, building: Building) -> None:
    await eventually(lambda: building.sessions == 0)
    assert (await it.switch.snapshot()).calls == ()
    await eventually(lambda: "0 active channels" in it.asterisk.console("core show channels count"))
    calls = [event.arrival.call for event in it.heard.of(CallArrived)]
    ended = [event.call for event in it.heard.of(CallEnded)]
    assert sorted(ended) == sorted(set(calls))
    assert all(len(set(outcomes)) <= 1 for outcomes in building.ends.values())
    spool = building.spool
    assert {part for part in spool.parts() if spool.is_message(part)} <= set(building.imported)
    assert {path.suffix for path in (building.tmp_path / "spool").glob("*")} <= {".json", ".wav"}


async def in_their_nodes(building: Building, callers: dict[str, Customer]) -> None:
    """All have heard what is said there; who is to speak is being recorded."""
    await asyncio.gather(*(caller.first_sound() for caller in callers.values()))
    await eventually(lambda: building.shortest_message_s() > 1.5)
    assert "queue" in building.queued


async def test_callers_hang_up_and_nothing_is_left_behind(
    asterisk: PrivateAsterisk, building: Building
) -> None:
    async with exchange(asterisk, building.handler()) as it:
        callers = await everybody_calls(it)
        await in_their_nodes(building, callers)
        await all_hang_up(it, callers)
        await nothing_is_left(it, building)
        reasons = {event.reason for event in it.heard.of(CallEnded)}
    assert reasons == {EndReason.CALLER_HUNG_UP}
    assert building.ends == {kind: [Outcome.VOICEMAIL] for kind in SPEAKERS}


async def test_the_server_is_killed_and_the_next_one_goes_on_with_everybody(
    asterisk: PrivateAsterisk, building: Building
) -> None:
    async with exchange(asterisk, building.handler()) as it:
        callers = await everybody_calls(it)
        await in_their_nodes(building, callers)
        before = {kind: len(caller.end.heard) for kind, caller in callers.items()}
        building.queued.clear()
        await it.server_dies()
        await it.server_starts(building.handler())
        for kind, caller in callers.items():
            assert caller.is_on_the_phone, kind
        for kind in SPEAKERS:
            callers[kind].press("#")
        await asyncio.gather(
            *(press_until(caller, partial(building.is_settled, kind)) for kind, caller in callers.items())
        )
        heard_more = {kind for kind, caller in callers.items() if len(caller.end.heard) > before[kind]}
        assert heard_more == set(KINDS)
        await all_hang_up(it, callers)
        await nothing_is_left(it, building)
    assert len(building.imported) == len(SPEAKERS)
    for part in building.imported:
        assert strongest_hz(building.spool.sound(part)) == pytest.approx(CUSTOMER_HZ, abs=5)
    assert len(building.promised) == 1


@pytest.mark.parametrize("voice_hangs", [False, True])
async def test_without_a_voice_everybody_comes_to_a_person_or_leaves_a_message(
    asterisk: PrivateAsterisk, building: Building, *, voice_hangs: bool
) -> None:
    building.speech_fails, building.voice_hangs = not voice_hangs, voice_hangs
    async with exchange(asterisk, building.handler()) as it:
        callers = await everybody_calls(it)
        await eventually(lambda: building.shortest_message_s() > 1)
        # Who is asked something says and presses nothing; a message ends by itself only in silence.
        for kind in SPEAKERS:
            callers[kind].press("#")
        await press_until(callers["callback"], lambda: building.is_settled("callback"))
        await eventually(lambda: all(map(building.is_settled, KINDS)))
        await all_hang_up(it, callers)
        await nothing_is_left(it, building)
