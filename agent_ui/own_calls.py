"""What agents read of their own calls that nobody answered."""

from acd.events import CallBegun, CallNotReached
from agent_ui.board import Board, only
from agent_ui.views import NotReached
from kernel.bus import Bus
from kernel.events import Event
from kernel.ids import StaffId
from telephony.model import EndReason

KEY = "not_reached"


class OwnCalls:
    """Keeps one sentence on each agent's board, until they call again."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def start(self, bus: Bus) -> None:
        """Begins to follow."""
        bus.subscribe(Event, self.on_event)

    async def on_event(self, event: Event) -> None:
        """Says why nobody was reached; who hung up themselves knows."""
        match event:
            case CallBegun(agent=agent):
                self._board.put(KEY, None, only(StaffId(agent)))
            case CallNotReached(reason=reason) if reason is not EndReason.AGENT_HUNG_UP:
                shown = NotReached(call_id=event.call, number_shown=event.to, reason=reason, at=event.at)
                self._board.put(KEY, shown.model_dump(mode="json"), only(StaffId(event.agent)))
            case _:
                pass
