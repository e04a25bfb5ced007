"""A supervisor hears a conversation, heard by nobody, by the agent, or by both; with and without a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from rig.agents import Manners, WebPhone
from rig.customers import Customer
from telephony.events import CallArrived, Joined, LegEnded, WatchEnded, Watching
from telephony.model import LiveWatch, Watch, WatchMode
from tests.asterisk.held_callers import Holding, waiting
from tests.asterisk.listening import hear_all, hear_each_other, hears_all, hears_only, tone_of
from tests.asterisk.private_asterisk import Exchange, PrivateAsterisk, exchange
from tests.asterisk.test_recording import sides, tones
from tests.contract.stages import ring

PATIENT = Manners(ring_s=0.1, talk_s=120)


@dataclass
class Watched:
    """Li talks with a customer, and Chen is about to hear them."""

    it: Exchange
    handler: Holding
    customer: Customer
    li: WebPhone
    chen: WebPhone
    watch: Watch

    async def is_in(self, mode: WatchMode) -> None:
        before = len(self.it.heard.events)
        await self.it.switch.change_watch(self.watch.leg, mode)
        await self.it.heard.until(Watching, lambda event: event.mode is mode, after=before)

    def found(self, mode: WatchMode) -> LiveWatch:
        of = self.watch
        return LiveWatch(leg=of.leg, watched=of.watched, call=of.call, agent=of.agent, mode=mode)


@asynccontextmanager
async def watched(asterisk: PrivateAsterisk) -> AsyncIterator[Watched]:
    handler = Holding(waiting(1))
    async with exchange(asterisk, handler) as it:
        (lis, li), (chens, chen) = await asyncio.gather(it.phone(7, PATIENT), it.phone(9, PATIENT))
        customer = await it.call()
        call = (await it.heard.until(CallArrived)).arrival.call
        await handler.until(1)
        talk, over = ring(call, lis), ring(call, chens, 2)
        await it.switch.ring(talk)
        await it.heard.until(Joined)
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
        yield Watched(it, handler, customer, li, chen, watch)


async def test_a_supervisor_hears_both_and_is_heard_by_nobody_the_agent_or_both(
    asterisk: PrivateAsterisk,
) -> None:
    async with watched(asterisk) as talk:
        it, customer, li, chen = talk.it, talk.customer, talk.li, talk.chen
        await it.switch.watch(talk.watch)
        await it.heard.until(Watching)
        await asyncio.gather(hear_each_other(customer, li), hears_all(chen, customer, li))

        await talk.is_in(WatchMode.WHISPER)
        await asyncio.gather(
            hears_only(customer, tone_of(li)), hears_all(li, customer, chen), hears_all(chen, customer, li)
        )
        await talk.is_in(WatchMode.BARGE)
        await hear_all(customer, li, chen)

        await it.server_dies()
        await hear_all(customer, li, chen)
        await it.server_starts(talk.handler)
        found = await it.switch.snapshot()
        await talk.is_in(WatchMode.LISTEN)
        await hear_each_other(customer, li)

        await it.switch.cancel(talk.watch.watched)
        await it.heard.until(WatchEnded)
        gone = await it.heard.until(LegEnded)
        left = await it.switch.snapshot()
        await it.switch.hang_up(talk.watch.call)
        await customer.until_over(15)
    kept = [tones(path) for path in sides(asterisk, talk.watch.call)]
    assert found.watches == (talk.found(WatchMode.BARGE),)
    assert kept == [[tone_of(customer)], [tone_of(li)]], "what a supervisor says is in no recording"
    assert [leg.leg for leg in found.legs] == [talk.watch.watched]
    assert (gone.leg, left.legs, left.watches) == (talk.watch.watched, (), ())
