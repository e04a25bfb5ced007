"""What an agent chose for their caller, as an input of the engine."""

from acd.engine.inputs import Consult, Transfer
from kernel.ids import AgentId, CallId, QueueId
from telephony.destinations import FlowPlace, Outside


def transfer_to(
    to: AgentId | QueueId | FlowPlace | Outside | None, call: CallId, agent: AgentId, note: str
) -> Transfer:
    """The wish for what somebody chose; None: the queue that the call came through."""
    if isinstance(to, FlowPlace):
        return Transfer(call=call, agent=agent, to_flow=to, note=note)
    if isinstance(to, Outside):
        return Transfer(call=call, agent=agent, to_outside=to, note=note)
    if isinstance(to, int):
        return Transfer(call=call, agent=agent, to_agent=to, note=note)
    return Transfer(call=call, agent=agent, to_queue=to, note=note)


def consult(call: CallId, agent: AgentId, to: AgentId | Outside, note: str) -> Consult:
    """The wish for whom somebody chose."""
    if isinstance(to, Outside):
        return Consult(call=call, agent=agent, to_outside=to, note=note)
    return Consult(call=call, agent=agent, to_agent=to, note=note)
