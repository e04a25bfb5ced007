"""What agents read of the conversation that they are in, while it goes on."""

from agent_ui.board import Board, only
from agent_ui.transcripts import segment_view
from agent_ui.views import LiveSegment, LiveTranscript
from kernel.bus import Bus
from kernel.ids import StaffId
from telephony.recordings import Side
from transcripts.events import Said

KEY = "transcript"


class LiveTranscriptBoard:
    """Keeps the newest sentences on the board of whoever talks; there they stay until the next call's."""

    def __init__(self, board: Board) -> None:
        self._board = board

    def start(self, bus: Bus) -> None:
        """Begins to follow."""
        bus.subscribe(Said, self.show)

    async def show(self, said: Said) -> None:
        """Shows what was heard to those who talk with the caller now."""
        views = [segment_view(each).model_dump(exclude={"words"}) for each in said.segments]
        shown = LiveTranscript(
            call_id=said.call,
            segments=[LiveSegment(**view) for view in views],
            customer_says=said.partials.get(Side.CUSTOMER, ""),
            agent_says=said.partials.get(Side.AGENT, ""),
            is_live=said.is_live,
        )
        value = shown.model_dump(mode="json")
        for agent in said.agents:
            self._board.put(KEY, value, only(StaffId(agent)))
