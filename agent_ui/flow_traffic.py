"""The callers in the voice menus, on the supervisors' board: at most every so often, however many come."""

import asyncio

from agent_ui.board import SUPERVISORS, Board
from agent_ui.views import FlowTraffic, NodeTraffic
from infra.tasks import Tasks
from ivr.visits import Visits

SHOWN_EVERY_S = 1.0


class FlowTrafficBoard:
    """Keeps the counts of each flow's nodes on the board."""

    def __init__(self, board: Board, visits: Visits) -> None:
        self._board = board
        self._visits = visits
        self._shown: frozenset[str] = frozenset()

    def start(self, tasks: Tasks) -> None:
        """From now on."""
        tasks.spawn(self.run(), name="callers on the board")

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await self._visits.changed.wait()
            self._visits.changed.clear()
            self.show()
            await asyncio.sleep(SHOWN_EVERY_S)

    def show(self) -> None:
        """Puts what is counted on the board."""
        flows = self._visits.flows()
        for flow in self._shown - flows:
            self._board.remove(f"flow/{flow}", SUPERVISORS)
        for flow in flows:
            nodes = [
                NodeTraffic(node=node, now=visit.now, came=visit.came, hung_up=visit.hung_up)
                for node, visit in sorted(self._visits.of(flow).items())
            ]
            self._board.put(f"flow/{flow}", FlowTraffic(nodes=nodes).model_dump(mode="json"), SUPERVISORS)
        self._shown = flows
