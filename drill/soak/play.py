"""Plays a soak: a private installation, callers without end, agents who come and go, and what is left."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from drill.crew import SIGN_INS_AT_ONCE, TONES_HZ
from drill.place import folder_of, precedence, running, ticking
from drill.scene import NotSet, until
from drill.soak import site
from drill.soak.accounts import Story, compare, compare_own
from drill.soak.callers import Plan as CallPlan
from drill.soak.callers import call, plan_of
from drill.soak.gauges import (
    Census,
    calls_back,
    census,
    database_mb,
    memory_mb,
    outcomes,
    own_calls,
    promises,
)
from drill.soak.growth import Reading, growths
from drill.soak.promised import Written, compare_promises
from drill.soak.report import MADE_ONCE, Minute, Report
from drill.soak.town import Town
from drill.soak.workers import Chief, Worker
from rig.agents import Agent
from rig.instance import Instance
from rig.media import MediaClock

AGENTS_FOR_EACH_CALL_PER_S = 14
"""Two of three callers want one, for some six seconds and the time between."""
SUPERVISORS = 2
SEED = 20
"""The same callers and agents in every run."""
READ_EVERY_S = 5.0
MINUTE_S = 60.0
AT_ONCE_MAX = 200
SETTLED_WITHIN_S = KEPT_WITHIN_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked for."""

    seconds: float
    per_s: float
    keep: Path | None = None
    """Where the installation's data and logs stay; None: they go with the soak."""


async def play(plan: Plan, say: Callable[[str], None]) -> Report:
    """Everything that is started here ends here."""
    agents = max(4, round(AGENTS_FOR_EACH_CALL_PER_S * plan.per_s))
    with folder_of(plan.keep, "hotline-soak-") as folder:
        instance = Instance(folder, site.SETTINGS)
        sign_ins = await site.lay_out(instance.data, agents, SUPERVISORS)
        say("starting a private installation …")
        async with running(instance), ticking() as clock:
            before = await census(instance)
            database_before_mb = database_mb(instance)
            say(f"signing in {agents} agents and {SUPERVISORS} supervisors …")
            with precedence():
                workers = _workers(instance, clock, sign_ins)
                async with _town(clock) as town, _at_work(workers):
                    soak = _Soak(plan, instance, town, workers, say)
                    await soak.run()
            after = await _settled(instance, before)
            return soak.report(before, after, database_mb(instance) - database_before_mb)


def _workers(instance: Instance, clock: MediaClock, sign_ins: site.SignIns) -> list[Worker]:
    everybody = [(Worker, sign_in) for sign_in in sign_ins.agents.items()]
    everybody += [(Chief, sign_in) for sign_in in sign_ins.supervisors.items()]
    return [
        kind(
            Agent(instance.base_url, *sign_in, reads=True),
            clock,
            TONES_HZ[index % len(TONES_HZ)],
            Random(SEED + index),  # noqa: S311 - no secret
        )
        for index, (kind, sign_in) in enumerate(everybody)
    ]


@asynccontextmanager
async def _town(clock: MediaClock) -> AsyncIterator[Town]:
    town = Town(clock)
    await town.open()
    try:
        yield town
    finally:
        town.close()


@asynccontextmanager
async def _at_work(workers: Sequence[Worker]) -> AsyncIterator[None]:
    turn = asyncio.Semaphore(SIGN_INS_AT_ONCE)

    async def start(worker: Worker) -> None:
        async with turn:
            await worker.start()

    coming: list[asyncio.Task[None]] = []
    try:
        async with asyncio.TaskGroup() as starting:
            for worker in workers:
                starting.create_task(start(worker))
        coming = [asyncio.create_task(worker.come_and_go()) for worker in workers]
        yield
    finally:
        for task in coming:
            task.cancel()
        ended = await asyncio.gather(*coming, return_exceptions=True)
        for worker in workers:
            await worker.go_home()
        failures = [one for one in ended if isinstance(one, Exception)]
        if failures:
            raise ExceptionGroup("agents did not go on", failures)


@dataclass(slots=True)
class _Soak:
    plan: Plan
    instance: Instance
    town: Town
    workers: Sequence[Worker]
    say: Callable[[str], None]
    began_s: float = field(default_factory=time.monotonic)
    lasted_s: float = 0.0
    placed: int = 0
    not_placed: int = 0
    most_at_once: int = 0
    stories: list[Story] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    minutes: list[Minute] = field(default_factory=list)

    @property
    def on_the_phone(self) -> int:
        return self.placed - len(self.stories)

    @property
    def clock(self) -> MediaClock:
        return self.town.clock

    async def run(self) -> None:
        """Until every call is over, and all were called who were promised that."""
        self.began_s = time.monotonic()
        self.clock.longest_stall_s = 0.0
        async with asyncio.TaskGroup() as together:
            watching = [together.create_task(self._read()), together.create_task(self._tell())]
            async with asyncio.TaskGroup() as calls:
                await self._place(calls)
                self.lasted_s = time.monotonic() - self.began_s
            with contextlib.suppress(NotSet):  # then the report says so
                await until(self._all_are_called, KEPT_WITHIN_S, "promises to call back")
            for task in watching:
                task.cancel()
        await self._note_minute()

    async def _all_are_called(self) -> bool:
        found = await asyncio.to_thread(promises, self.instance.data)
        return not any("open" in ends for ends in found.values())

    async def _place(self, calls: asyncio.TaskGroup) -> None:
        chance = Random(SEED)  # noqa: S311 - no secret
        due_s, index = self.began_s, 0
        while due_s < self.began_s + self.plan.seconds:
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            plan = plan_of(index, chance)
            if self.on_the_phone < AT_ONCE_MAX:
                self.placed += 1
                calls.create_task(self._call(plan))
            else:
                self.not_placed += 1
            self.most_at_once = max(self.most_at_once, self.on_the_phone)
            index += 1
            due_s += 1 / self.plan.per_s

    async def _call(self, plan: CallPlan) -> None:
        self.stories.append(await call((self.clock, self.instance.trunk), plan))

    async def _read(self) -> None:
        while True:
            self.readings.append(Reading(calls=self.placed, mb=memory_mb(self.instance)))
            await asyncio.sleep(READ_EVERY_S)

    async def _tell(self) -> None:
        while True:
            await self._note_minute()
            await asyncio.sleep(MINUTE_S)

    async def _note_minute(self) -> None:
        minute = Minute(
            at_min=(time.monotonic() - self.began_s) / MINUTE_S,
            reading=Reading(calls=self.placed, mb=memory_mb(self.instance)),
            on_the_phone=self.on_the_phone,
            database_mb=database_mb(self.instance),
            census=await census(self.instance),
        )
        self.minutes.append(minute)
        memory = ", ".join(f"{part} {mb:.0f} MB" for part, mb in minute.reading.mb.items())
        counts = minute.census
        self.say(
            f"{minute.at_min:4.1f} min: {self.placed} calls, {self.on_the_phone} on the phone; {memory}; "
            f"{counts.tasks} tasks, {counts.threads} threads, {counts.files} files, "
            f"{counts.channels} channels"
        )

    def report(self, before: Census, after: Census, database_grown_mb: float) -> Report:
        """What is known in the end."""
        called = [call for worker in self.workers for call in worker.called]
        return Report(
            wanted_per_s=self.plan.per_s,
            lasted_s=self.lasted_s,
            accounts=compare(self.stories, outcomes(self.instance.data)),
            own_calls=compare_own(called, own_calls(self.instance.data)),
            promises=compare_promises(
                self.stories,
                Written(promises=promises(self.instance.data), calls=calls_back(self.instance.data)),
                {number: one.story() for number, one in self.town.lives.items()},
            ),
            did=sum((worker.did for worker in self.workers), Counter[str]()),
            before=before,
            after=after,
            minutes=self.minutes,
            growths=growths(self.readings),
            database_kb_per_call=1024 * database_grown_mb / max(1, self.placed),
            most_at_once=self.most_at_once,
            not_placed=self.not_placed,
            rig_stalled_s=self.clock.longest_stall_s,
        )


async def _settled(instance: Instance, before: Census) -> Census:
    """Once nothing is under way, or should long have been over; the report tells what is left then."""

    async def is_quiet() -> bool:
        found = await census(instance)
        if (
            found.tasks > before.tasks + MADE_ONCE["tasks"]
        ):  # counted now and then: perhaps before all had left
            return False
        under_way = (found.channels, found.bridges, found.spooled, found.open_legs, found.open_jobs)
        return not any(under_way) and all(
            "open" not in one
            for one in (
                *outcomes(instance.data).values(),
                *calls_back(instance.data).values(),
                own_calls(instance.data).values(),
            )
        )

    with contextlib.suppress(NotSet):
        await until(is_quiet, SETTLED_WITHIN_S, "everything at rest")
    return await census(instance)
