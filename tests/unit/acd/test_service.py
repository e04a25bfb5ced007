"""Routing at work: commands reach the switch, events come back, nothing blocks."""

import asyncio
from datetime import UTC, datetime

import pytest

from acd.announcing import Announcing
from acd.break_rules import BreakRules, Breaks
from acd.engine import Engine
from acd.engine.core import HANDLERS
from acd.engine.inputs import Enter, SetQueues
from acd.errors import AgentNotThere, NoSuchOffer, NotHungUp, RoutingStopped, UnknownQueue
from acd.events import AgentStateChanged, CallOffered, CallParked
from acd.model import AgentProfile, AgentState, Exit, QueueRules
from acd.rating import RatingRules
from kernel.ids import AgentId, CallId, LegId, QueueId, SkillId
from telephony.errors import CallGone, SwitchUnavailable
from telephony.events import CallEnded, EndFailed, EndOrdered, LegEnded
from telephony.model import EndReason, Phase
from tests.unit.acd.floor import SALES, place_in, rules
from tests.unit.acd.site import AGENT, PHONE, A, Site


async def test_a_caller_who_enters_makes_the_ready_agents_phone_ring(site: Site) -> None:
    await site.enter()
    await site.until(lambda: bool(site.switch.rings))
    assert (site.switch.rings[0].call, site.switch.rings[0].device) == (A, PHONE)
    await site.until(lambda: bool(site.told(CallOffered)))
    assert site.told(CallOffered)[0] in site.journal.noted


async def test_a_phone_is_rung_before_anything_is_noted_for_a_later_server(site: Site) -> None:
    await site.enter()
    await site.until(lambda: len(site.switch.begun) == 2)
    assert site.switch.begun == ["ring", "mark"]


async def test_an_agent_taken_out_of_a_queue_elsewhere_gets_no_more_of_its_calls(site: Site) -> None:
    site.journal.agents = [AgentProfile(agent=AGENT, queues=())]
    following = asyncio.create_task(site.routing.following.profiles(site.journal.profiles))
    await site.until(lambda: not site.routing.overview().queues[0].agents)
    following.cancel()
    await site.enter()
    assert place_in(site.routing, A) == 1
    assert site.switch.rings == []


async def test_a_skill_that_an_agent_was_given_elsewhere_counts_within_seconds(site: Site) -> None:
    needs = {SkillId("english"): 1}
    await site.routing._ask(SetQueues(queues={SALES: rules(needs=needs)}))
    await site.enter()
    assert site.switch.rings == []
    site.journal.agents = [AgentProfile(agent=AGENT, queues=(SALES,), skills=needs)]
    following = asyncio.create_task(site.routing.following.profiles(site.journal.profiles))
    await site.until(lambda: len(site.switch.rings) == 1)
    following.cancel()


async def test_queues_that_were_edited_count_without_a_restart(site: Site) -> None:
    support = QueueId("support")
    edits = iter([None, OSError("a failure that must not end it"), {SALES: rules(), support: rules(support)}])

    def changed() -> dict[QueueId, QueueRules] | None:
        edit = next(edits, None)
        if isinstance(edit, OSError):
            raise edit
        return edit

    following = asyncio.create_task(site.routing.following.queues(changed))
    await site.until(lambda: site.routing.rules_of(support) is not None)
    following.cancel()
    await site.enter(queue=support)


async def test_breaks_that_were_edited_count_without_a_restart(site: Site) -> None:
    rest = BreakRules(key="rest", name_zh="休息", name_en="Rest", limit_s=60)
    edits = iter([None, OSError("a failure that must not end it"), {"rest": rest}])

    def changed() -> Breaks | None:
        edit = next(edits, None)
        if isinstance(edit, OSError):
            raise edit
        return edit

    following = asyncio.create_task(site.routing.following.breaks(changed))
    await site.until(lambda: site.routing.breaks_for(AGENT) == [(rest, None)])
    following.cancel()


async def test_a_slow_switch_does_not_hold_up_the_next_decision(site: Site) -> None:
    site.switch.slow.clear()
    await site.talk()
    site.switch.slow.set()
    await site.until(lambda: bool(site.switch.marks) and site.switch.marks[-1] == (A, Phase.TALKING))


async def test_a_switch_that_fails_to_ring_is_asked_again(site: Site) -> None:
    site.switch.failure = SwitchUnavailable("away")
    await site.enter()
    await site.until(lambda: len(site.switch.rings) == 2)


async def test_a_call_that_is_gone_when_rung_leaves_the_agent_ready(site: Site) -> None:
    site.switch.failure = CallGone("gone")
    await site.enter()
    await site.until(lambda: site.routing.phase_of(A) is None and len(site.switch.rings) == 1)
    assert site.routing.overview().agents[0].state is AgentState.READY


async def test_orders_for_what_is_gone_already_do_no_harm(site: Site) -> None:
    await site.enter()
    site.bus.publish(CallEnded(at=datetime.now(UTC), call=A, reason=EndReason.CALLER_HUNG_UP))
    await site.until(lambda: site.routing.phase_of(A) is None)
    await site.talk(CallId("b"))


async def test_after_an_agent_hung_up_the_line_says_goodbye(site: Site) -> None:
    leg = await site.talk()
    asked = asyncio.create_task(site.routing.after_talk(A))
    await asyncio.sleep(0)
    ended = LegEnded(
        at=datetime.now(UTC),
        call=A,
        leg=leg,
        agent=AGENT,
        reason=EndReason.AGENT_HUNG_UP,
        was_joined=True,
    )
    site.bus.publish(ended)
    assert await asked == "goodbye"


async def test_a_line_whose_agent_vanished_holds(site: Site) -> None:
    await site.talk()
    await site.routing.page_lost(AGENT)
    assert await site.routing.after_talk(A) == "hold"
    await site.until(lambda: bool(site.told(CallParked)))


async def test_a_line_that_comes_back_without_any_report_holds(site: Site) -> None:
    await site.talk()
    assert await site.routing.after_talk(A) == "hold"


async def test_a_line_does_not_wait_for_ever_for_a_switch_that_is_not_heard_of() -> None:
    unconnected = Site()
    assert await unconnected.routing.after_talk(A) == "goodbye"


async def test_an_unknown_line_says_goodbye(site: Site) -> None:
    assert await site.routing.after_talk(CallId("never heard of")) == "goodbye"


async def test_an_unknown_queue_is_refused_and_routing_goes_on(site: Site) -> None:
    with pytest.raises(UnknownQueue):
        await site.enter(queue=QueueId("nowhere"))
    await site.talk()


async def test_more_callers_than_the_site_allows_are_refused(site: Site) -> None:
    await site.talk()
    await site.enter(CallId("b"))
    await site.enter(CallId("c"))
    assert await site.enter(CallId("d")) is Exit.FULL
    assert [place_in(site.routing, CallId(name)) for name in ("b", "c", "d")] == [1, 2, None]


async def test_only_the_one_who_talks_may_hang_up(site: Site) -> None:
    await site.talk()
    with pytest.raises(NoSuchOffer):
        await site.routing.hang_up(A, AgentId(2))
    await site.routing.hang_up(A, AGENT)
    assert ("hang up", A) in site.switch.orders
    await site.routing.hang_up(A)
    await site.bus.settled()
    assert [event.agent for event in site.events if isinstance(event, EndOrdered)] == [AGENT, None]


async def test_who_ends_a_call_hears_that_the_switch_did_not_and_the_call_goes_on(site: Site) -> None:
    await site.talk()
    site.switch.failure = SwitchUnavailable("away")
    with pytest.raises(NotHungUp):
        await site.routing.hang_up(A, AGENT)
    assert site.routing.phase_of(A) is Phase.TALKING
    await site.bus.settled()
    assert [type(event) for event in site.events[-2:]] == [EndOrdered, EndFailed]
    await site.routing.page_lost(AGENT)
    assert site.routing.phase_of(A) is Phase.PARKED, "its caller counts as one who wants to talk on"


async def test_ending_ones_call_is_done_when_the_caller_was_faster(site: Site) -> None:
    await site.talk()
    site.switch.failure = CallGone("gone")
    await site.routing.hang_up(A, AGENT)
    with pytest.raises(CallGone):
        await site.routing.hang_up(CallId("never heard of"))


async def test_a_free_agents_next_phone_is_ordered_before_anybody_else_hears_that_the_agent_is_free(
    site: Site,
) -> None:
    await site.enter()
    await site.enter(CallId("b"))
    await site.bus.settled()
    site.events.clear()
    site.switch.begun.clear()
    site.bus.publish(CallEnded(at=datetime.now(UTC), call=A, reason=EndReason.CALLER_HUNG_UP))
    assert (site.switch.rings[-1].call, site.events) == (CallId("b"), [])
    assert site.switch.begun == ["cancel", "ring"], "a phone takes one ring at a time"


async def test_what_one_input_breaks_is_told_to_who_asked_and_routing_goes_on(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setitem(HANDLERS, Enter, lambda _world, _event: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await site.enter()
    await site.talk()


async def test_an_engine_that_cannot_go_on_ends_routing_so_that_the_server_is_started_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    site = Site()
    await site.routing.start({SALES: rules()})
    running = asyncio.create_task(site.routing.run())
    monkeypatch.setattr(Engine, "handle", lambda *_: 1 / 0)
    site.bus.publish(CallEnded(at=datetime.now(UTC), call=A, reason=EndReason.CALLER_HUNG_UP))
    with pytest.raises(ExceptionGroup, match="TaskGroup"):
        await running
    with pytest.raises(RoutingStopped):
        await site.enter()
    await site.tasks.close()


async def test_the_overview_counts_what_waits_and_what_was_served(site: Site) -> None:
    await site.talk()
    await site.enter(CallId("b"))
    queue = site.routing.overview().queues[0]
    assert (queue.waiting, queue.answered_today, queue.service_level_today) == (1, 1, 1.0)
    assert queue.longest_since is not None
    assert queue.agents == {AgentState.TALKING: 1}


@pytest.mark.parametrize("is_own", [True, False])
async def test_what_an_agent_wants_is_remembered(site: Site, *, is_own: bool) -> None:
    routing = site.routing if is_own else site.routing.supervision
    await routing.set_state(AGENT, AgentState.ON_BREAK, "午休")
    kept = site.journal.written[-1]
    assert (kept.agent, kept.state, kept.reason) == (AGENT, AgentState.ON_BREAK, "午休")
    assert kept.since is not None
    await site.until(lambda: site.told(AgentStateChanged)[-1].reason == "午休")  # type: ignore[attr-defined]


async def test_routing_that_does_not_run_says_so() -> None:
    site = Site()
    with pytest.raises(RoutingStopped):
        await site.enter()
    await site.tasks.close()


async def test_what_callers_of_a_queue_may_be_told_is_watched_from_what_routing_tells(site: Site) -> None:
    announcing = Announcing(every_s=60, first_s=30)
    await site.routing._ask(SetQueues(queues={SALES: rules(announcing=announcing)}))
    await site.enter()
    found = site.routing.outlooks.of(A)
    assert found
    assert (found.announcing, found.position, found.expected_s) == (announcing, None, None)
    await site.until(lambda: SALES in site.routing.outlooks._pasts)


@pytest.mark.parametrize("state", [AgentState.READY, AgentState.OFFLINE])
async def test_a_supervisor_makes_no_agent_of_a_number_that_is_nobodys(site: Site, state: AgentState) -> None:
    before = site.routing.overview().agents
    with pytest.raises(AgentNotThere):
        await site.routing.supervision.set_state(AgentId(99), state, "培训")
    assert site.routing.overview().agents == before
    assert [wish.agent for wish in site.journal.remembered if wish.agent != AGENT] == []


async def test_an_agent_without_a_phone_can_be_made_offline_alone(site: Site) -> None:
    await site.routing.has_no_device(AGENT)
    with pytest.raises(AgentNotThere):
        await site.routing.supervision.set_state(AGENT, AgentState.READY, "")
    await site.routing.supervision.set_state(AGENT, AgentState.OFFLINE, "")


async def rated_talk(site: Site, call: CallId = A) -> LegId:
    leg = await site.talk(call)
    site.switch.legs.add(leg)
    asked = iter([{SALES: rules(rating=RatingRules())}])
    following = asyncio.create_task(site.routing.following.queues(lambda: next(asked, None)))
    await site.until(lambda: site.routing.rules_of(SALES) == rules(rating=RatingRules()))
    following.cancel()
    return leg


async def test_an_agent_whose_callers_rate_leaves_the_call_and_the_caller_stays(site: Site) -> None:
    leg = await rated_talk(site)
    await site.routing.hang_up(A, AGENT)
    assert ("cancel", leg) in site.switch.orders
    assert ("hang up", A) not in site.switch.orders
    site.bus.publish(
        LegEnded(
            at=datetime.now(UTC),
            call=A,
            leg=leg,
            agent=AGENT,
            reason=EndReason.HOTLINE_HUNG_UP,
            was_joined=True,
        )
    )
    assert await site.routing.after_talk(A) == "goodbye", "an end that was meant is no lost leg"


async def test_a_supervisor_ends_the_call_for_its_caller_too(site: Site) -> None:
    await rated_talk(site)
    await site.routing.hang_up(A)
    assert ("hang up", A) in site.switch.orders


async def test_a_customer_whom_we_called_is_not_kept_on_the_line(site: Site) -> None:
    call = CallId("out-1795000000-00000000000000000001")
    await rated_talk(site, call)
    await site.routing.hang_up(call, AGENT)
    assert ("hang up", call) in site.switch.orders
