"""Brings calls into the states in which the fault is to find them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from drill import site
from drill.crew import Crew
from drill.states import MENU, RINGING, STATES, TALKING, WAITING
from drill.switch_view import SwitchView, look
from kernel.errors import HotlineError
from rig.agents import Agent
from rig.customers import Caller, Customer, NoAnswer, dial
from rig.instance import Instance
from rig.media import MediaClock, MediaEnd
from rig.tones import listen

ORDER_OF_SETTING = (TALKING, RINGING, WAITING, MENU)
"""Callers who wait need all agents busy; callers in the menu come last, as a menu ends."""
CUSTOMER_TONE_HZ = 440
DIAL_EVERY_S = 0.15
VIP_EVERY = 4
"""So many of the waiting callers are VIPs, so that the order of keys is not that of arrival."""
IN_STATE_WITHIN_S = 40.0
POLL_S = 0.25
PATIENCE_S = 300.0
LATELY_PACKETS = 25


class NotSet(HotlineError):
    """The calls did not come into the states that the drill needs."""

    code = "scene_not_set"


@dataclass(slots=True)
class Caught:
    """One customer, and the state in which the fault finds the call."""

    state: str
    number: str
    customer: Customer
    ended_at_s: float | None = None
    exit_code: int | None = None

    async def follow(self) -> None:
        """Notes the end of the call."""
        self.exit_code = await self.customer.until_over(2 * PATIENCE_S)
        self.ended_at_s = time.monotonic()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a scene is played on."""

    instance: Instance
    clock: MediaClock
    crew: Crew
    states: Sequence[str]
    n: int
    n_talks: int
    """Calls in each state of those in which several people talk, or one is on hold."""


async def set_scene(stage: Stage) -> tuple[list[Caught], SwitchView]:
    """Dials until each plain state has its calls; raises `NotSet` with what is missing."""
    if WAITING in stage.states:
        await _know_vips(stage)
    caught: list[Caught] = []
    for state in ORDER_OF_SETTING:
        if state in stage.states:
            await _fill(stage, state, caught)
    return caught, await look(stage.instance)


async def _fill(stage: Stage, state: str, caught: list[Caught]) -> None:
    crew = stage.crew
    members = {TALKING: crew.talkers, RINGING: crew.ringers}.get(state, [])
    for member in members:
        if state == TALKING:
            member.may_answer.set()
        await member.ready()
    keys = site.INNER_KEY if state == MENU else site.QUEUE_KEY
    for index in range(stage.n):
        caught.append(await dial_in(stage, state, index, keys))
        await asyncio.sleep(DIAL_EVERY_S)
    await until(
        lambda: _is_filled(stage, state, caught),
        IN_STATE_WITHIN_S,
        f"{stage.n} calls {state}",
    )


async def dial_in(stage: Stage, state: str, index: int, key: str) -> Caught:
    """A customer dials and presses a key in the menu."""
    number = number_of(state, index)
    line = (stage.clock, stage.instance.trunk)
    customer = await dial(
        line, Caller(number=number), to=site.NUMBER, tone_hz=CUSTOMER_TONE_HZ, patience_s=PATIENCE_S
    )
    try:
        await customer.first_sound()
    except NoAnswer as silence:
        raise NotSet(str(silence)) from silence
    customer.press(key)
    return Caught(state, number, customer)


def number_of(state: str, index: int) -> str:
    """The number that a customer calls from."""
    return f"139{STATES.index(state) + 1}{index:07}"


async def _is_filled(stage: Stage, state: str, caught: Sequence[Caught]) -> bool:
    if state == TALKING:
        tones_hz = [member.tone_hz for member in stage.crew.talkers]
        if not all(hears_one_of(one.customer.end, tones_hz) for one in caught if one.state == TALKING):
            return False
    return len((await look(stage.instance)).in_state(state)) == stage.n


def hears_one_of(end: MediaEnd, tones_hz: Sequence[int]) -> bool:
    """Whether it is one of these agents whom somebody hears now."""
    lately = listen(end.heard[-LATELY_PACKETS:], time.monotonic())
    return any(window.is_tone(hz) for window in lately for hz in tones_hz)


async def _know_vips(stage: Stage) -> None:
    vips = [number_of(WAITING, index) for index in range(VIP_EVERY - 1, stage.n, VIP_EVERY)]
    clerk = stage.crew.fallback.at
    assert isinstance(clerk, Agent), "sits at no browser"
    for number in vips:
        await clerk.call_api(
            "POST", "/api/customers", {"name": f"VIP {number}", "level": "vip", "numbers": [number]}
        )


async def until(holds: Callable[[], Awaitable[bool]], within_s: float, what: str) -> None:
    """Returns once something holds; raises `NotSet` naming it otherwise."""
    give_up_at_s = time.monotonic() + within_s
    while not await holds():
        if time.monotonic() > give_up_at_s:
            raise NotSet(f"not within {within_s:.0f} s: {what}")
        await asyncio.sleep(POLL_S)
