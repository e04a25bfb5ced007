"""What there is of a recorded call: how long it is, and where it was paused."""

import asyncio
import wave
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

from agent_ui.board import Board, only
from agent_ui.calls import Calls
from agent_ui.hearings import Hearings
from agent_ui.recorded import HeardPart, Recorded
from agent_ui.recordings import Recordings
from agent_ui.wall import Colleague
from infra.own_threads import OwnThreads
from kernel.access import Principal, Role
from kernel.ids import AgentId, CallId, LegId, StaffId
from telephony.events import RecordingChanged
from telephony.ledger_rules import CallEntry, LegEntry
from telephony.model import Arrival
from telephony.recordings import Pause, PauseEnd, Side

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CALL, LI, WANG = CallId("hotline-1.1"), AgentId(1), AgentId(2)
BOSS = Principal(staff_id=StaffId(9), name="boss", roles=frozenset({Role.SUPERVISOR}))


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


ENTRY = CallEntry(
    arrival=Arrival(call=CALL, at=AT, caller_number="1", caller_name="", dialled="4001", trunk="t"),
    legs=(
        LegEntry(leg=LegId("a"), agent=LI, began_at=AT, joined_at=after(10), ended_at=after(40)),
        LegEntry(leg=LegId("b"), agent=WANG, began_at=after(50), joined_at=after(60)),
    ),
)


class House:
    """Ledger, names and pauses in one."""

    def __init__(self, *pauses: Pause) -> None:
        self._pauses = pauses
        self.now_s = 0.0
        self.trail: list[tuple[int, str, str]] = []

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        await asyncio.sleep(0)
        self.trail.append((staff, action, subject))

    async def find(self, call: CallId) -> CallEntry:
        assert call == CALL
        return ENTRY

    async def colleagues(self) -> dict[AgentId, Colleague]:
        return {LI: Colleague(name="李静", number="8001")}

    async def of_call(self, call: CallId) -> tuple[Pause, ...]:
        assert call == CALL
        return self._pauses


def recorded(folder: Path, *pauses: Pause) -> Recorded:
    house: Any = House(*pauses)
    recordings = Recordings(folder=folder, threads=OwnThreads("recordings", threads=1, work_max_s=5))
    calls = Calls(
        book=house,
        running={}.get,
        routing=cast("Any", None),
        names=house,
        trail=house,
        recordings=recordings,
        ratings=house,
    )
    for suffix in ("in", "out"):
        path = folder / "2026" / "11" / "23" / f"{CALL}-{suffix}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as sound:
            sound.setnchannels(1)
            sound.setsampwidth(2)
            sound.setframerate(8000)
            sound.writeframes(bytes(16_000 * 50))
    hearings = Hearings(house, lambda: house.now_s, gap_s=600)
    return Recorded(calls=calls, hearings=hearings, pauses=house, board=Board(backlog_keys_max=10))


async def test_pauses_are_where_they_are_heard_in_the_conversations_one_behind_the_other(
    tmp_path: Path,
) -> None:
    first = Pause(call=CALL, leg=LegId("a"), agent=LI, since=after(15), until=after(25), why=PauseEnd.AGENT)
    running = Pause(call=CALL, leg=LegId("b"), agent=WANG, since=after(65))
    shown = await recorded(tmp_path, first, running).about(BOSS, CALL)
    assert (shown.sides, shown.seconds) == ([Side.CUSTOMER, Side.AGENT], 50)
    assert [(one.start_s, one.end_s, one.agent_name, one.why) for one in shown.pauses] == [
        (5, 15, "李静", "agent"),
        (35, 50, None, None),
    ]


async def test_agents_see_whether_their_call_is_recorded(tmp_path: Path) -> None:
    desk = recorded(tmp_path)
    told = RecordingChanged(at=AT, call=CALL, agents=(LI,), paused_since=AT, paused_until=after(300))
    await desk._show(told)
    state = desk.board.get("recording", only(StaffId(1)))
    assert state is not None
    assert (state["call_id"], state["paused_since"]) == (CALL, "2026-11-23T02:00:00Z")


async def test_a_playing_is_noted_once_though_it_is_asked_for_in_pieces_and_by_sides(tmp_path: Path) -> None:
    desk = recorded(tmp_path)
    house: Any = desk.pauses
    sides = (Side.CUSTOMER, Side.AGENT, Side.CUSTOMER)
    await asyncio.gather(*(desk.play(BOSS, CALL, side) for side in sides))
    await desk.heard(BOSS, CALL, HeardPart(start_s=1.25, end_s=9))
    assert house.trail == [(9, "recording_played", CALL), (9, "recording_heard", f"{CALL} 1.2-9.0 s")]
    house.now_s = 700
    await desk.heard(BOSS, CALL, HeardPart(start_s=0, end_s=9))
    await desk.play(BOSS, CALL, Side.AGENT)
    assert [action for _, action, _ in house.trail[2:]] == ["recording_played"]


async def test_a_picture_shows_both_sides(tmp_path: Path) -> None:
    desk = recorded(tmp_path)
    loud = tmp_path / "2026" / "11" / "23" / f"{CALL}-in.wav"
    loud.write_bytes(loud.read_bytes()[:44] + bytes(16_000) + b"\x00\x20" * 8_000)
    shown = await desk.peaks(BOSS, CALL, 4)
    assert (shown.customer, shown.agent) == ([0, 0, 50, 50], [0, 0, 0, 0])
