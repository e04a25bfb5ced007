"""A day gone through once more: every figure is computed by hand."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from acd.model import AgentProfile, Exit, QueueRequest, QueueRules, StickyRules
from acd.ports import PastWait
from acd.settings import AcdSettings
from acd.simulator.errors import NothingToReplay
from acd.simulator.past import PastCall, PastDay, Shift, as_it_was
from acd.simulator.replay import check_queues, replay
from kernel.ids import AgentId, CallId, QueueId, SkillId
from telephony.model import Arrival

NINE = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
SALES = QueueId("sales")
LI, WANG = AgentId(1), AgentId(2)
RULES = QueueRules(id=SALES, name_zh="销售", name_en="Sales", wrap_up_s=10.0)


def moment(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def came(
    call: str, at_s: float, *, talk_s: float = 60.0, waited_s: float = 0.0, gave_up: bool = False
) -> PastCall:
    arrival = Arrival(
        call=CallId(call), at=moment(at_s), caller_number="", caller_name="", dialled="", trunk=""
    )
    wait = PastWait(
        call=arrival.call,
        queue=SALES,
        ended_at=moment(at_s + waited_s),
        waited_s=waited_s,
        was_answered=not gave_up,
    )
    request = QueueRequest(arrival=arrival, queue=SALES)
    return PastCall(came_at=moment(at_s), request=request, wait=wait, rings_s=0.0, talk_s=talk_s)


def works(agent: AgentId, since_s: float, until_s: float, **skills: int) -> Shift:
    known = {SkillId(skill): level for skill, level in skills.items()}
    profile = AgentProfile(agent=agent, queues=(SALES,), skills=known)
    return Shift(profile=profile, since=moment(since_s), until=moment(until_s))


VIP = came("c", 20, talk_s=45, waited_s=55, gave_up=True)
DAY = PastDay(
    calls=(
        came("a", 0, talk_s=60),
        came("b", 10, talk_s=30, waited_s=60),
        replace(VIP, request=replace(VIP.request, level="vip")),
        came("d", 200, talk_s=45),
    ),
    shifts=(works(LI, 0, 245),),
)


def test_the_same_rules_give_the_day_that_was() -> None:
    found = replay(DAY, {SALES: RULES}, AcdSettings())
    assert found.total == as_it_was(DAY, {SALES: RULES}).total == found.queues[SALES]
    assert (found.total.offered, found.total.answered, found.total.gave_up) == (4, 3, 1)
    assert found.total.mean_wait_s == pytest.approx(20)
    assert found.total.service_level == 2 / 4
    # Talks of 60, 30 and 45 s with 10 s of wrap-up behind each; the last is over at 255 s.
    assert found.occupancy == {LI: pytest.approx(165 / 255)}


def test_who_gave_up_is_served_where_the_rules_let_them_go_first() -> None:
    rules = replace(RULES, wrap_up_s=0.0, boosts_s={"vip": 60.0})
    found = replay(DAY, {SALES: rules}, AcdSettings())
    # c after a, at 60 s; b after that, at 105 s.
    assert (found.total.answered, found.total.gave_up) == (4, 0)
    assert found.total.mean_wait_s == pytest.approx((0 + 40 + 95 + 0) / 4)
    assert found.total.longest_wait_s == pytest.approx(95)
    assert found.total.service_level == 2 / 4
    assert found.occupancy == {LI: pytest.approx(180 / 245)}


def test_who_finds_no_room_is_sent_away() -> None:
    found = replay(DAY, {SALES: replace(RULES, capacity=1)}, AcdSettings())
    # b waits in the only place when c comes.
    assert (found.total.answered, found.total.sent_away, found.total.gave_up) == (3, 1, 0)


def test_who_was_refused_that_day_may_find_room_now() -> None:
    refused = came("b", 10, gave_up=True)
    refused = replace(refused, wait=replace(refused.wait, exit=Exit.FULL))
    day = PastDay(calls=(came("a", 0), refused), shifts=(works(LI, 0, 60),))
    assert as_it_was(day, {SALES: RULES}).total.sent_away == 1
    found = replay(day, {SALES: RULES}, AcdSettings())
    assert found.total.answered == 2
    assert found.total.longest_wait_s == pytest.approx(60)


def test_a_longest_wait_sends_away() -> None:
    found = replay(DAY, {SALES: replace(RULES, max_wait_s=30.0)}, AcdSettings())
    assert (found.total.answered, found.total.sent_away, found.total.left_waiting) == (2, 2, 0)


def test_nobody_goes_home_while_somebody_waits_whom_they_may_serve() -> None:
    day = PastDay(calls=DAY.calls[:2], shifts=(works(LI, 0, 5),))
    found = replay(day, {SALES: RULES}, AcdSettings())
    assert (found.total.answered, found.total.left_waiting) == (2, 0)
    assert found.occupancy == {LI: pytest.approx(1.0)}


def test_who_nobody_can_serve_is_said_to_wait_still() -> None:
    rules = replace(RULES, needs={SkillId("russian"): 1})
    day = PastDay(calls=DAY.calls[:1], shifts=(works(LI, 0, 60), works(WANG, 0, 60, english=2)))
    found = replay(day, {SALES: rules}, AcdSettings())
    assert (found.total.answered, found.total.left_waiting, found.total.service_level) == (0, 1, 0.0)
    assert found.occupancy == {LI: 0.0, WANG: 0.0}


@pytest.mark.parametrize(("days", "waits_s"), [(30, 20), (0, 0)])
def test_callers_know_their_agent_only_where_the_rules_care(days: int, waits_s: float) -> None:
    # a has Li until 30 s; b, who knows Li, is held for 20 s though Wang is idle, and then has Wang.
    known = came("b", 0)
    known = replace(known, request=replace(known.request, sticky_agent=LI))
    day = PastDay(calls=(came("a", 0), known), shifts=(works(LI, 0, 90), works(WANG, 0, 90)))
    sticky = StickyRules(days=days, hold_s=20.0)
    found = replay(day, {SALES: replace(RULES, sticky=sticky)}, AcdSettings())
    assert found.total.longest_wait_s == pytest.approx(waits_s)


def test_phones_ring_as_long_as_they_did() -> None:
    day = PastDay(calls=(replace(DAY.calls[0], rings_s=4.0),), shifts=DAY.shifts)
    assert replay(day, {SALES: RULES}, AcdSettings()).total.longest_wait_s == pytest.approx(4)


def test_who_would_be_rung_for_less_than_it_took_is_counted() -> None:
    rings = zip(DAY.calls, (8, 9, 0, 8), strict=True)
    calls = tuple(replace(call, rings_s=rings_s) for call, rings_s in rings)
    day = PastDay(calls=calls, shifts=DAY.shifts)
    result = replay(day, {SALES: replace(RULES, offer_timeout_s=8)}, AcdSettings())
    assert result.rings_cut_short == 1
    assert as_it_was(DAY, {SALES: RULES}).rings_cut_short == 0


def test_a_day_without_calls_cannot_be_replayed() -> None:
    with pytest.raises(NothingToReplay, match="nobody waited"):
        replay(PastDay(calls=(), shifts=DAY.shifts), {SALES: RULES}, AcdSettings())


def test_rules_without_the_day_s_queue_are_named() -> None:
    with pytest.raises(NothingToReplay, match=r"changed.yaml: has no queue 'sales'"):
        check_queues(DAY, {}, "changed.yaml")
