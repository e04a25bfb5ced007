"""Reserve agents: those of other queues, who help one that has passed its limit until it is below."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from kernel.ids import AgentId, QueueId


class Help(StrEnum):
    """How far it has come with a queue's reserve."""

    PROPOSED = "proposed"
    """The supervisors are asked."""
    GIVEN = "given"
    """The reserve has the queue's calls too."""
    DECLINED = "declined"
    """A supervisor said no, or sent the reserve back; asked again after the next relief."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserve:
    """When a queue is helped, and by whom."""

    queues: tuple[QueueId, ...]
    """Whose agents help."""
    waiting: int | None = None
    """So many callers wait: help is needed."""
    until_waiting: int = 0
    """No more than these wait: no longer."""
    expected_wait_s: float | None = None
    """So long a wait is to be expected for who comes now: help is needed."""
    until_expected_wait_s: float = 0.0
    """No longer one than this: no longer."""
    stays_s: float = 300.0
    """For so long at least the reserve stays, for help that has worked looks like help that is not needed."""
    is_proposed: bool = False
    """A supervisor decides; otherwise the rule does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HelpStand:
    """How it stands with a queue's reserve; a quiet queue has none."""

    queue: QueueId
    help: Help
    queues: tuple[QueueId, ...]
    since: datetime
    by: AgentId | None = None
    """Which supervisor said so; nobody: the rule."""
