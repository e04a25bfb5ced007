"""The callers of a soak: some give up, some leave a message, most talk with somebody."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

from drill.crew import TONES_HZ
from drill.soak import site
from drill.soak.accounts import HEARD_S, PROMISED, Story, Way
from rig.customers import Caller, Customer, NoAnswer, Trunk, dial
from rig.media import MediaClock
from rig.tones import listen

SHARES: Mapping[Way, int] = {
    Way.LEAVES_MENU: 12,
    Way.HEARS_WORDS: 8,
    Way.LEAVES_MESSAGE: 8,
    Way.LEAVES_QUEUE: 12,
    Way.TALKS: 38,
    Way.TALKS_AND_LEAVES: 14,
    Way.IS_CALLED_BACK: 5,
    Way.CALLS_AGAIN: 3,
}
"""Of a hundred."""
PATIENCE_S = 90.0
OVER_WITHIN_S = PATIENCE_S + 20.0
MENU_S, QUEUE_S, TALK_S = (0.5, 2.5), (1.0, 6.0), (2.0, 5.0)
MESSAGE_S = 7.0
"""For the words before the tone, and a message that is long enough to be one."""
CUSTOMER_TONE_HZ = 440
LATELY_PACKETS = 50
LISTEN_EVERY_S = 0.5
CONFIRMED_WITHIN_S, PRESS_EVERY_S = 30.0, 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one caller is about to do."""

    number: str
    way: Way
    key: str
    lasts_s: float
    """How long they stay in the menu, in the queue or in the talk, where they are who leaves."""


def plan_of(index: int, chance: Random) -> Plan:
    """The next caller's."""
    way = chance.choices(list(SHARES), list(SHARES.values()))[0]
    spans = {Way.LEAVES_MENU: MENU_S, Way.LEAVES_QUEUE: QUEUE_S, Way.TALKS_AND_LEAVES: TALK_S}
    keys = {Way.LEAVES_MESSAGE: site.MESSAGE_KEY, Way.HEARS_WORDS: site.WORDS_KEY} | dict.fromkeys(
        PROMISED, site.CALLBACK_KEY
    )
    return Plan(
        number=f"138{index:08}",
        way=way,
        key=keys.get(way, chance.choice(list(site.QUEUE_KEYS))),
        lasts_s=chance.uniform(*spans.get(way, (0.0, 0.0))),
    )


async def call(line: tuple[MediaClock, Trunk], plan: Plan) -> Story:
    """Places the call and sees it to its end; who has no patience places another."""
    story = await _call(line, plan)
    if plan.way is not Way.CALLS_AGAIN or story.trouble:
        return story
    again = await _call(line, replace(plan, way=Way.TALKS, key=next(iter(site.QUEUE_KEYS))))
    return replace(again, way=plan.way)


async def _call(line: tuple[MediaClock, Trunk], plan: Plan) -> Story:
    caller = Caller(number=plan.number)
    customer = await dial(line, caller, to=site.NUMBER, tone_hz=CUSTOMER_TONE_HZ, patience_s=PATIENCE_S)
    trouble = ""
    try:
        await customer.first_sound()
        await _do(customer, plan)
    except NoAnswer as silence:
        trouble = str(silence)
    except TimeoutError:
        trouble = "the call did not end"
    finally:
        await customer.leave()
    heard_s = await asyncio.to_thread(agent_heard_s, customer.end.heard)
    return Story(number=plan.number, way=plan.way, heard_agent_s=heard_s, trouble=trouble)


async def _do(customer: Customer, plan: Plan) -> None:
    if plan.way is Way.LEAVES_MENU:
        await _stay(customer, plan.lasts_s)
        return
    customer.press(plan.key)
    if plan.way is Way.LEAVES_MESSAGE:
        await _stay(customer, MESSAGE_S)
    elif plan.way in PROMISED:
        await _confirm(customer)
    elif plan.way is Way.LEAVES_QUEUE:
        await _stay(customer, plan.lasts_s)
    else:
        await _talk(customer, plan)


async def _talk(customer: Customer, plan: Plan) -> None:
    if plan.way is Way.TALKS_AND_LEAVES:
        async with asyncio.timeout(PATIENCE_S):
            while customer.is_on_the_phone and not _hears_agent(customer):  # noqa: ASYNC110 - sound sets no event
                await asyncio.sleep(LISTEN_EVERY_S)
        await _stay(customer, plan.lasts_s)
    else:
        await customer.until_over(OVER_WITHIN_S)


async def _confirm(customer: Customer) -> None:
    """Says yes until it is taken for an answer, and hears the promise to its end."""
    async with asyncio.timeout(CONFIRMED_WITHIN_S):
        while customer.is_on_the_phone:
            await asyncio.sleep(PRESS_EVERY_S)
            customer.press(site.YES_KEY)
    await customer.until_over(CONFIRMED_WITHIN_S)


async def _stay(customer: Customer, seconds: float) -> None:
    """Until the caller has had enough, or the call is over before."""
    try:
        await customer.until_over(seconds)
    except TimeoutError:
        await customer.leave()


def _hears_agent(customer: Customer) -> bool:
    return agent_heard_s(customer.end.heard[-LATELY_PACKETS:], time.monotonic()) >= HEARD_S


def agent_heard_s(heard: list[tuple[float, bytes]], until_s: float | None = None) -> float:
    """How long somebody heard any of the agents."""
    if not heard:
        return 0.0
    windows = listen(heard, until_s or heard[-1][0])
    return 0.1 * sum(any(window.is_tone(hz) for hz in TONES_HZ) for window in windows)
