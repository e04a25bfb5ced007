"""Routing tells a caller's line when their queue sends them away."""

import asyncio

from acd.engine.inputs import SetClosed, SetQueues
from acd.events import CallLeftQueue
from acd.model import Exit
from kernel.ids import CallId
from tests.unit.acd.floor import SALES, rules
from tests.unit.acd.site import Site


async def test_who_waits_too_long_is_told_to_the_line(site: Site) -> None:
    await site.talk()
    limited = rules(wrap_up_s=0, max_wait_s=0.05)
    await site.routing._ask(SetQueues(queues={SALES: limited}))
    line = asyncio.create_task(site.routing.sent_away(CallId("b")))
    await site.enter(CallId("b"))
    async with asyncio.timeout(5):
        assert await line is Exit.TIMEOUT


async def test_who_was_sent_away_before_the_line_asked_is_told_to_it(site: Site) -> None:
    await site.talk()
    await site.enter(CallId("b"))
    emptied = rules(calendar="office", is_emptied_at_closing=True)
    await site.routing._ask(SetQueues(queues={SALES: emptied}))
    await site.routing._ask(SetClosed(calendars=frozenset({"office"})))
    assert site.routing.phase_of(CallId("b")) is None
    async with asyncio.timeout(5):
        assert await site.routing.sent_away(CallId("b")) is Exit.CLOSED


async def test_queues_follow_their_calendars(site: Site) -> None:
    answers = [frozenset({"office"}), frozenset({"office"}), frozenset[str]()]
    asked = asyncio.Event()

    async def closed() -> frozenset[str]:
        if not answers:
            asked.set()
            await asyncio.Event().wait()
        return answers.pop(0)

    await site.routing._ask(SetQueues(queues={SALES: rules(calendar="office")}))
    following = asyncio.create_task(site.routing.following.calendars(closed))
    await asyncio.sleep(0)
    assert await site.enter(CallId("a")) is Exit.CLOSED
    async with asyncio.timeout(10):
        await asked.wait()
    assert await site.enter(CallId("a")) is None
    following.cancel()


async def test_who_goes_by_a_key_is_let_go_and_not_told_to_have_been_sent_away(site: Site) -> None:
    await site.talk()
    await site.enter(CallId("b"))
    line = asyncio.create_task(site.routing.sent_away(CallId("b")))
    assert await site.routing.leave(CallId("b"))
    assert not await site.routing.leave(CallId("b"))
    assert site.routing.phase_of(CallId("b")) is None
    await site.until(lambda: any(left.exit is Exit.KEY for left in site.told(CallLeftQueue)))
    assert not line.done()
    line.cancel()
