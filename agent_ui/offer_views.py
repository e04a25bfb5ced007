"""Each time an agent was asked to take a call, with the whole reason, as a call's story shows it."""

from collections.abc import Callable, Mapping
from datetime import datetime

from pydantic import BaseModel

from acd.ports import OfferRecord, PastWait
from agent_ui.queued import (
    AgentView,
    BoostView,
    PassedOverView,
    agent_view,
    boost_views,
    passed_over_views,
)
from agent_ui.reasons import why_view
from agent_ui.views import WhyYou
from agent_ui.wall import Colleague
from kernel.briefs import Words
from kernel.ids import AgentId, QueueId


class OfferView(BaseModel):
    """An agent was asked, and why it was this one."""

    leg: str
    agent: AgentView
    queue: str
    offered_at: datetime
    ended_at: datetime | None
    result: str | None
    """Nothing while it rings, and where no server saw how it ended."""
    waited_s: float
    why: WhyYou
    boosts: list[BoostView]
    """What the call was credited with, part by part."""
    asked: dict[str, int]
    """The skills asked for when the call came."""
    needs: dict[str, int]
    """Those still asked for when the agent was chosen."""
    reached: list[str]
    """Other queues whose agents could have it too."""
    own_agent: AgentView | None
    """Whom the caller knows."""
    passed_over: list[PassedOverView]
    """Who did not get it, and why; the first few."""


class LeftView(BaseModel):
    """A caller left a queue without having had an agent, and why nobody had served them by then."""

    queue_name: Words
    left_at: datetime
    why: str
    """What had to change first."""
    offered_to: AgentView | None
    """Whose phone rang."""
    held_for: AgentView | None
    boosts: list[BoostView]
    asked: dict[str, int]
    needs: dict[str, int]
    reached: list[str]
    own_agent: AgentView | None
    passed_over: list[PassedOverView]
    """Who had turned the call down."""


def offer_view(offer: OfferRecord, colleagues: Mapping[AgentId, Colleague]) -> OfferView:
    """One offer."""
    explained = offer.explanation
    return OfferView(
        leg=offer.leg,
        agent=agent_view(offer.agent, colleagues),
        queue=offer.queue,
        offered_at=offer.offered_at,
        ended_at=offer.ended_at,
        result=offer.result.value if offer.result else None,
        waited_s=round(offer.waited_s, 1),
        why=why_view(explained),
        boosts=boost_views(explained.boosts),
        asked={str(skill): level for skill, level in explained.asked},
        needs={str(skill): level for skill, level in explained.needs},
        reached=list(explained.reached),
        own_agent=None if explained.sticky_agent is None else agent_view(explained.sticky_agent, colleagues),
        passed_over=passed_over_views(explained.passed_over, colleagues),
    )


def left_view(
    wait: PastWait | None, colleagues: Mapping[AgentId, Colleague], queue_name: Callable[[QueueId], Words]
) -> LeftView | None:
    """How a wait ended without an agent; nothing of one that did not."""
    if wait is None or wait.unserved is None:
        return None

    def agent(of: AgentId | None) -> AgentView | None:
        return None if of is None else agent_view(of, colleagues)

    unserved = wait.unserved
    return LeftView(
        queue_name=queue_name(wait.queue),
        left_at=wait.ended_at,
        why=unserved.why.value,
        offered_to=agent(unserved.offered_to),
        held_for=agent(unserved.held_for),
        boosts=boost_views(unserved.boosts),
        asked=dict(unserved.asked),
        needs=dict(unserved.needs),
        reached=list(unserved.reached),
        own_agent=agent(unserved.sticky_agent),
        passed_over=passed_over_views(unserved.passed_over, colleagues),
    )
