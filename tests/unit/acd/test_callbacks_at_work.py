"""Callbacks in the service: what is written down comes before what is promised or done."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from acd.engine.inputs import SetQueues
from acd.errors import NotWaiting, NumberForbidden, UnknownQueue
from acd.model import QueueRequest
from acd.promises import CallbackRules, PromiseEnd
from kernel.errors import DatabaseUnavailable
from kernel.ids import CallId, QueueId
from telephony.errors import SwitchUnavailable
from telephony.events import CallEnded, Dialling, Joined, SwitchConnected
from telephony.model import Arrival, EndReason, Outcome, Snapshot
from tests.unit.acd.floor import SALES, place_in, rules
from tests.unit.acd.site import AGENT, PHONE, A, Site

NUMBER = "+8613900139000"


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    site = Site()
    await site.start()
    callback = CallbackRules(attempts=1, retry_after_s=0.01)
    await site.routing._ask(SetQueues(queues={SALES: rules(callback=callback, caller_id="02180009000")}))
    yield site
    await site.tasks.close()


def wish(call: CallId = A, queue: QueueId = SALES) -> QueueRequest:
    arrival = Arrival(
        call=call, at=datetime.now(UTC), caller_number="", caller_name="", dialled="1", trunk="t"
    )
    return QueueRequest(arrival=arrival, queue=queue)


async def busy(site: Site) -> None:
    """The only agent talks with somebody else."""
    await site.talk(CallId("first"))


async def promised(site: Site) -> CallId:
    await busy(site)
    await site.enter()
    await site.routing.callbacks.promise(wish(), NUMBER)
    site.bus.publish(CallEnded(at=datetime.now(UTC), call=A, reason=EndReason.CALLER_HUNG_UP))
    return next(iter(site.promises.written.values())).call


async def free(site: Site) -> None:
    site.bus.publish(CallEnded(at=datetime.now(UTC), call=CallId("first"), reason=EndReason.CALLER_HUNG_UP))
    await asyncio.sleep(0)
    await site.routing.end_wrap_up(AGENT)


async def accepted(site: Site) -> CallId:
    call = await promised(site)
    await free(site)
    await site.until(lambda: site.switch.rings[-1].call == call)
    ring = site.switch.rings[-1]
    site.bus.publish(Dialling(at=datetime.now(UTC), call=call, leg=ring.leg, agent=AGENT))
    return call


async def test_a_promise_is_written_down_with_the_place_of_who_waits(site: Site) -> None:
    call = await promised(site)

    (promise,) = site.promises.written.values()
    assert (promise.number, promise.origin, promise.mark.queue) == (NUMBER, A, SALES)
    assert place_in(site.routing, call) == 1
    assert place_in(site.routing, A) is None


async def test_what_cannot_be_written_down_is_not_promised_and_the_caller_waits_on(site: Site) -> None:
    await busy(site)
    await site.enter()
    site.promises.is_away = True

    with pytest.raises(DatabaseUnavailable):
        await site.routing.callbacks.promise(wish(), NUMBER)

    assert place_in(site.routing, A) == 1


async def test_who_is_answered_while_it_is_written_down_is_promised_nothing(site: Site) -> None:
    await site.enter()
    await site.until(lambda: bool(site.switch.rings))
    site.promises.slow.clear()
    promising = asyncio.create_task(site.routing.callbacks.promise(wish(), NUMBER))
    await asyncio.sleep(0)
    leg = site.switch.rings[-1].leg
    site.bus.publish(Joined(at=datetime.now(UTC), call=A, leg=leg, agent=AGENT))
    await asyncio.sleep(0)
    site.promises.slow.set()

    with pytest.raises(NotWaiting):
        await promising

    assert await site.promises.open() == []


async def test_a_number_that_may_not_be_called_is_not_promised(site: Site) -> None:
    site.promises.forbidden.add(NUMBER)

    with pytest.raises(NumberForbidden):
        await site.routing.callbacks.promise(wish(), NUMBER)

    assert site.promises.written == {}


async def test_a_queue_that_is_not_there_promises_nothing(site: Site) -> None:
    with pytest.raises(UnknownQueue):
        await site.routing.callbacks.promise(wish(queue=QueueId("gone")), NUMBER)


async def test_one_customer_is_promised_one_callback(site: Site) -> None:
    await promised(site)

    await site.routing.callbacks.promise(wish(CallId("b")), NUMBER)

    assert len(site.promises.written) == 1


async def test_who_is_promised_it_a_second_time_leaves_the_line_and_has_the_older_place(site: Site) -> None:
    older = await promised(site)
    again = CallId("b")
    await site.enter(again)

    await site.routing.callbacks.promise(wish(again), NUMBER)

    assert [promise.call for promise in await site.promises.open()] == [older]
    assert place_in(site.routing, again) is None
    assert place_in(site.routing, older) == 1
    assert await site.routing.after_talk(again) == "goodbye"


async def test_of_two_who_are_promised_one_number_at_once_one_place_is_kept(site: Site) -> None:
    await busy(site)
    calls = [A, CallId("b")]
    for call in calls:
        await site.enter(call)
    site.promises.slow.clear()
    promising = [asyncio.create_task(site.routing.callbacks.promise(wish(call), NUMBER)) for call in calls]
    await asyncio.sleep(0)
    site.promises.slow.set()
    await asyncio.gather(*promising)

    assert [place_in(site.routing, call) for call in calls] == [None, None]
    assert [promise.call for promise in await site.promises.open()] == list(site.routing._engine.world.absent)


async def test_who_has_an_agent_by_now_is_not_told_of_the_older_place(site: Site) -> None:
    await promised(site)

    with pytest.raises(NotWaiting):
        await site.routing.callbacks.promise(wish(CallId("first")), NUMBER)


async def test_two_people_of_one_office_are_both_called_back(site: Site) -> None:
    await busy(site)
    numbers = [NUMBER, "+8613900139001"]
    for call, number in zip(("a", "b"), numbers, strict=True):
        asked = wish(CallId(call))
        office = replace(asked.arrival, caller_number="+862160000000")
        await site.routing.callbacks.promise(replace(asked, arrival=office), number)

    assert [promise.number for promise in site.promises.written.values()] == numbers


async def test_nobody_has_half_the_town_called(site: Site) -> None:
    await busy(site)
    asked = wish()
    office = replace(asked, arrival=replace(asked.arrival, caller_number="+862160000000"))
    most = site.routing._settings.callbacks_of_caller_max
    for number in range(most):
        one = replace(office, arrival=replace(office.arrival, call=CallId(f"c{number}")))
        await site.routing.callbacks.promise(one, f"+861390013900{number}")

    with pytest.raises(NumberForbidden):
        await site.routing.callbacks.promise(office, "+8613900139999")

    assert len(site.promises.written) == most


async def test_nobody_has_half_the_town_called_by_withholding_their_number(site: Site) -> None:
    await busy(site)
    most = site.routing._settings.callbacks_of_withheld_max
    for number in range(most):
        await site.routing.callbacks.promise(wish(CallId(f"c{number}")), f"+86139001390{number:02d}")

    with pytest.raises(NumberForbidden):
        await site.routing.callbacks.promise(wish(), "+8613900139999")
    office = wish(CallId("shown"))
    shown = replace(office.arrival, caller_number="+862160000000")
    await site.routing.callbacks.promise(replace(office, arrival=shown), "+8613900139999")

    assert len(site.promises.written) == most + 1


async def test_who_was_promised_it_from_a_withheld_number_counts_no_longer_once_called(site: Site) -> None:
    await busy(site)
    for number in range(site.routing._settings.callbacks_of_withheld_max):
        await site.routing.callbacks.promise(wish(CallId(f"c{number}")), f"+86139001390{number:02d}")
    await site.routing.callbacks.cancel(next(iter(site.routing._engine.world.absent)))

    await site.routing.callbacks.promise(wish(), "+8613900139999")

    assert "+8613900139999" in {promise.number for promise in await site.promises.open()}


async def test_a_place_that_is_changed_as_the_customer_is_about_to_be_called_is_kept(site: Site) -> None:
    call = await accepted(site)
    await site.routing.boost(call, 60.0)
    await site.until(lambda: bool(site.switch.dialled) or bool(site.promises.ended))

    assert [order.call for order in site.switch.dialled] == [call]
    assert site.promises.ended == {}


async def test_nobody_is_rung_for_a_customer_who_still_hears_that_they_will_be_called(site: Site) -> None:
    await site.routing.callbacks.promise(wish(), NUMBER)
    assert site.switch.rings == []

    site.bus.publish(CallEnded(at=datetime.now(UTC), call=A, reason=EndReason.CALLER_HUNG_UP))
    await site.until(lambda: bool(site.switch.rings))

    assert [ring.call for ring in site.switch.rings] == list(site.routing._engine.world.absent)


async def test_who_hung_up_while_it_was_written_down_is_called_at_once(site: Site) -> None:
    site.bus.publish(CallEnded(at=datetime.now(UTC), call=A, reason=EndReason.CALLER_HUNG_UP))
    await site.routing.callbacks.promise(wish(), NUMBER)

    assert len(site.switch.rings) == 1


async def test_who_is_not_on_the_line_any_more_when_the_switch_is_back_is_called(site: Site) -> None:
    await site.routing.callbacks.promise(wish(), NUMBER)
    seen = Snapshot(boot_id="b", calls=(), legs=(), registered=frozenset({PHONE}))
    site.bus.publish(SwitchConnected(at=datetime.now(UTC), snapshot=seen))
    await site.until(lambda: bool(site.switch.rings))

    assert len(site.switch.rings) == 1


async def test_the_agent_may_end_what_rings_at_the_customers(site: Site) -> None:
    call = await accepted(site)
    await site.until(lambda: bool(site.switch.dialled))

    await site.routing.hang_up(call, AGENT)

    assert ("hang up", call) in site.switch.orders
    assert not site.routing.is_talking(AGENT)


async def test_the_call_to_a_customer_is_written_down_before_it_is_made(site: Site) -> None:
    call = await accepted(site)
    await site.until(lambda: bool(site.switch.dialled))

    (order,) = site.switch.dialled
    assert (order.call, order.to, order.shown) == (call, NUMBER, "02180009000")
    assert site.promises.claims == [call]


async def test_a_call_that_cannot_be_written_down_is_not_made(site: Site) -> None:
    site.promises.slow.set()
    call = await promised(site)
    site.promises.is_away = True
    await free(site)
    await site.until(lambda: site.switch.rings[-1].call == call)
    ring = site.switch.rings[-1]
    site.bus.publish(Dialling(at=datetime.now(UTC), call=call, leg=ring.leg, agent=AGENT))
    await site.until(lambda: "cancel" in site.switch.begun)

    assert site.switch.dialled == []
    assert place_in(site.routing, call) is None
    assert len(site.routing._engine.world.absent) == 1


async def test_a_switch_that_does_not_take_the_call_frees_the_agent(site: Site) -> None:
    site.switch.failure = None
    call = await promised(site)
    await free(site)
    await site.until(lambda: site.switch.rings[-1].call == call)
    site.switch.failure = SwitchUnavailable("away")
    ring = site.switch.rings[-1]
    site.bus.publish(Dialling(at=datetime.now(UTC), call=call, leg=ring.leg, agent=AGENT))
    await site.until(lambda: ("hang up", call) in site.switch.orders)
    await site.until(lambda: call not in site.routing._engine.world.calls)

    assert len(site.routing._engine.world.absent) == 1


async def test_a_kept_promise_is_settled(site: Site) -> None:
    call = await accepted(site)
    await site.until(lambda: bool(site.switch.dialled))
    leg = site.switch.rings[-1].leg
    site.bus.publish(Joined(at=datetime.now(UTC), call=call, leg=leg, agent=AGENT))
    await site.until(lambda: bool(site.promises.ended))

    (ended,) = site.promises.ended.values()
    assert ended.end is PromiseEnd.KEPT
    assert site.promises.broken == []


async def test_who_is_not_reached_is_told_to_the_ledger(site: Site) -> None:
    call = await accepted(site)
    await site.until(lambda: bool(site.switch.dialled))
    site.bus.publish(CallEnded(at=datetime.now(UTC), call=call, reason=EndReason.NO_ANSWER))
    await site.until(lambda: bool(site.promises.ended))

    assert site.promises.broken == [A]


async def test_a_supervisor_is_told_so_once_a_promise_is_cancelled_for_good(site: Site) -> None:
    call = await promised(site)

    await site.routing.callbacks.cancel(call)

    assert [ended.end for ended in site.promises.ended.values()] == [PromiseEnd.CANCELLED]


async def test_the_next_server_keeps_what_this_one_promised(site: Site) -> None:
    call = await promised(site)

    again = Site(site.promises)
    await again.start()

    assert list(again.routing._engine.world.absent) == [call]
    await again.tasks.close()


async def restarted_after_a_call(site: Site, outcome: Outcome, *, tries: int = 0) -> Site:
    """The ledger knows how the call to the customer ended; the server died before it wrote that here."""
    call = await promised(site)
    (promise,) = site.promises.written.values()
    site.promises.written[promise.id] = replace(promise, is_dialled=True, dials=1, tries=tries)
    site.promises.outcomes[call] = outcome
    again = Site(site.promises)
    await again.start()
    return again


async def test_a_call_that_ended_well_while_no_server_was_there_has_kept_the_promise(site: Site) -> None:
    again = await restarted_after_a_call(site, Outcome.SERVED)
    await again.until(lambda: bool(site.promises.ended))

    assert list(again.routing._engine.world.absent) == []
    assert [ended.end for ended in site.promises.ended.values()] == [PromiseEnd.KEPT]
    await again.tasks.close()


async def test_a_call_in_vain_while_no_server_was_there_counts_and_the_next_one_can_be_claimed(
    site: Site,
) -> None:
    again = await restarted_after_a_call(site, Outcome.NO_ANSWER)
    (promise,) = site.promises.written.values()
    await again.until(lambda: site.promises.written[promise.id].tries == 1)

    (place,) = again.routing._engine.world.absent
    assert await site.promises.claim(promise.id, place)
    await again.tasks.close()


async def test_who_was_not_reached_at_last_while_no_server_was_there_is_in_the_ledger(site: Site) -> None:
    again = await restarted_after_a_call(site, Outcome.NO_ANSWER, tries=2)
    await again.until(lambda: bool(site.promises.ended))

    assert site.promises.broken == [A]
    await again.tasks.close()
