"""The agents of a drill: two groups, some of them at real browsers, and a fallback member."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from drill.site import SignIns
from drill.states import CALLBACK, PAIRED
from rig.agents import Agent, Manners, WebPhone
from rig.browser import Browsers, Desk, all_browsers, go_before_other_programs
from rig.desk_agents import at_desk
from rig.instance import Instance
from rig.media import MediaClock

FIRST_TONE_HZ, TONE_STEP_HZ, LAST_TONE_HZ = 1300, 40, 3300
"""Above the notes of the music on hold; further apart than what counts as the same tone."""
TONES_HZ = range(FIRST_TONE_HZ, LAST_TONE_HZ, TONE_STEP_HZ)
FAR_TONES = len(TONES_HZ) // 2
"""So many tones apart, two who talk at once are told from each other in every sound."""
RING_S, TALK_S = 0.5, 4.0
TALK_CALLING_BACK_S = 12.0
"""From accepting: in it the customer is called, and picks up, perhaps while no server is there."""
SIGN_INS_AT_ONCE = 6


@dataclass(slots=True)
class Member:
    """One agent, at a browser or at a phone of the rig's."""

    tone_hz: int
    at: Desk | Agent | None = None
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    may_hang_up: asyncio.Event = field(default_factory=asyncio.Event)
    talk_s: float = TALK_S

    @property
    def agent(self) -> Agent:
        """The person at a phone of the rig's."""
        assert isinstance(self.at, Agent), "sits at a browser"
        return self.at

    @property
    def phone(self) -> WebPhone:
        """The rig's own phone, which tells what this person hears."""
        assert self.agent.phone is not None, "has not begun to work"
        return self.agent.phone

    @property
    def manners(self) -> Manners:
        """Waits for a sign before the first answer and before the first hang-up."""
        return Manners(
            ring_s=RING_S, talk_s=self.talk_s, may_answer=self.may_answer, may_hang_up=self.may_hang_up
        )

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


@dataclass(frozen=True, slots=True)
class Troupe:
    """Those who are only for the calls of one state."""

    agents: Sequence[Member]
    others: Sequence[Member]
    """A colleague or a supervisor for each agent, where the state needs one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crew:
    """Everybody."""

    talkers: list[Member]
    """They answer first; when the fault comes they talk."""
    ringers: list[Member]
    """Their phones ring when the fault comes."""
    fallback: Member
    """Free when the fault comes, but of another queue."""
    troupes: Mapping[str, Troupe]
    """By the state of their calls. Their tones are others' as well: nobody serves two queues."""

    @property
    def members(self) -> list[Member]:
        """All who serve callers of the plain states."""
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
    tones = iter(TONES_HZ)
    half = len(names) // 2
    crew = Crew(
        talkers=[Member(next(tones)) for _ in names[:half]],
        ringers=[Member(next(tones)) for _ in names[half:]],
        fallback=Member(next(tones)),
        troupes={state: _troupe(state, len(found)) for state, found in sign_ins.talks.items()},
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
            for state, troupe in crew.troupes.items():
                everybody = zip((*troupe.agents, *troupe.others), sign_ins.talks[state].items(), strict=True)
                for member, sign_in in everybody:
                    starting.create_task(opening.at_phone(member, sign_in))
        yield crew


def _troupe(state: str, size: int) -> Troupe:
    n = size // 2 if state in PAIRED else size
    talk_s = TALK_CALLING_BACK_S if state == CALLBACK else TALK_S
    agents = [Member(TONES_HZ[index % len(TONES_HZ)], talk_s=talk_s) for index in range(n)]
    others = [Member(TONES_HZ[(index + FAR_TONES) % len(TONES_HZ)]) for index in range(size - n)]
    for member in (*agents, *others):
        member.may_answer.set()
    return Troupe(agents, others)


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
