"""Whatever supervisors do in the work of others leaves a trace."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import cast

import pytest

from acd.errors import NothingToHear
from acd.events import WatchChanged
from acd.http import StateWish
from acd.model import AgentState
from agent_ui.board import Board
from agent_ui.supervising import Supervising
from kernel.access import Principal, Role
from kernel.errors import DatabaseUnavailable
from kernel.ids import AgentId, CallId, LegId, QueueId, StaffId
from telephony.model import WatchMode

CALL = CallId("h-1795000000.7")
LEADER = Principal(staff_id=StaffId(7), name="zhaolei", roles=frozenset({Role.SUPERVISOR}))


class Steered:
    """Routing that does what it is told, unless it refuses."""

    def __init__(self, *, refuses: bool = False) -> None:
        self.done: list[tuple[object, ...]] = []
        self.refuses = refuses

    def _does(self, *what: object) -> None:
        if self.refuses:
            raise NothingToHear("No other agent talks with this caller now.")
        self.done.append(what)

    async def watch(self, call: CallId, by: AgentId, mode: WatchMode) -> None:
        self._does("watch", call, by, mode)

    async def stop(self, by: AgentId) -> None:
        self._does("stop", by)

    async def take_over(self, call: CallId, by: AgentId) -> None:
        self._does("take over", call, by)

    async def move(self, call: CallId, queue: QueueId) -> None:
        self._does("move", call, queue)

    async def set_state(self, agent: AgentId, state: AgentState, reason: str) -> None:
        self._does("state", agent, state, reason)


class Trail:
    """Takes so many entries, and then no more."""

    def __init__(self, room: int = 99) -> None:
        self.room = room
        self.noted: list[tuple[StaffId, str, str]] = []

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        if len(self.noted) == self.room:
            raise DatabaseUnavailable("the disk is full")
        self.noted.append((staff, action, subject))


Act = Callable[[Supervising], Awaitable[None]]
ACTS: dict[str, tuple[Act, tuple[str, str]]] = {
    "listens": (lambda to: to.watch(LEADER, CALL, WatchMode.LISTEN), ("call_watched", f"{CALL} listen")),
    "takes over": (lambda to: to.take_over(LEADER, CALL), ("call_taken_over", CALL)),
    "moves": (lambda to: to.move(LEADER, CALL, QueueId("sales")), ("call_moved", f"{CALL} sales")),
    "sets a state": (
        lambda to: to.set_state(LEADER, AgentId(1), StateWish(state="on_break", reason="meal")),
        ("agent_state_set", "1 on_break meal"),
    ),
}
each_act = pytest.mark.parametrize(("act", "note"), ACTS.values(), ids=ACTS.keys())


def steering(routing: Steered, trail: Trail) -> Supervising:
    return Supervising(routing=routing, board=cast("Board", None), trail=trail)


@each_act
async def test_nothing_is_done_that_cannot_be_noted(act: Act, note: tuple[str, str]) -> None:
    routing, trail = Steered(), Trail(room=1)
    await act(steering(routing, trail))
    assert trail.noted == [(7, *note)]
    with pytest.raises(DatabaseUnavailable):
        await act(steering(routing, trail))
    assert len(routing.done) == 1


@each_act
@pytest.mark.parametrize("room", [1, 2])
async def test_what_was_refused_is_noted_as_such_as_far_as_it_can_be(
    act: Act, note: tuple[str, str], room: int
) -> None:
    trail = Trail(room)
    with pytest.raises(NothingToHear):
        await act(steering(Steered(refuses=True), trail))
    action, subject = note
    assert trail.noted == [(7, *note), (7, action, f"{subject} failed: nothing_to_hear")][:room]


async def test_the_end_of_what_was_heard_is_noted_whatever_ended_it() -> None:
    supervising = steering(Steered(), trail := Trail())
    watch = WatchChanged(
        at=datetime(2026, 11, 22, tzinfo=UTC),
        call=CALL,
        supervisor=AgentId(7),
        agent=AgentId(1),
        leg=LegId("leg"),
        mode=WatchMode.LISTEN,
        is_on=True,
    )
    await supervising.note_end(watch)
    assert trail.noted == []
    await supervising.note_end(replace(watch, mode=None))
    await supervising.note_end(replace(watch, mode=None, is_on=False))
    assert [note[1:] for note in trail.noted] == [
        ("call_watch_ended", CALL),
        ("call_watch_ended", f"{CALL} never heard"),
    ]
