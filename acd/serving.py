"""Whom agents serve, as an administrator says while Hotline runs."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from acd.errors import UnknownQueue, UnknownRegion
from acd.model import AgentProfile, QueueRules
from kernel.access import Principal
from kernel.ids import AgentId, QueueId, StaffId

WRAP_UP_MAX_S = 3600.0


class Profiles(Protocol):
    """Where it is kept whom agents serve."""

    async def profiles(self) -> Sequence[AgentProfile]:
        """All agents with their queues and skills."""
        ...

    async def save_profile(self, profile: AgentProfile) -> None:
        """Keeps whom an agent may serve."""
        ...


class People(Protocol):
    """Who works here, and who did what."""

    async def get(self, staff: StaffId) -> object:
        """Raises `NotFound` for who does not work here."""
        ...

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        """Adds to the trail."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Queues, skills, branch and time after calls of each agent."""

    journal: Profiles
    take_up: Callable[[AgentProfile], Awaitable[None]]
    rules_of: Callable[[QueueId], QueueRules | None]
    regions: Callable[[], Collection[str]]
    """The keys of the site's regions."""
    people: People

    async def all(self) -> Sequence[AgentProfile]:
        """Everybody who serves, or once did."""
        return await self.journal.profiles()

    async def change(self, user: Principal, agent: AgentId, changes: Mapping[str, Any]) -> AgentProfile:
        """Changes what is named; it counts for the next decision, and after a restart."""
        await self.people.get(StaffId(agent))
        kept = (profile for profile in await self.journal.profiles() if profile.agent == agent)
        changed = replace(next(kept, AgentProfile(agent=agent, queues=())), **changes)
        self._require_known(changed, changes)
        await self.journal.save_profile(changed)
        await self.take_up(changed)
        await self.people.note(user.staff_id, "agent_serves", f"{agent} {_in_words(changes)}"[:200])
        return changed

    def _require_known(self, changed: AgentProfile, changes: Mapping[str, Any]) -> None:
        for queue in changed.queues if "queues" in changes else ():
            if self.rules_of(queue) is None:
                raise UnknownQueue(f"There is no queue {queue!r}.")
        if "region" in changes and changed.region and changed.region not in self.regions():
            raise UnknownRegion(f"There is no region {changed.region!r} in regions.yaml.")


def _in_words(changes: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={value}" for name, value in changes.items())
