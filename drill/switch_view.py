"""What stands in the installation's switch, asked as the server asks it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from drill.states import CONSULTING, HELD, RINGING, SUPERVISED, TALKING, THREE_WAY, WAITING
from kernel.ids import AgentId, CallId
from rig.instance import Instance
from telephony.asterisk.ami import AmiConnection
from telephony.asterisk.render import ensure_secrets
from telephony.asterisk.status import STATUS_VARIABLES, read_status
from telephony.model import LiveCall, LiveLeg, LiveWatch, Phase

ACTION_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class SwitchView:
    """The calls and legs of one moment."""

    calls: tuple[LiveCall, ...]
    legs: tuple[LiveLeg, ...]
    watches: tuple[LiveWatch, ...] = ()

    def in_state(self, state: str) -> list[LiveCall]:
        """The calls that stand there."""
        return [call for call in self.calls if self._state_of(call) == state]

    def in_key_order(self, state: str) -> tuple[str, ...]:
        """Their ids, whose turn it is first in front."""

        def key(call: LiveCall) -> tuple[int, int, int]:
            mark = call.mark
            assert mark is not None, "a call in a state has a mark"
            return (mark.tier, mark.key_ms, mark.sequence)

        return tuple(call.arrival.call for call in sorted(self.in_state(state), key=key))

    def agents(self) -> dict[str, tuple[AgentId, CallId]]:
        """Who talks with which caller, by the caller's number as it was read."""
        agent_of = {leg.leg: leg.agent for leg in self.legs}
        return {
            call.arrival.caller_number: (agent_of[call.talks_with], call.arrival.call)
            for call in self.calls
            if call.talks_with is not None
        }

    def _state_of(self, call: LiveCall) -> str:
        legs = [leg for leg in self.legs if leg.call == call.arrival.call]
        if call.talks_with is not None:
            return self._kind_of_talk(call.arrival.call, legs)
        if call.mark is None:
            return ""
        if call.mark.phase is Phase.WAITING:
            return RINGING if legs else WAITING
        if call.mark.phase is Phase.HELD:
            return CONSULTING if any(leg.is_with_leg for leg in legs) else ""
        return call.mark.phase.value

    def _kind_of_talk(self, call: CallId, legs: Sequence[LiveLeg]) -> str:
        kinds = (
            (any(leg.is_holding for leg in legs), HELD),
            (sum(leg.is_with_caller for leg in legs) > 1, THREE_WAY),
            (any(watch.call == call and watch.mode is not None for watch in self.watches), SUPERVISED),
        )
        return next((state for is_so, state in kinds if is_so), TALKING)


async def look(instance: Instance) -> SwitchView:
    """Asks the switch what is alive."""
    secret = ensure_secrets(instance.data / "secrets" / "asterisk.json").ami
    _, connection = await asyncio.get_running_loop().create_connection(
        lambda: AmiConnection(lambda _message: None, ACTION_TIMEOUT_S), "127.0.0.1", instance.ami_port
    )
    try:
        await connection.act("Login", {"Username": "hotline", "Secret": secret, "Events": "off"})
        status = await connection.act("Status", {"Variables": ",".join(STATUS_VARIABLES)})
        alive = read_status(status, {})
        return SwitchView(alive.calls, alive.legs, alive.watches)
    finally:
        connection.close()
