"""What stands in the installation's switch, asked as the server asks it."""

import asyncio
from dataclasses import dataclass

from rig.instance import Instance
from telephony.asterisk.ami import AmiConnection
from telephony.asterisk.render import ensure_secrets
from telephony.asterisk.status import STATUS_VARIABLES, read_status
from telephony.model import LiveCall, LiveLeg, Phase

ACTION_TIMEOUT_S = 5.0


@dataclass(frozen=True, slots=True)
class SwitchView:
    """The calls and legs of one moment."""

    calls: tuple[LiveCall, ...]
    legs: tuple[LiveLeg, ...]

    def in_state(self, state: str) -> list[LiveCall]:
        """The calls that are in the menu, waiting, ringing or talking."""
        return [call for call in self.calls if self._state_of(call) == state]

    def in_key_order(self, state: str) -> tuple[str, ...]:
        """Their ids, whose turn it is first in front."""

        def key(call: LiveCall) -> tuple[int, int, int]:
            mark = call.mark
            assert mark is not None, "a call in a state has a mark"
            return (mark.tier, mark.key_ms, mark.sequence)

        return tuple(call.arrival.call for call in sorted(self.in_state(state), key=key))

    def _state_of(self, call: LiveCall) -> str:
        if call.talks_with is not None:
            return "talking"
        if call.mark is None:
            return ""
        if call.mark.phase is Phase.WAITING:
            is_rung_for = any(leg.call == call.arrival.call for leg in self.legs)
            return "ringing" if is_rung_for else "waiting"
        return call.mark.phase.value


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
        return SwitchView(alive.calls, alive.legs)
    finally:
        connection.close()
