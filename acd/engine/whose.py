"""Whose a leg is, of those that a call has or had."""

from enum import StrEnum, auto

from acd.engine.world import World
from acd.model import ConsultStage
from kernel.ids import CallId, LegId


class Whose(StrEnum):
    """Whose a leg is, of those that a call has or had."""

    NOBODYS = auto()
    """Nobody asks, or the leg has no part in it."""
    FORMER = auto()
    """It is over; what is still told of it counts no more."""
    ASKERS = auto()
    """Of the agent whose call it is."""
    RUNG = auto()
    """The colleague's, who has not answered as far as is known."""
    COLLEAGUES = auto()
    """Of the colleague, who talks with the agent, or with agent and caller."""
    HEIRS = auto()
    """Of the colleague, whom the agent has left: the switch leads them to the caller."""


def whose(world: World, call_id: CallId, leg: LegId) -> Whose:
    """What a leg is to a call, also to one that is with a flow again."""
    call = world.calls.get(call_id)
    if call is None:
        left = world.talked_and_left.get(call_id)
        return Whose.FORMER if left is not None and leg in left.legs_over else Whose.NOBODYS
    asked = call.consultation
    if leg in call.legs_over:
        return Whose.FORMER
    if leg == call.leg:
        return Whose.ASKERS
    if asked is None or asked.leg != leg:
        return Whose.NOBODYS
    if asked.stage is ConsultStage.RINGING:
        return Whose.RUNG
    return Whose.COLLEAGUES if call.leg is not None else Whose.HEIRS
