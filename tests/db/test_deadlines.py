"""Deadlines on both databases: told once, whatever dies, comes twice or is late; never forgotten."""

import asyncio
import sys
import time
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from infra.database import Database
from infra.jobs import Job
from kernel.briefs import CallBrief
from kernel.errors import NotFound
from kernel.ids import CallId, TicketId
from tests.db.deadline_parts import ADMIN, ALWAYS, FAULT, MINUTE, Server
from tests.db.deadline_server import server_at
from tests.db.ticket_parts import BOSS, LI, Site
from tickets.deadlines.model import Kind, MarkKind
from tickets.deadlines.rules_file import parse_deadlines
from tickets.deadlines.store import WAKE
from tickets.deadlines.tables import notices, watches
from tickets.model import Priority, State, TicketFilter


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(database, tmp_path)


@pytest.fixture
def server(site: Site, database: Database) -> Server:
    return Server(site, database)


ROOT = Path(__file__).resolve().parents[2]
FIRST = Kind.FIRST_RESPONSE
URGENTLY = [
    (LI.staff_id, FIRST, MarkKind.REMINDER, 7),
    (LI.staff_id, FIRST, MarkKind.WARNING, 10),
    (BOSS.staff_id, FIRST, MarkKind.ESCALATION, 10),
    (ADMIN, FIRST, MarkKind.ESCALATION, 20),
]


async def urgent_ticket(server: Server) -> TicketId:
    made = await server.tickets.create(FAULT, LI)
    await server.jobs.run_due()
    return made.id


async def test_each_is_told_once_and_in_time(server: Server) -> None:
    ticket = await urgent_ticket(server)
    await server.until(60)
    assert await server.told(ticket) == URGENTLY
    assert Counter(staff for one in server.heard for staff in one.told) == Counter(
        {LI.staff_id: 2, BOSS.staff_id: 1, ADMIN: 1}
    )


async def test_several_servers_tell_everybody_once(server: Server, site: Site, database: Database) -> None:
    servers = [server, *(Server(site, database) for _ in range(3))]
    made = [(await server.tickets.create(FAULT, LI)).id for _ in range(5)]
    for _ in range(12):
        server.clock.time += 2 * MINUTE
        await asyncio.gather(
            *(one.jobs.run_due() for one in servers),
            *(one.deadlines.look(ticket, is_woken=True) for one in servers for ticket in made),
        )
    for ticket in made:
        told = await server.told(ticket)
        assert Counter(one[:3] for one in told) == Counter(one[:3] for one in URGENTLY)


async def test_a_server_that_dies_after_it_told_tells_nobody_again(server: Server) -> None:
    ticket = await urgent_ticket(server)
    run = server.deadlines.on_wake

    async def die_after(job: Job) -> None:
        await run(job)
        raise SystemError("killed before the job could be marked as done")

    server.jobs._handlers[WAKE] = die_after
    await server.until(12)
    server.jobs._handlers[WAKE] = run
    await server.until(60)
    assert await server.told(ticket) == URGENTLY


async def test_a_server_that_dies_before_it_told_leaves_it_to_the_next(server: Server) -> None:
    ticket = await urgent_ticket(server)
    server.clock.time += 7 * MINUTE
    store = server.deadlines.store
    add = store._outbox.add

    async def die(*_: object) -> None:
        raise SystemError("killed in the middle of the transaction")

    store._outbox.add = die  # type: ignore[method-assign]
    await server.jobs.run_due()
    assert await server.told(ticket) == []
    store._outbox.add = add  # type: ignore[method-assign]
    await server.until(1)
    assert [one[:3] for one in await server.told(ticket)] == [(LI.staff_id, FIRST, MarkKind.REMINDER)]


async def test_what_fell_due_while_no_server_ran_is_told_once_when_one_starts(
    server: Server, site: Site, database: Database
) -> None:
    ticket = await urgent_ticket(server)
    server.clock.time += 45 * MINUTE
    later = Server(site, database)
    await later.deadlines.look_at_all()
    await later.jobs.run_due()
    # Not of the reminder, which is overtaken; the owner is warned, and both escalations are made up for.
    assert await later.told(ticket) == [
        (LI.staff_id, FIRST, MarkKind.WARNING, 45),
        (BOSS.staff_id, FIRST, MarkKind.ESCALATION, 45),
        (ADMIN, FIRST, MarkKind.ESCALATION, 45),
    ]


async def test_a_job_that_was_given_up_is_made_up_for(server: Server, database: Database) -> None:
    ticket = await urgent_ticket(server)
    async with database.transaction() as connection:
        await connection.execute(
            sa.text("UPDATE job SET state = 'failed' WHERE kind = :kind"), {"kind": WAKE}
        )
    server.clock.time += 15 * MINUTE
    await server.jobs.run_due()
    assert await server.told(ticket) == []
    await server.deadlines.look_at_missed()
    assert [one[:3] for one in await server.told(ticket)] == [one[:3] for one in URGENTLY[1:3]]
    await server.until(10)
    assert [one[:3] for one in await server.told(ticket)] == [one[:3] for one in URGENTLY[1:]]


async def test_a_clock_that_is_put_back_and_forth_repeats_and_forgets_nothing(server: Server) -> None:
    ticket = await urgent_ticket(server)
    await server.until(8)
    server.clock.time -= 60 * MINUTE
    await server.until(30)
    assert await server.told(ticket) == URGENTLY[:1]
    server.clock.time += 30 * MINUTE
    await server.until(60)
    assert await server.told(ticket) == URGENTLY


async def test_a_logged_contact_in_time_calls_everything_off(server: Server) -> None:
    ticket = await urgent_ticket(server)
    await server.until(6)
    await server.deadlines.log_contact(ticket, "phone", "已联系，抢修车已出发", by=LI)
    await server.until(60)
    assert await server.told(ticket) == []
    (response, *_) = await server.deadlines.standings(ticket)
    assert (response.is_overdue, response.spent, response.left) == (False, 6 * MINUTE, 4 * MINUTE)
    # Whoever is writing on the ticket at the same time goes on with the version they have seen.
    await server.tickets.change(ticket, 1, {"description": "抢修中"}, None, by=LI)
    with pytest.raises(NotFound):
        await server.deadlines.log_contact(TicketId(99), "phone", "", by=LI)
    history = await server.tickets.store.history_of(ticket)
    assert [(line.by, line.change.after) for line in history if line.change.field == "contacted"] == [
        (LI.staff_id, "phone: 已联系，抢修车已出发")
    ]


async def test_a_conversation_with_the_customer_is_a_contact_and_one_in_vain_is_none(server: Server) -> None:
    ticket = await urgent_ticket(server)
    call = CallId("site1-7.7")
    brief = CallBrief(
        call_id=call, at=server.clock.now() + MINUTE, number_shown="", agent_name="李娜", direction="out"
    )
    calls = {call: brief.model_copy(update={"outcome": "no_answer", "talked_s": 0.0})}

    async def found(wanted: object) -> list[CallBrief]:
        return [calls[one] for one in wanted if one in calls]  # type: ignore[attr-defined]

    server.site.directory.calls = found  # type: ignore[method-assign,assignment]
    await server.tickets.change(ticket, 1, {}, call, by=LI)
    await server.until(8)
    assert await server.told(ticket) == URGENTLY[:1]
    calls[call] = brief.model_copy(update={"outcome": "heard", "talked_s": 30.0})
    await server.deadlines.on_call(call)
    await server.until(30)
    assert await server.told(ticket) == URGENTLY[:1]


async def test_a_ticket_that_waits_for_its_customer_is_not_due(server: Server) -> None:
    ticket = await urgent_ticket(server)
    await server.until(5)
    await server.tickets.change(ticket, 1, {"state": State.PENDING_FEEDBACK}, None, by=LI)
    await server.until(120)
    assert await server.told(ticket) == []
    assert all(one.is_paused for one in await server.deadlines.standings(ticket))
    await server.tickets.change(ticket, 2, {"state": State.PROCESSING}, None, by=LI)
    await server.until(1)
    assert (await server.deadlines.standings(ticket))[0].left == 4 * MINUTE
    await server.until(30)
    assert [one[1:] for one in await server.told(ticket)] == [
        (FIRST, MarkKind.REMINDER, 127),
        (FIRST, MarkKind.WARNING, 130),
        (FIRST, MarkKind.ESCALATION, 130),
        (FIRST, MarkKind.ESCALATION, 140),
    ]


async def test_other_rules_and_calendars_count_from_when_they_are_read(server: Server) -> None:
    ticket = await urgent_ticket(server)
    assert not await server.deadlines.has_other_rules()
    server.changes.append(parse_deadlines(SLOWER))
    assert await server.deadlines.has_other_rules()
    await server.deadlines.look_at_all()
    (response, *_) = await server.deadlines.standings(ticket)
    assert (response.deadline.rule, response.deadline.amount) == ("慢", 20 * MINUTE)
    server.calendars = {"always": ALWAYS.model_copy(update={"weekly": {}})}
    assert await server.deadlines.has_other_rules()
    await server.deadlines.look_at_all()
    assert [one.deadline.due_at for one in await server.deadlines.standings(ticket)] == [None]
    await server.until(60)
    assert await server.told(ticket) == []


SLOWER = "deadlines:\n  calendar: always\n  rules:\n    - {name: 慢, first_response: 20m}\n"


async def test_lists_are_sorted_by_what_is_due_and_show_what_is_overdue(server: Server) -> None:
    urgent = await urgent_ticket(server)
    calm = await server.tickets.create(replace(FAULT, priority=Priority.LOW), LI)
    none = await server.tickets.create(FAULT, LI)
    await server.tickets.change(none.id, 1, {"state": State.RESOLVED}, None, by=LI)
    await server.until(11)
    for sort, expected in (("due_at", [urgent, calm.id, none.id]), ("-due_at", [calm.id, urgent, none.id])):
        found, _ = await server.tickets.store.find(TicketFilter(sort=sort))
        assert [one.id for one in found] == expected
    late, total = await server.tickets.store.find(TicketFilter(due_before=server.clock.now()))
    assert ([one.id for one in late], total) == ([urgent], 1)


async def test_a_notice_is_ones_own_to_mark_as_seen(server: Server) -> None:
    ticket = await urgent_ticket(server)
    await server.until(10)
    assert await server.told(ticket) == URGENTLY[:3]
    (notice,) = await server.deadlines.notices(BOSS, only_new=True, limit=10)
    assert (notice.number, notice.title) == ("CS202611220001", "电表冒烟，全家停电")
    with pytest.raises(NotFound):
        await server.deadlines.see(notice.id, LI)
    assert await server.deadlines.store.unseen(BOSS.staff_id) == 1
    await server.deadlines.see(notice.id, BOSS)
    assert await server.deadlines.notices(BOSS, only_new=True, limit=10) == []
    (seen,) = await server.deadlines.notices(BOSS, only_new=False, limit=10)
    assert seen.seen_at == server.clock.now()
    assert await server.deadlines.store.with_unseen() == {LI.staff_id}


async def test_nothing_is_written_where_nothing_is_different(server: Server, database: Database) -> None:
    ticket = await urgent_ticket(server)

    async def generation() -> int | None:
        async with database.reading() as connection:
            found: int | None = await connection.scalar(sa.select(watches.c.generation))
            return found

    before = await generation()
    for _ in range(3):
        await server.deadlines.look(ticket)
    await server.deadlines.look_at_all()
    assert await generation() == before
    async with database.reading() as connection:
        assert await connection.scalar(sa.select(sa.func.count()).select_from(notices)) == 0


async def test_a_moment_of_a_ticket_in_no_hurry_is_planned_far_ahead(server: Server) -> None:
    made = await server.tickets.create(replace(FAULT, priority=Priority.LOW), LI)
    await server.jobs.run_due()
    known = await server.deadlines.store.load(made.id)
    created: datetime = made.created_at
    assert known.wake_at == created + timedelta(hours=1, minutes=57)


KILLED = 6
TICKETS = 8
WAIT_S = 120


async def noticed(database: Database) -> int:
    async with database.reading() as connection:
        return (await connection.execute(sa.select(sa.func.count()).select_from(notices))).scalar_one()


async def until_noticed(database: Database, count: int) -> int:
    async with asyncio.timeout(WAIT_S):
        while (found := await noticed(database)) < count:  # noqa: ASYNC110 - of other processes
            await asyncio.sleep(0.01)
    return found


async def start_server(url: str, epoch: float) -> asyncio.subprocess.Process:
    command = (sys.executable, "-m", "tests.db.deadline_server", url, str(epoch))
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT)


async def test_two_servers_killed_again_and_again_tell_everybody_once(
    url: str, database: Database, tmp_path: Path
) -> None:
    epoch = time.time()
    made = server_at(database, tmp_path, epoch)
    tickets = [(await made.tickets.create(FAULT, LI)).id for _ in range(TICKETS)]
    servers = [await start_server(url, epoch) for _ in range(2)]
    try:
        found = 0
        for number in range(KILLED):
            # As soon as anybody was told of the next, in the middle of telling others.
            found = await until_noticed(database, min(found + 1, TICKETS * 4 - 1))
            killed = servers[number % 2]
            killed.kill()
            await killed.wait()
            servers[number % 2] = await start_server(url, epoch)
        await until_noticed(database, TICKETS * 3)
        await until_told_everybody(made, tickets)
    finally:
        for server in servers:
            server.kill()
            await server.wait()
    for ticket in tickets:
        told = Counter(one[:3] for one in await made.told(ticket))
        # A reminder that was overtaken while all servers were dead is left out; nothing is told twice.
        assert set(told.values()) == {1}
        assert set(told) | {URGENTLY[0][:3]} == {one[:3] for one in URGENTLY}


async def until_told_everybody(server: Server, tickets: list[TicketId]) -> None:
    async with asyncio.timeout(WAIT_S):
        for ticket in tickets:
            while (ADMIN, FIRST) not in {one[:2] for one in await server.told(ticket)}:  # noqa: ASYNC110
                await asyncio.sleep(0.05)
