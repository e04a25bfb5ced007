"""Where calls stand: a line for each queue, and in it a lane for each set of skills asked for."""

from collections.abc import Callable
from dataclasses import dataclass, field

from acd.engine.needs import NOTHING
from acd.engine.ordered import Heap, Ordered
from acd.engine.pace import Pace
from acd.engine.strategy import Candidate, Order, Strategy, Wanted
from acd.engine.talks import Talks
from acd.model import Key
from kernel.ids import AgentId, CallId, QueueId
from telephony.model import Needs

Reach = tuple[QueueId, ...]
"""Other queues whose agents may serve a call too."""


@dataclass(slots=True, eq=False)
class Lane:
    """The waiting calls of one queue that ask for the same skills, and the agents who have those."""

    queue: QueueId
    needs: Needs
    reach: Reach
    strategy: Strategy
    free: Heap[Key, CallId] = field(default_factory=Heap)
    """The calls that any of the lane's agents may take: not held for one, not offered."""
    idle: Heap[Order, AgentId] = field(default_factory=Heap)
    """The lane's ready agents; in the strategy's order if that is settled when they become idle."""

    _wanted: Wanted = field(init=False)

    def __post_init__(self) -> None:
        self._wanted = Wanted(self.needs, "", 0.0)

    def stand(self, agent: Candidate) -> None:
        """Enters an idle agent."""
        self.idle.put(agent.id, self.strategy.order(agent, self._wanted))


@dataclass(slots=True, eq=False)
class Line:
    """All of one queue."""

    queue: QueueId
    strategy: Strategy
    lanes: dict[tuple[Needs, Reach], Lane] = field(default_factory=dict)
    served: list[Lane] = field(default_factory=list)
    """What the members may serve: the queue's own lanes, and those of others that have reached it."""
    members: dict[AgentId, None] = field(default_factory=dict)
    places: Ordered[Key, CallId] = field(default_factory=Ordered)
    """All calls that wait, also held and offered ones."""
    found: dict[tuple[Needs, int, Reach], Lane] = field(default_factory=dict)
    """The lane of what a call asks for itself, after so many steps of the queue's relaxing, and its reach."""
    pace: Pace = field(default_factory=Pace)
    talks: Talks = field(default_factory=Talks)

    @property
    def anyone(self) -> Lane:
        """The lane that asks for nothing: every member of the queue is in it."""
        return self.lanes[NOTHING, ()]


class Lines(dict[QueueId, Line]):
    """The line of each queue; made when first asked for."""

    def __init__(self, make: Callable[[QueueId], Line]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, queue: QueueId) -> Line:
        return self._make(queue)
