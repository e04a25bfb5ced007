"""What agents want to be, as engine and journal tell each other."""

from dataclasses import dataclass
from datetime import datetime

from acd.model import AgentState, WrapUp
from kernel.ids import AgentId
from kernel.value import made_often


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What an agent wants to be (ready, on break or offline), and the wrap-up that comes before."""

    agent: AgentId
    state: AgentState
    reason: str
    since: datetime | None = None
    """Since when; None while something else is to be done first, or for one kept by an earlier version."""
    wrap_up: WrapUp | None = None
    missed_at: datetime | None = None
    """When the agent did not answer, and has not said since that they are back."""
