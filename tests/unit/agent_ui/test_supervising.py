"""Whoever hears a conversation leaves a trace of it."""

from typing import cast

import pytest

from acd.model import AgentState
from agent_ui.board import Board
from agent_ui.supervising import Supervising
from kernel.access import Principal, Role
from kernel.errors import DatabaseUnavailable
from kernel.ids import AgentId, CallId, QueueId, StaffId
from telephony.model import WatchMode

CALL = CallId("h-1795000000.7")
LEADER = Principal(staff_id=StaffId(7), name="zhaolei", roles=frozenset({Role.SUPERVISOR}))


class Heard:
    """Routing that lets everybody hear everything."""

    def __init__(self) -> None:
        self.watches: dict[AgentId, tuple[CallId, WatchMode]] = {}

    async def watch(self, call: CallId, by: AgentId, mode: WatchMode) -> None:
        self.watches[by] = call, mode

    async def stop(self, by: AgentId) -> None:
        del self.watches[by]

    async def take_over(self, call: CallId, by: AgentId) -> None:
        raise AssertionError(call, by)

    async def move(self, call: CallId, queue: QueueId) -> None:
        raise AssertionError(call, queue)

    async def set_state(self, agent: AgentId, state: AgentState, reason: str) -> None:
        raise AssertionError(agent, state, reason)


class FullTrail:
    """Takes so many entries, and then no more."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.noted: list[tuple[StaffId, str, str]] = []

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        if len(self.noted) == self.room:
            raise DatabaseUnavailable("the disk is full")
        self.noted.append((staff, action, subject))


@pytest.mark.parametrize("room", [0, 1])
async def test_a_supervisor_of_whom_nothing_can_be_noted_hears_nothing_any_longer(room: int) -> None:
    routing, trail = Heard(), FullTrail(room)
    supervising = Supervising(routing=routing, board=cast("Board", None), trail=trail)
    modes = [WatchMode.LISTEN, WatchMode.BARGE]
    for mode in modes[:room]:
        await supervising.watch(LEADER, CALL, mode)
        assert routing.watches == {AgentId(7): (CALL, mode)}
    with pytest.raises(DatabaseUnavailable):
        await supervising.watch(LEADER, CALL, modes[room])
    assert routing.watches == {}
    assert trail.noted == [(7, "call_watched", f"{CALL} listen")] * room
