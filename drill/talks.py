"""Calls in which several people talk, or one is on hold: how they come there, and go on after the fault."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import ClientResponseError

from drill import site
from drill.crew import Member
from drill.scene import (
    CUSTOMER_TONE_HZ,
    DIAL_EVERY_S,
    IN_STATE_WITHIN_S,
    Caught,
    Stage,
    dial_in,
    hears_one_of,
    until,
)
from drill.states import CONSULTING, HELD, SUPERVISED, TALKS, THREE_WAY
from drill.switch_view import look
from drill.voices import Hearing
from kernel.ids import CallId

GO_ON_EVERY_S = 0.1


@dataclass(slots=True, kw_only=True)
class Cast:
    """Who takes part in one call."""

    caught: Caught
    index: int
    call: CallId
    agent: Member
    other: Member | None
    """The colleague who is asked, or the supervisor."""
    went_on_at_s: float | None = None
    """When somebody did the next thing; None: nobody could."""
    refusal: str = ""
    """What the server said to that, if it did not do it."""

    @property
    def state(self) -> str:
        """In which the fault finds the call."""
        return self.caught.state

    @property
    def is_even(self) -> bool:
        """Every other call of a state goes on in the other way."""
        return self.index % 2 == 0

    @property
    def second(self) -> Member:
        """The one beside the agent."""
        assert self.other is not None, f"nobody is beside the agent of a call that is {self.state}"
        return self.other

    @property
    def keeper(self) -> Member:
        """Who has the customer in the end."""
        if self.state == CONSULTING:
            return self.agent if self.is_even else self.second
        if self.state == THREE_WAY:
            return self.second if self.is_even else self.agent
        return self.agent

    @property
    def leaver(self) -> Member | None:
        """Who has no part in the call any more once it has gone on."""
        if self.state in {CONSULTING, THREE_WAY}:
            return self.agent if self.keeper is self.other else self.other
        return self.other

    @property
    def speakers_hz(self) -> tuple[int, ...]:
        """Whom the customer may hear from the fault on."""
        if self.state == THREE_WAY:
            return (self.agent.tone_hz, self.second.tone_hz)
        return (self.keeper.tone_hz,)

    def hearings(self) -> list[Hearing]:
        """Who should hear whom as long as nobody does anything."""
        customer, agent = CUSTOMER_TONE_HZ, self.agent.tone_hz
        other = self.other.tone_hz if self.other else 0
        if self.state == HELD:
            return [self._customer(), self._member("the agent", self.agent, customer)]
        if self.state == CONSULTING:
            return [
                self._customer(),
                self._member("the agent", self.agent, other),
                self._member("the colleague", self.second, agent),
            ]
        if self.state == THREE_WAY:
            return [
                self._customer(agent, other),
                self._member("the agent", self.agent, customer, other),
                self._member("the colleague", self.second, customer, agent),
            ]
        to_the_agent = (customer, other) if self.is_even else (customer,)
        return [
            self._customer(agent),
            self._member("the agent", self.agent, *to_the_agent),
            self._member("the supervisor", self.second, customer, agent),
        ]

    def _customer(self, *voices_hz: int) -> Hearing:
        # The music has notes of the customers' own tone.
        return self._hearing("the customer", self.caught.customer.end.heard, voices_hz, CUSTOMER_TONE_HZ)

    def _member(self, who: str, member: Member, *voices_hz: int) -> Hearing:
        return self._hearing(who, member.phone.ends[-1].heard, voices_hz, member.tone_hz)

    def _hearing(
        self, who: str, heard: Sequence[tuple[float, bytes]], voices_hz: Sequence[int], own_hz: int
    ) -> Hearing:
        members = (self.agent, self.other)
        everybody = frozenset(one.tone_hz for one in members if one) | {CUSTOMER_TONE_HZ}
        voices = frozenset(voices_hz)
        return Hearing(who=who, heard=heard, voices_hz=voices, strangers_hz=everybody - voices - {own_hz})


Step = Callable[[Cast], Awaitable[None]]


async def _hold(cast: Cast) -> None:
    await cast.agent.phone.hold(on=True)


async def _take_back_from_hold(cast: Cast) -> None:
    await cast.agent.phone.hold(on=False)


async def _ask(cast: Cast) -> None:
    await cast.second.ready()
    path = f"/api/calls/{cast.call}/consultation"
    await cast.agent.agent.call_api("POST", path, {"to_agent": cast.second.agent.staff_id})


async def _join_all(cast: Cast) -> None:
    await _step(cast, cast.agent, "join_all")


async def _end_consultation(cast: Cast) -> None:
    await _step(cast, cast.agent, "take_back" if cast.is_even else "hand_over")


async def _part(cast: Cast) -> None:
    await _step(cast, cast.agent if cast.is_even else cast.second, "leave")


async def _step(cast: Cast, by: Member, step: str) -> None:
    await by.agent.call_api("PUT", f"/api/calls/{cast.call}/consultation", {"step": step})


async def _watch(cast: Cast) -> None:
    wish = {"mode": "whisper" if cast.is_even else "listen"}
    await cast.second.agent.call_api("PUT", f"/api/calls/{cast.call}/watch", wish)


async def _stop_watching(cast: Cast) -> None:
    await cast.second.agent.call_api("DELETE", "/api/watch")


WAYS_IN: Mapping[str, Sequence[tuple[Step, str]]] = {
    HELD: ((_hold, HELD),),
    CONSULTING: ((_ask, CONSULTING),),
    THREE_WAY: ((_ask, CONSULTING), (_join_all, THREE_WAY)),
    SUPERVISED: ((_watch, SUPERVISED),),
}
"""What is done to a talk, and the state in which the switch shows it then."""
WAYS_ON: Mapping[str, Step] = {
    HELD: _take_back_from_hold,
    CONSULTING: _end_consultation,
    THREE_WAY: _part,
    SUPERVISED: _stop_watching,
}


async def begin_talks(stage: Stage) -> list[Cast]:
    """Dials, and brings the talks into their states; raises `NotSet` with what is missing."""
    casts: list[Cast] = []
    for state in TALKS:
        if state in stage.states:
            casts += await _begin(stage, state)
    return casts


async def _begin(stage: Stage, state: str) -> list[Cast]:
    troupe = stage.crew.troupes[state]
    for member in troupe.agents:
        await member.ready()
    caught: list[Caught] = []
    for index in range(stage.n_talks):
        caught.append(await dial_in(stage, state, index, site.KEYS_OF_TALKS[state]))
        await asyncio.sleep(DIAL_EVERY_S)
    tones_hz = [member.tone_hz for member in troupe.agents]

    async def all_talk() -> bool:
        return all(hears_one_of(one.customer.end, tones_hz) for one in caught)

    await until(all_talk, IN_STATE_WITHIN_S, f"{stage.n_talks} talks that are to be {state}")
    casts = await _cast(stage, state, caught)
    for step, shown in WAYS_IN[state]:
        async with asyncio.TaskGroup() as together:
            for cast in casts:
                together.create_task(_do(step, cast))
        await _until_all(stage, casts, shown)
    return casts


async def _do(step: Step, cast: Cast) -> None:
    await step(cast)


async def _cast(stage: Stage, state: str, caught: Sequence[Caught]) -> list[Cast]:
    troupe = stage.crew.troupes[state]
    places = {member.agent.staff_id: place for place, member in enumerate(troupe.agents)}
    talks = (await look(stage.instance)).agents()
    casts = []
    for index, one in enumerate(caught):
        agent, call = next(found for number, found in talks.items() if number.endswith(one.number))
        place = places[agent]
        other = troupe.others[place] if troupe.others else None
        casts.append(Cast(caught=one, index=index, call=call, agent=troupe.agents[place], other=other))
    return casts


async def _until_all(stage: Stage, casts: Sequence[Cast], state: str) -> None:
    calls = {cast.call for cast in casts}

    async def all_are_there() -> bool:
        there = {call.arrival.call for call in (await look(stage.instance)).in_state(state)}
        return calls <= there

    await until(all_are_there, IN_STATE_WITHIN_S, f"{len(calls)} calls {state}")


async def go_on(casts: Sequence[Cast]) -> None:
    """Each talk goes on, and ends a while after that."""
    for cast in casts:
        cast.went_on_at_s = time.monotonic()
        try:
            await WAYS_ON[cast.state](cast)
        except (ClientResponseError, TimeoutError) as refused:
            cast.refusal = str(refused) or "no answer in time"
        for member in (cast.agent, cast.other):
            if member is not None:
                member.may_hang_up.set()
        await asyncio.sleep(GO_ON_EVERY_S)
