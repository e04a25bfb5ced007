"""What changes in a site while calls go on: its queues, its opening hours, and whom agents serve."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import structlog

from acd.break_rules import Breaks
from acd.engine import Engine, inputs
from acd.engine.inputs import Input
from acd.engine.state import profile_of
from acd.model import AgentProfile, QueueRules
from acd.settings import AcdSettings
from infra.tasks import to_the_end
from kernel.ids import QueueId

log = structlog.get_logger(__name__)


class Following:
    """Looks now and then, and tells the engine of what is not as it was; each to run in the background."""

    def __init__(
        self, ask: Callable[[Input], Awaitable[None]], engine: Engine, settings: AcdSettings
    ) -> None:
        self._ask = ask
        self._engine = engine
        self._settings = settings

    async def queues(self, changed: Callable[[], Mapping[QueueId, QueueRules] | None]) -> None:
        """Takes up the site's queues when `changed` says that they are others."""
        while True:
            await asyncio.sleep(self._settings.queues_every_s)
            try:
                queues = await to_the_end(changed)
                if queues is not None:
                    await self._ask(inputs.SetQueues(queues=queues))
            except Exception:
                log.exception("the site's queues not read, trying again")

    async def breaks(self, changed: Callable[[], Breaks | None]) -> None:
        """Takes up the site's breaks when `changed` says that they are others."""
        while True:
            await asyncio.sleep(self._settings.queues_every_s)
            try:
                breaks = await to_the_end(changed)
                if breaks is not None:
                    await self._ask(inputs.SetBreaks(breaks=breaks))
            except Exception:
                log.exception("the site's breaks not read, trying again")

    async def calendars(self, closed: Callable[[], Awaitable[frozenset[str]]]) -> None:
        """Closes the queues whose calendars `closed` names, opens all others."""
        while True:
            try:
                calendars = await closed()
                if calendars != self._engine.world.closed_calendars:
                    await self._ask(inputs.SetClosed(calendars=calendars))
            except Exception:
                log.exception("the site's calendars not read, trying again")
            await asyncio.sleep(self._settings.queues_every_s)

    async def profiles(self, read: Callable[[], Awaitable[Sequence[AgentProfile]]]) -> None:
        """Takes up what the command line changed in agents' queues and skills."""
        while True:
            await asyncio.sleep(self._settings.profiles_every_s)
            try:
                for profile in await read():
                    await self.take_up(profile)
            except Exception:
                log.exception("agents' queues not read, trying again")

    async def take_up(self, profile: AgentProfile) -> None:
        """From now on the agent serves these."""
        known = self._engine.world.agents.get(profile.agent)
        if known is None or profile_of(known) != profile:
            await self._ask(inputs.SetProfile(profile=profile))
