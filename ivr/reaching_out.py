"""Callers for whom somebody outside is rung, who hear music meanwhile."""

from dataclasses import dataclass

import structlog

from ivr.company import Company, Left
from ivr.ports import OutsidePeople
from ivr.prompts import Prompts
from ivr.session import Session, request_of
from ivr.turn import ReachOut, SentAway
from kernel.errors import HotlineError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachingOut:
    """Has somebody outside rung."""

    outside: OutsidePeople
    company: Company
    prompts: Prompts

    async def wait(self, session: Session, effect: ReachOut) -> Left:
        """Until nobody took the caller; raises `LineGone` once somebody has, or the caller is gone."""
        await session.line.play(await self.prompts.files(effect.prompts))
        try:
            await self.outside.reach(request_of(session, effect), effect.whom)
        except HotlineError as refused:
            log.warning("nobody outside can be rung", whom=effect.whom.key, reason=str(refused))
            return SentAway(why="timeout")
        # Routing has marked the call: whatever stands there now, it is not the menu.
        session.mark = None
        return await self.company.keep(session.line, session.state.language)
