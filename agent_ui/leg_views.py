"""An agent's part of a call, as it is shown."""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel

from agent_ui.wall import Colleague
from kernel.ids import AgentId
from telephony.ledger_rules import LegEntry


class LegView(BaseModel):
    """An agent's part of a call."""

    leg: str
    agent_name: str | None
    """Of somebody outside: an expert's name, or a number without its middle."""
    started_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    consulted_at: datetime | None
    """When the agent picked up for a colleague who asked; the caller may never have heard them."""
    held_s: float
    """How long the caller was on hold, until now at most."""


def leg_view(leg: LegEntry, colleagues: Mapping[AgentId, Colleague]) -> LegView:
    """As pages are shown it."""
    colleague = colleagues.get(leg.agent)
    return LegView(
        leg=leg.leg,
        agent_name=leg.outside or (colleague.name if colleague else None),
        started_at=leg.began_at,
        answered_at=leg.joined_at,
        ended_at=leg.ended_at,
        end_reason=leg.reason,
        consulted_at=leg.consulted_at,
        held_s=round(leg.held_s, 1),
    )
