"""Tickets are numbered, changed, found and remembered, on both databases."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.database import Database
from infra.web import Context
from kernel.errors import NotFound
from kernel.ids import CallId, CustomerId, StaffId, TicketId
from tests.db.ticket_parts import BOSS, COLLEAGUES_CALL, LI, NO_CALL, ZHANG, Site
from tickets.errors import NoVoicemail, StaleVersion, TransitionRefused, UnknownCall, UnknownPerson
from tickets.events import TicketChanged
from tickets.http import NewTicketBody, TicketChangeBody, TicketList, TicketQuery, TicketView, ticket_routes
from tickets.model import Priority, State, TicketFilter, TicketType
from tickets.service import Draft

WRITERS = 50
COMPLAINT = Draft(type=TicketType.COMPLAINT, title="退款未到账", customer=ZHANG.id, call=CallId("site1-1.1"))


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(database, tmp_path)


async def test_numbers_given_at_the_same_moment_differ_and_have_no_gap(site: Site) -> None:
    made = await asyncio.gather(*(site.tickets.create(COMPLAINT, LI) for _ in range(WRITERS)))
    assert sorted(ticket.number for ticket in made) == [
        f"CS20261122{serial:04}" for serial in range(1, WRITERS + 1)
    ]


async def test_numbers_rise_over_midnight_of_the_site_and_never_fall(site: Site) -> None:
    numbers = []
    for moment in (
        datetime(2026, 11, 22, 15, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 22, 16, 0, tzinfo=UTC),
        datetime(2026, 11, 22, 15, 59, tzinfo=UTC),
    ):
        site.clock.time = moment
        numbers.append(await site.tickets.next_number())
    assert numbers == ["CS202611220001", "CS202611230001", "CS202611230002"]


async def test_an_agents_ticket_is_their_own_work_and_a_supervisors_waits(site: Site) -> None:
    own = await site.tickets.create(COMPLAINT, LI)
    other = await site.tickets.create(COMPLAINT, BOSS)
    assert (own.matter.state, own.matter.owner) == (State.PROCESSING, LI.staff_id)
    assert (other.matter.state, other.matter.owner) == (State.PENDING_ASSIGNMENT, None)
    assert own.matter.priority is Priority.HIGH


async def test_an_open_ticket_needs_its_call_and_one_that_is_resolved_does_not(site: Site) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    assert COMPLAINT.call is not None
    assert await site.tickets.store.needs_call(COMPLAINT.call)
    assert not await site.tickets.store.needs_call(CallId("another"))
    await site.tickets.change(made.id, made.version, {"state": State.RESOLVED}, None, by=LI)
    assert not await site.tickets.store.needs_call(COMPLAINT.call)


async def test_a_call_that_never_was_is_linked_to_no_ticket(site: Site) -> None:
    with pytest.raises(UnknownCall):
        await site.tickets.create(replace(COMPLAINT, call=NO_CALL), LI)
    made = await site.tickets.create(COMPLAINT, LI)
    with pytest.raises(UnknownCall):
        await site.tickets.change(made.id, 1, {"title": "新标题"}, NO_CALL, by=LI)
    shown = await site.tickets.show(made.id)
    assert (shown.named.ticket.version, shown.details.calls) == (1, (COMPLAINT.call,))


async def test_a_colleagues_call_is_a_supervisors_to_link(site: Site) -> None:
    with pytest.raises(UnknownCall):
        await site.tickets.create(replace(COMPLAINT, call=COLLEAGUES_CALL), LI)
    made = await site.tickets.create(COMPLAINT, LI)
    with pytest.raises(UnknownCall):
        await site.tickets.change(made.id, 1, {}, COLLEAGUES_CALL, by=LI)
    await site.tickets.change(made.id, 1, {}, COLLEAGUES_CALL, by=BOSS)
    assert (await site.tickets.show(made.id)).details.calls == (COMPLAINT.call, COLLEAGUES_CALL)


async def test_a_ticket_shows_customer_owner_calls_and_history(site: Site) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    site.clock.time += timedelta(minutes=5)
    wishes: dict[str, Any] = {"state": State.RESOLVED, "description": "已退款"}
    await site.tickets.change(made.id, 1, wishes, CallId("site1-2.2"), by=BOSS)
    shown = await site.tickets.show(made.id)
    assert (shown.named.customer, shown.named.owner) == (ZHANG, "李娜")
    assert {call.call_id for call in shown.calls} == {"site1-1.1", "site1-2.2"}
    assert [(name, line.change.field, line.change.after) for line, name in shown.history] == [
        ("李娜", "created", made.number),
        ("王主任", "state", "resolved"),
        ("王主任", "description", "已退款"),
    ]
    assert shown.details.ticket.updated_at == site.clock.time


async def test_of_two_changes_to_one_version_the_second_is_refused(site: Site) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    changes = (site.tickets.change(made.id, 1, {"title": f"第{number}次"}, None, by=LI) for number in (1, 2))
    results = await asyncio.gather(*changes, return_exceptions=True)
    assert sorted(type(each).__name__ for each in results) == ["NoneType", "StaleVersion"]
    with pytest.raises(StaleVersion):
        await site.tickets.change(made.id, 1, {"title": "又一次"}, None, by=LI)
    assert (await site.tickets.store.get(made.id)).ticket.version == 2


async def test_a_refused_change_leaves_nothing_behind(site: Site) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    with pytest.raises(TransitionRefused):
        await site.tickets.change(made.id, 1, {"state": State.CLOSED}, None, by=LI)
    with pytest.raises(UnknownPerson):
        await site.tickets.change(made.id, 1, {"owner": StaffId(99)}, None, by=LI)
    assert len(await site.tickets.store.history_of(made.id)) == 1


async def test_a_customer_whom_nobody_knows_is_refused(site: Site) -> None:
    draft = Draft(type=TicketType.INQUIRY, title="?", customer=CustomerId(99))
    with pytest.raises(UnknownPerson):
        await site.tickets.create(draft, LI)


@pytest.fixture
async def three(site: Site) -> list[str]:
    """A low inquiry of Li, a high complaint of nobody, and a medium callback that Li resolved."""
    numbers = []
    for draft, by in (
        (Draft(type=TicketType.INQUIRY, title="营业时间", description="周末 100% 开门?"), LI),
        (COMPLAINT, BOSS),
        (Draft(type=TicketType.CALLBACK, title="请回电"), LI),
    ):
        made = await site.tickets.create(draft, by)
        numbers.append(made.number)
        site.clock.time += timedelta(minutes=1)
    await site.tickets.change(made.id, 1, {"state": State.RESOLVED}, None, by=LI)
    return numbers


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        (TicketFilter(), ["请回电", "退款未到账", "营业时间"]),
        (TicketFilter(sort="created_at"), ["营业时间", "退款未到账", "请回电"]),
        (TicketFilter(sort="priority"), ["退款未到账", "请回电", "营业时间"]),
        (TicketFilter(sort="number", limit=1, offset=1), ["退款未到账"]),
        (TicketFilter(state=State.RESOLVED), ["请回电"]),
        (TicketFilter(only_open=True), ["退款未到账", "营业时间"]),
        (TicketFilter(type=TicketType.INQUIRY), ["营业时间"]),
        (TicketFilter(owner=LI.staff_id), ["请回电", "营业时间"]),
        (TicketFilter(customer=ZHANG.id), ["退款未到账"]),
        (TicketFilter(search="退款"), ["退款未到账"]),
        (TicketFilter(search="100%"), ["营业时间"]),
        (TicketFilter(search="202611220003"), ["请回电"]),
        (TicketFilter(search="_%_%_"), []),
    ],
)
async def test_a_list_is_filtered_sorted_and_paged(
    site: Site, wanted: TicketFilter, titles: list[str]
) -> None:
    found, total = await site.tickets.find(wanted)
    assert [each.ticket.matter.title for each in found] == titles
    assert total == (3 if wanted.limit == 1 else len(titles))


async def test_others_hear_of_each_change(site: Site) -> None:
    told: list[TicketChanged] = []

    async def listen(event: TicketChanged) -> None:
        told.append(event)

    site.outbox.subscribe(TicketChanged, listen, name="test")
    made = await site.tickets.create(COMPLAINT, LI)
    await site.tickets.change(made.id, 1, {"title": "退款"}, None, by=LI)
    await site.jobs.run_due()
    assert [(event.ticket, event.customer) for event in told] == [(made.id, ZHANG.id)] * 2


async def test_a_ticket_that_is_not_there_is_said_so(site: Site) -> None:
    with pytest.raises(NotFound):
        await site.tickets.show(TicketId(99))
    made = await site.tickets.create(COMPLAINT, LI)
    with pytest.raises(NoVoicemail):
        await site.tickets.play_voicemail(made.id, by=LI.staff_id)


def _context(body: object = None, query: object = None, **path: str) -> Context[Any, Any]:
    return Context(user=LI, path=path, body=body, query=query)


async def test_the_routes_make_change_list_and_show(site: Site) -> None:
    serve = {(route.method, route.path): route.handler for route in ticket_routes(site.tickets)}
    body = NewTicketBody(type=TicketType.COMPLAINT, title="  退款\x1b[2J  ", customer_id=ZHANG.id)
    made = await serve["POST", "/api/tickets"](_context(body))
    assert isinstance(made, TicketView)
    assert made.title == "退款\ufffd[2J"
    assert made.next_states == [
        State.PENDING_ASSIGNMENT,
        State.PENDING_ACCEPTANCE,
        State.PENDING_FEEDBACK,
        State.RESOLVED,
    ]
    one = "/api/tickets/{ticket_id}"
    change = TicketChangeBody(version=1, customer_id=None, state=State.RESOLVED)
    changed = await serve["PATCH", one](_context(change, ticket_id=str(made.id)))
    assert isinstance(changed, TicketView)
    assert (changed.customer, changed.state, changed.version) == (None, State.RESOLVED, 2)
    found = await serve["GET", "/api/tickets"](_context(query=TicketQuery(mine=True)))
    assert isinstance(found, TicketList)
    assert [each.number for each in found.items] == [made.number]
    for name in ("x", "٣", "9" * 30, "-1"):
        with pytest.raises(NotFound):
            await serve["GET", one](_context(ticket_id=name))
