"""A supervisor hears a conversation, heard by nobody, by the agent, or by both; with and without a server."""

import asyncio

from rig.agents import Manners
from telephony.events import CallArrived, Joined, LegEnded, WatchEnded, Watching
from telephony.model import LiveWatch, Watch, WatchMode
from tests.asterisk.held_callers import Holding, waiting
from tests.asterisk.listening import hear_all, hear_each_other, hears_all, hears_only, tone_of
from tests.asterisk.private_asterisk import Exchange, PrivateAsterisk, exchange
from tests.contract.stages import ring

PATIENT = Manners(ring_s=0.1, talk_s=120)


async def changes(it: Exchange, watch: Watch, mode: WatchMode) -> None:
    before = len(it.heard.events)
    await it.switch.change_watch(watch.leg, mode)
    await it.heard.until(Watching, lambda event: event.mode is mode, after=before)


async def test_a_supervisor_hears_both_and_is_heard_by_nobody_the_agent_or_both(
    asterisk: PrivateAsterisk,
) -> None:
    handler = Holding(waiting(1))
    async with exchange(asterisk, handler) as it:
        (lis, li), (chens, chen) = await asyncio.gather(it.phone(7, PATIENT), it.phone(9, PATIENT))
        customer = await it.call()
        call = (await it.heard.until(CallArrived)).arrival.call
        await handler.until(1)
        talk = ring(call, lis)
        await it.switch.ring(talk)
        await it.heard.until(Joined)
        over = ring(call, chens, 2)
        watch = Watch(
            leg=over.leg,
            watched=talk.leg,
            call=call,
            agent=over.agent,
            device=chens.id,
            mode=WatchMode.LISTEN,
            timeout_s=10,
            shown_number="",
        )
        await it.switch.watch(watch)
        await it.heard.until(Watching)
        await asyncio.gather(hear_each_other(customer, li), hears_all(chen, customer, li))

        await changes(it, watch, WatchMode.WHISPER)
        await asyncio.gather(
            hears_only(customer, tone_of(li)), hears_all(li, customer, chen), hears_all(chen, customer, li)
        )
        await changes(it, watch, WatchMode.BARGE)
        await hear_all(customer, li, chen)

        await it.server_dies()
        await hear_all(customer, li, chen)
        await it.server_starts(handler)
        found = await it.switch.snapshot()
        await changes(it, watch, WatchMode.LISTEN)
        await hear_each_other(customer, li)

        await it.switch.cancel(talk.leg)
        await it.heard.until(WatchEnded)
        gone = await it.heard.until(LegEnded)
        left = await it.switch.snapshot()
    live = LiveWatch(leg=watch.leg, watched=talk.leg, call=call, agent=over.agent, mode=WatchMode.BARGE)
    assert found.watches == (live,)
    assert [leg.leg for leg in found.legs] == [talk.leg]
    assert (gone.leg, left.legs, left.watches) == (talk.leg, (), ())
