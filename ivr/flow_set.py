"""The flows of one call: the one that it began with, and those into which it may go on."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from ivr.model import Flow
from ivr.nodes import Queue, Subflow
from ivr.turn import State


@dataclass(frozen=True, slots=True)
class FlowSet:
    """Finds the flow in which a caller stands."""

    first: Flow
    others: Mapping[str, Flow]

    def of(self, state: State) -> Flow:
        """The caller's flow."""
        return self._named(state.flow) or self.first

    def enter(self, state: State, name: str) -> State | None:
        """The caller at the start of another flow; None where there is none of that name."""
        flow = self._named(name)
        return replace(state, flow=name, node=flow.head.start) if flow is not None else None

    def call(self, state: State, node: Subflow, deep_max: int) -> State | None:
        """The caller in a sub-flow, who is to come back; None where that goes too deep."""
        back = (*state.back, (self.of(state).name, node.next))
        return self.enter(replace(state, back=back), node.flow) if len(back) <= deep_max else None

    def come_back(self, state: State) -> State | None:
        """The caller behind the node that led into this flow; None of who came from none."""
        if not state.back:
            return None
        *back, (flow, node) = state.back
        return replace(state, flow=flow, node=node, back=tuple(back))

    def person_for(self, state: State) -> State | None:
        """The caller at the first queue of their flow, else of one from which it was called."""
        for flow, back in self._around(state):
            if flow.person is not None:
                return replace(state, flow=flow.name, node=flow.person, back=back)
        return None

    def after_hangup(self, state: State) -> State | None:
        """Where the caller's flow goes on once they have hung up, else one from which it was called."""
        for flow, back in self._around(state):
            if flow.head.hangup is not None:
                return replace(state, flow=flow.name, node=flow.head.hangup, back=back)
        return None

    def queue_for(self, state: State) -> str:
        """Where this caller would wait for a person; "" where they never do."""
        at = self.person_for(state)
        node = self.of(at).nodes.get(at.node) if at is not None else None
        return node.queue if isinstance(node, Queue) else ""

    def _around(self, state: State) -> Iterator[tuple[Flow, tuple[tuple[str, str], ...]]]:
        yield self.of(state), state.back
        for depth in reversed(range(len(state.back))):
            flow = self._named(state.back[depth][0])
            if flow is not None:
                yield flow, state.back[:depth]
        yield self.first, ()

    def _named(self, name: str) -> Flow | None:
        # The one that the call began with stays as it was then.
        return self.first if name == self.first.name else self.others.get(name)
