"""An agent has a recording paused, and it goes on: by the agent, by itself, after a server has died."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from infra.bus import LocalBus
from infra.tasks import Tasks
from kernel.ids import AgentId, CallId, DeviceId, LegId
from telephony import ledger_rules as rules
from telephony.errors import CallGone, NotYourCall, SwitchUnavailable
from telephony.events import CallEnded, Joined, LegEnded, RecordingChanged, SwitchConnected
from telephony.ledger_rules import CallEntry
from telephony.model import Arrival, EndReason, LiveLeg, Snapshot
from telephony.pauses import RecordingPauses
from telephony.recordings import Pause, PauseEnd

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
CALL, LEG, OTHER_LEG = CallId("h-1.1"), LegId("leg-h-1.1-1"), LegId("leg-h-1.1-2")
LI, WANG = AgentId(1), AgentId(2)
ARRIVAL = Arrival(call=CALL, at=AT, caller_number="1", caller_name="", dialled="4001", trunk="t")


class Clock:
    def __init__(self) -> None:
        self.time = AT

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()


@dataclass
class Book:
    """Outlives the server."""

    pauses: list[Pause] = field(default_factory=list)

    async def open_ones(self) -> list[Pause]:
        return [pause for pause in self.pauses if pause.until is None]

    async def of_call(self, call: CallId) -> list[Pause]:
        return [pause for pause in self.pauses if pause.call == call]

    async def begin(self, pause: Pause) -> None:
        self.pauses.append(pause)

    async def end(self, pause: Pause, until: datetime, why: PauseEnd) -> None:
        self.pauses = [
            replace(one, until=until, why=why) if one.since == pause.since and one.until is None else one
            for one in self.pauses
        ]


class Room:
    """A call of Li's, and the switch that records it."""

    def __init__(self) -> None:
        self.book, self.clock, self.tasks = Book(), Clock(), Tasks()
        self.bus = LocalBus(self.tasks)
        self.orders: list[bool] = []
        self.failure: Exception | None = None
        self.told: list[RecordingChanged] = []
        self.entry: CallEntry = rules.join(CallEntry(arrival=ARRIVAL), LEG, LI, AT)
        self.bus.subscribe(RecordingChanged, self._hear)

    async def _hear(self, event: RecordingChanged) -> None:
        self.told.append(event)

    async def pause_recording(self, call: CallId, *, is_paused: bool) -> None:
        assert call == CALL
        if self.failure is not None:
            raise self.failure
        self.orders.append(is_paused)

    async def server(self, *, longest_s: float = 300) -> RecordingPauses:
        """A new one, which knows what is written down."""
        pauses = RecordingPauses(
            book=self.book,
            switch=self,  # type: ignore[arg-type]
            find=lambda call: self.entry if call == CALL else None,
            bus=self.bus,
            clock=self.clock,
            tasks=self.tasks,
            longest_s=longest_s,
        )
        await pauses.start()
        return pauses

    def ends(self) -> list[PauseEnd | None]:
        return [pause.why for pause in self.book.pauses]


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    found = Room()
    yield found
    await found.tasks.close()


def seen(*legs: LegId) -> SwitchConnected:
    live = tuple(
        LiveLeg(leg=leg, call=CALL, agent=LI, device=DeviceId("d"), is_answered=True, is_with_caller=True)
        for leg in legs
    )
    snapshot = Snapshot(boot_id="b", calls=(), legs=live, registered=frozenset())
    return SwitchConnected(at=AT + timedelta(seconds=9), snapshot=snapshot)


async def test_who_talks_pauses_and_goes_on_and_pressing_twice_is_one_pause(room: Room) -> None:
    pauses = await room.server()
    await pauses.pause(CALL, LI)
    await pauses.pause(CALL, LI)
    room.clock.time += timedelta(seconds=20)
    await pauses.resume(CALL, LI)
    await pauses.resume(CALL, LI)
    await room.bus.settled()
    (pause,) = await pauses.of_call(CALL)
    assert (pause.since, pause.until, pause.why) == (AT, AT + timedelta(seconds=20), PauseEnd.AGENT)
    assert room.orders == [True, False]
    assert [event.paused_since for event in room.told] == [AT, None]
    assert room.told[0].agents == (LI,)


async def test_nobody_else_pauses_a_recording(room: Room) -> None:
    pauses = await room.server()
    for act in (pauses.pause, pauses.resume):
        with pytest.raises(NotYourCall):
            await act(CALL, WANG)
    with pytest.raises(NotYourCall):
        await pauses.pause(CallId("h-2.2"), LI)
    assert (room.orders, room.book.pauses) == ([], [])


async def test_a_recording_that_the_switch_did_not_pause_is_not_called_paused(room: Room) -> None:
    pauses = await room.server()
    room.failure = SwitchUnavailable("away")
    with pytest.raises(SwitchUnavailable):
        await pauses.pause(CALL, LI)
    assert (pauses.paused(CALL), room.ends()) == (None, [PauseEnd.FAILED])


async def test_a_recording_that_the_switch_does_not_go_on_with_stays_paused(room: Room) -> None:
    pauses = await room.server()
    await pauses.pause(CALL, LI)
    room.failure = SwitchUnavailable("away")
    with pytest.raises(SwitchUnavailable):
        await pauses.resume(CALL, LI)
    assert pauses.paused(CALL) is not None


async def test_who_forgets_to_go_on_is_recorded_again(room: Room) -> None:
    pauses = await room.server(longest_s=0.01)
    await pauses.pause(CALL, LI)
    async with asyncio.timeout(5):
        while pauses.paused(CALL):  # noqa: ASYNC110 - a timer is waited for
            await asyncio.sleep(0.01)
    assert (room.orders, room.ends()) == ([True, False], [PauseEnd.LIMIT])


@pytest.mark.parametrize(
    "end",
    [
        LegEnded(at=AT, call=CALL, leg=LEG, agent=LI, reason=EndReason.TRANSFERRED, was_joined=True),
        CallEnded(at=AT, call=CALL, reason=EndReason.CALLER_HUNG_UP),
    ],
)
async def test_a_pause_is_over_with_its_agents_leg_and_the_call(
    room: Room, end: LegEnded | CallEnded
) -> None:
    pauses = await room.server()
    await pauses.pause(CALL, LI)
    room.failure = CallGone("the caller is gone")
    await pauses.heard(end)
    assert (pauses.paused(CALL), room.ends()) == (None, [PauseEnd.LEG])


async def test_the_end_of_another_leg_ends_no_pause(room: Room) -> None:
    pauses = await room.server()
    await pauses.pause(CALL, LI)
    await pauses.heard(
        LegEnded(at=AT, call=CALL, leg=OTHER_LEG, agent=WANG, reason=EndReason.REFUSED, was_joined=False)
    )
    assert pauses.paused(CALL) is not None


async def test_a_recorder_that_begins_anew_in_a_pause_is_paused_too(room: Room) -> None:
    pauses = await room.server()
    await pauses.pause(CALL, LI)
    await pauses.heard(Joined(at=AT, call=CALL, leg=LEG, agent=LI))
    assert room.orders == [True, True]


async def test_a_new_server_knows_the_pause_and_its_end(room: Room) -> None:
    await (await room.server()).pause(CALL, LI)
    room.orders.clear()
    again = await room.server()
    await again.heard(seen(LEG))
    assert again.paused(CALL) is not None
    assert room.orders == [True], "a server that died may have written it down and not yet ordered it"
    await again.resume(CALL, LI)
    assert room.ends() == [PauseEnd.AGENT]


async def test_a_pause_whose_call_ended_without_a_server_is_over(room: Room) -> None:
    await (await room.server()).pause(CALL, LI)
    again = await room.server()
    await again.heard(seen())
    assert (again.paused(CALL), room.ends()) == (None, [PauseEnd.LEG])


async def test_a_new_server_ends_a_pause_that_was_too_long_meanwhile(room: Room) -> None:
    await (await room.server()).pause(CALL, LI)
    room.clock.time += timedelta(seconds=400)
    again = await room.server(longest_s=300)
    await again.heard(seen(LEG))
    async with asyncio.timeout(5):
        while again.paused(CALL):  # noqa: ASYNC110 - a timer is waited for
            await asyncio.sleep(0)
    assert room.ends() == [PauseEnd.LIMIT]
