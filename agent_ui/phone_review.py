"""Takes back from people what they may not have any more, whoever changed that and wherever.

That is the phone, and what a supervisor hears by it.
"""

import asyncio
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Protocol

import structlog

from agent_ui.phone import PhoneDesk
from agent_ui.settings import WebSettings
from kernel.ids import AgentId, StaffId

log = structlog.get_logger(__name__)


class Staff(Protocol):
    """Who may have a phone, and hear others."""

    async def supervisors(self) -> Collection[StaffId]:
        """Everybody who may sign in as a supervisor."""
        ...

    async def agents(self) -> Mapping[StaffId, datetime | None]:
        """Everybody who may sign in as an agent, and when they were last signed out everywhere."""
        ...


class Conversations(Protocol):
    """Who talks."""

    def is_talking(self, agent: AgentId) -> bool:
        """Whether the agent talks with a caller now."""
        ...


class Listening(Protocol):
    """Who hears conversations of others."""

    def listeners(self) -> list[AgentId]:
        """Who hears a conversation, or is about to."""
        ...

    async def stop(self, by: AgentId) -> None:
        """Ends what a supervisor hears."""
        ...


class PhoneReview:
    """A phone that rings needs no page, so losing the page's session alone would not silence it.

    Nobody's caller is cut off by it: who talks keeps the phone until the end of that call.
    """

    def __init__(
        self,
        phones: PhoneDesk,
        staff: Staff,
        conversations: Conversations,
        listening: Listening,
        settings: WebSettings,
    ) -> None:
        self._phones = phones
        self._staff = staff
        self._conversations = conversations
        self._listening = listening
        self._every_s = settings.session_check_s

    async def run(self) -> None:
        """Reviews every few seconds; to run in the background."""
        while True:
            await asyncio.sleep(self._every_s)
            try:
                await self.review()
            except Exception:
                log.exception("phones not reviewed, trying again")

    async def review(self) -> None:
        """Once for all."""
        await self._review_listeners()
        await self._review_phones()

    async def _review_listeners(self) -> None:
        """Ends what is heard by those who are no supervisors any more; without a phone they hear nothing."""
        if not (listeners := self._listening.listeners()):
            return
        supervisors = await self._staff.supervisors()
        for listener in listeners:
            if StaffId(listener) not in supervisors:
                log.info("no supervisor any more, hears nothing", staff=listener)
                await self._listening.stop(listener)

    async def _review_phones(self) -> None:
        """Takes back the phones of those who are no agents, no longer here, or signed out everywhere."""
        held, desk_phones = self._phones.holders, set(self._phones.desk_phones.holders)
        if not (held or desk_phones):
            return
        agents = await self._staff.agents()
        await self._phones.desk_phones.take_back(
            [staff for staff in desk_phones - agents.keys() if not self._is_talking(staff)]
        )
        # A phone that was taken meanwhile may be that of someone who has just become an agent.
        for staff, taken_at in held.items() & self._phones.holders.items():
            may_keep = staff in agents and not _is_older(taken_at, agents[staff])
            if may_keep or self._is_talking(staff):
                continue
            log.info("phone taken back", staff=staff)
            await self._phones.signed_out(staff)

    def _is_talking(self, staff: StaffId) -> bool:
        return self._conversations.is_talking(AgentId(staff))


def _is_older(taken_at: datetime | None, ended_at: datetime | None) -> bool:
    """Whether the phone was taken in a session that was ended together with all others."""
    return ended_at is not None and (taken_at is None or taken_at <= ended_at)
