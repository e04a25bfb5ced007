"""The agents of a drill: two groups, some of them at real browsers, and a fallback member."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from drill.site import SignIns
from rig.agents import Agent, Manners
from rig.browser import Browsers, Desk, all_browsers, go_before_other_programs
from rig.desk_agents import at_desk
from rig.instance import Instance
from rig.media import MediaClock

FIRST_TONE_HZ, TONE_STEP_HZ, LAST_TONE_HZ = 1300, 40, 3300
"""Above the notes of the music on hold; further apart than what counts as the same tone."""
RING_S, TALK_S = 0.5, 4.0
SIGN_INS_AT_ONCE = 6


@dataclass(slots=True)
class Member:
    """One agent, at a browser or at a phone of the rig's."""

    tone_hz: int
    at: Desk | Agent | None = None
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    may_hang_up: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def manners(self) -> Manners:
        """Waits for a sign before the first answer and before the first hang-up."""
        return Manners(ring_s=RING_S, talk_s=TALK_S, may_answer=self.may_answer, may_hang_up=self.may_hang_up)

    async def ready(self) -> None:
        """Takes calls from now on."""
        if isinstance(self.at, Desk):
            await self.at.become_ready()
        elif isinstance(self.at, Agent):
            await self.at.call_api("PUT", "/api/agent/state", {"state": "ready", "reason": ""})

    async def rest(self) -> None:
        """Takes none. Who sits at a browser has not begun yet."""
        if isinstance(self.at, Agent):
            await self.at.call_api("PUT", "/api/agent/state", {"state": "on_break", "reason": "training"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Everybody."""

    talkers: list[Member]
    """They answer first; when the fault comes they talk."""
    ringers: list[Member]
    """Their phones ring when the fault comes."""
    fallback: Member
    """Free when the fault comes, but of another queue."""

    @property
    def members(self) -> list[Member]:
        """All of them."""
        return [*self.talkers, *self.ringers, self.fallback]

    async def go_before_other_programs(self) -> None:
        """Agents' browsers run on machines of their own: here they don't wait for the installation's work."""
        for member in self.members:
            if isinstance(member.at, Desk):
                await go_before_other_programs(member.at.page.context)


@asynccontextmanager
async def at_work(
    instance: Instance, clock: MediaClock, sign_ins: SignIns, *, browsers: int
) -> AsyncIterator[Crew]:
    """All signed in with registered phones, and on a break; they go home at the end of the block."""
    names = list(sign_ins.serving.items())
    tones = iter(range(FIRST_TONE_HZ, LAST_TONE_HZ, TONE_STEP_HZ))
    half = len(names) // 2
    crew = Crew(
        talkers=[Member(next(tones)) for _ in names[:half]],
        ringers=[Member(next(tones)) for _ in names[half:]],
        fallback=Member(next(tones)),
    )
    async with AsyncExitStack() as stack:
        found = await stack.enter_async_context(all_browsers())
        opening = _Opening(instance, clock, found, stack, asyncio.Semaphore(SIGN_INS_AT_ONCE))
        members = [*crew.talkers, *crew.ringers]
        at_browsers = {*range((browsers + 1) // 2), *range(half, half + browsers // 2)}
        for index in sorted(at_browsers):
            await opening.at_browser(members[index], names[index])
        async with asyncio.TaskGroup() as starting:
            for index in sorted(set(range(len(names))) - at_browsers):
                starting.create_task(opening.at_phone(members[index], names[index]))
            starting.create_task(opening.at_phone(crew.fallback, next(iter(sign_ins.fallback.items()))))
        yield crew


@dataclass(frozen=True, slots=True)
class _Opening:
    """Brings agents to work; they go home with the stack."""

    instance: Instance
    clock: MediaClock
    browsers: Browsers
    stack: AsyncExitStack
    turn: asyncio.Semaphore

    async def at_browser(self, member: Member, sign_in: tuple[str, str]) -> None:
        browser = await self.stack.enter_async_context(self.browsers.fresh(tone_hz=member.tone_hz))
        desk = at_desk(browser, self.instance.base_url, sign_in, member.manners)
        member.at = await self.stack.enter_async_context(desk)

    async def at_phone(self, member: Member, sign_in: tuple[str, str]) -> None:
        member.at = Agent(self.instance.base_url, *sign_in)
        self.stack.push_async_callback(member.at.stop)
        async with self.turn:
            await member.at.start(self.clock, tone_hz=member.tone_hz, manners=member.manners)
            await member.rest()
