"""Pauses of recordings: an agent has it stopped while a card number is said.

A pause is written down before the switch is told, and ends in the switch before that is written down. So a
server that dies in between leaves a recording that is paused, which the next one knows and carries on with.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Protocol

import structlog

from infra.tasks import Tasks
from kernel.bus import Bus
from kernel.clock import Clock
from kernel.errors import HotlineError
from kernel.events import Event
from kernel.ids import AgentId, CallId, LegId
from telephony.errors import CallGone, NotYourCall
from telephony.events import CallEnded, Joined, LegEnded, RecordingChanged, SwitchConnected
from telephony.ledger_rules import CallEntry
from telephony.model import Snapshot
from telephony.port import Switch
from telephony.recordings import Pause, PauseEnd

AGAIN_AFTER_S = 5.0
"""The pause before the switch is asked again to go on with a recording."""

log = structlog.get_logger(__name__)


class PauseBook(Protocol):
    """Where pauses are kept."""

    async def open_ones(self) -> Sequence[Pause]:
        """Those that go on."""
        ...

    async def of_call(self, call: CallId) -> Sequence[Pause]:
        """A call's, in their order."""
        ...

    async def begin(self, pause: Pause) -> None:
        """A new one."""
        ...

    async def end(self, pause: Pause, until: datetime, why: PauseEnd) -> None:
        """It is over; the first end stays."""
        ...


class RecordingPauses:
    """`start` before the switch connects."""

    def __init__(  # noqa: PLR0913 - one neighbour each
        self,
        *,
        book: PauseBook,
        switch: Switch,
        find: Callable[[CallId], CallEntry | None],
        bus: Bus,
        clock: Clock,
        tasks: Tasks,
        longest_s: float,
    ) -> None:
        """`longest_s`: who forgets to go on is recorded again after so long."""
        self._book = book
        self._switch = switch
        self._find = find
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._longest = timedelta(seconds=longest_s)
        self._open: dict[CallId, Pause] = {}
        self._alarms: dict[CallId, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Lock()

    async def start(self) -> None:
        """Knows the pauses of before, and listens."""
        for pause in await self._book.open_ones():
            self._open[pause.call] = pause
        self._bus.subscribe(Event, self.heard)

    def paused(self, call: CallId) -> Pause | None:
        """The pause of a call that goes on now."""
        return self._open.get(call)

    async def of_call(self, call: CallId) -> Sequence[Pause]:
        """All pauses of a call, in their order."""
        return await self._book.of_call(call)

    async def pause(self, call: CallId, agent: AgentId) -> Pause:
        """Has nothing recorded from now on; pressed twice, it is one pause."""
        async with self._one_at_a_time:
            if call in self._open:
                self._leg_of(call, agent)
                return self._open[call]
            pause = Pause(call=call, leg=self._leg_of(call, agent), agent=agent, since=self._clock.now())
            await self._book.begin(pause)
            try:
                await self._switch.pause_recording(call, is_paused=True)
            except HotlineError:
                await self._end(pause, self._clock.now(), PauseEnd.FAILED)
                raise
            self._keep(pause)
            return pause

    async def resume(self, call: CallId, agent: AgentId) -> None:
        """Goes on recording; harmless where that is done already."""
        async with self._one_at_a_time:
            self._leg_of(call, agent)
            if (pause := self._open.get(call)) is not None:
                await self._resume(pause, PauseEnd.AGENT)

    async def heard(self, event: Event) -> None:
        """Follows the conversations."""
        async with self._one_at_a_time:
            match event:
                case Joined(call=call) if pause := self._open.get(call):
                    # A recorder begins anew when the agent is back from asking a colleague.
                    await self._pause_again(pause)
                case LegEnded(call=call, leg=leg) if (pause := self._open.get(call)) and pause.leg == leg:
                    await self._end(pause, event.at, PauseEnd.LEG)
                case CallEnded(call=call) if pause := self._open.get(call):
                    await self._end(pause, event.at, PauseEnd.LEG)
                case SwitchConnected(snapshot=snapshot):
                    await self._adopt(snapshot, event.at)
                case _:
                    pass

    async def _adopt(self, snapshot: Snapshot, at: datetime) -> None:
        legs = {leg.leg for leg in snapshot.legs}
        for pause in list(self._open.values()):
            if pause.leg in legs:
                await self._pause_again(pause)
                self._keep(pause)
            else:
                await self._end(pause, at, PauseEnd.LEG)

    def _leg_of(self, call: CallId, agent: AgentId) -> LegId:
        entry = self._find(call)
        legs = entry.legs if entry else ()
        found = [leg.leg for leg in legs if leg.agent == agent and leg.joined_at and leg.ended_at is None]
        if not found:
            raise NotYourCall("You don't talk with this caller.")
        return found[-1]

    def _keep(self, pause: Pause) -> None:
        self._open[pause.call] = pause
        self._disarm(pause.call)
        until = pause.since + self._longest
        self._alarms[pause.call] = self._tasks.spawn(self._end_after(pause, until), name="end of a pause")
        self._tell(pause.call, pause.since, until)

    async def _end_after(self, pause: Pause, until: datetime) -> None:
        await asyncio.sleep(max(0.0, (until - self._clock.now()).total_seconds()))
        while not await self._ended_by_limit(pause):  # noqa: ASYNC110 - another program is waited for
            await asyncio.sleep(AGAIN_AFTER_S)

    async def _ended_by_limit(self, pause: Pause) -> bool:
        async with self._one_at_a_time:
            if self._open.get(pause.call) != pause:
                return True
            alarm = self._alarms.pop(pause.call)  # this task, which is not to end itself
            try:
                await self._resume(pause, PauseEnd.LIMIT)
            except HotlineError as error:
                log.warning("a pause that is too long goes on", call_id=pause.call, error=str(error))
                self._alarms[pause.call] = alarm
                return False
        log.info("a pause was too long, the call is recorded again", call_id=pause.call)
        return True

    async def _resume(self, pause: Pause, why: PauseEnd) -> None:
        with suppress(CallGone):
            await self._switch.pause_recording(pause.call, is_paused=False)
        await self._end(pause, self._clock.now(), why)

    async def _pause_again(self, pause: Pause) -> None:
        try:
            await self._switch.pause_recording(pause.call, is_paused=True)
        except CallGone:
            log.debug("the caller of a pause is gone", call_id=pause.call)
        except HotlineError as error:
            log.error("a recording is not paused", call_id=pause.call, error=str(error))  # noqa: TRY400 - its words say all

    async def _end(self, pause: Pause, until: datetime, why: PauseEnd) -> None:
        self._open.pop(pause.call, None)
        self._disarm(pause.call)
        if why in {PauseEnd.LEG, PauseEnd.FAILED}:
            # Of three who talked the others go on, and their recorder knows nothing of who has left.
            with suppress(HotlineError):
                await self._switch.pause_recording(pause.call, is_paused=False)
        await self._book.end(pause, max(until, pause.since), why)
        self._tell(pause.call, None, None)

    def _disarm(self, call: CallId) -> None:
        if (alarm := self._alarms.pop(call, None)) is not None:
            alarm.cancel()

    def _tell(self, call: CallId, since: datetime | None, until: datetime | None) -> None:
        entry = self._find(call)
        agents = tuple(dict.fromkeys(leg.agent for leg in entry.legs if leg.joined_at)) if entry else ()
        self._bus.publish(
            RecordingChanged(
                at=self._clock.now(), call=call, agents=agents, paused_since=since, paused_until=until
            )
        )
