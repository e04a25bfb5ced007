"""What a flow does once its caller has hung up: errands alone, one after the other, heard by nobody. Pure.

The moment of the hang-up is the time for all of it. So what is done again after a crash comes the same way,
and an errand that has left something behind leaves nothing a second time.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ivr.engine import Engine
from ivr.errand_nodes import ErrandNode
from ivr.errands import taken_in
from ivr.turn import ErrandDone, State, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterHangup:
    """One caller's flow, from the hang-up on. Turns without effects say that it is over."""

    engine: Engine
    at: datetime
    """When they hung up."""
    errands_max: int

    def begin(self, state: State) -> Turn:
        """Goes on from where the caller stood."""
        ahead = self.engine.flows.after_hangup(state)
        if ahead is None:
            return Turn(state=state, effects=())
        return self._walk(replace(ahead, left_at=state.node, asks=0))

    def go_on(self, state: State, done: ErrandDone) -> Turn:
        """Behind an errand; one without a way for what became of it is the last."""
        flow = self.engine.flows.of(state)
        node = flow.nodes.get(state.node)
        if isinstance(node, ErrandNode) and state.asks < self.errands_max:
            target, moved = taken_in(state, node, done, flow.head)
            if target is not None:
                return self._walk(replace(moved, node=target))
        return Turn(state=state, effects=())

    def _walk(self, state: State) -> Turn:
        return self.engine.walking(self.at).unheard(state)
