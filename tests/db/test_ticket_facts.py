"""What a ticket says, who changed it, and what is said about it, on both databases."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from infra.database import Database
from infra.web import Context
from kernel.errors import NotFound
from kernel.ids import CallId, StaffId, TicketId
from tests.db.ticket_parts import BOSS, LI, ZHANG, Site
from tickets.conversation import Conversation, Note
from tickets.errors import StaleVersion
from tickets.events import Corresponded
from tickets.model import FACTS, Channel, Priority, State, TicketType
from tickets.reading.model import Severity, Urgency
from tickets.service import Draft
from tickets.thread import Direction, SentMessage
from tickets.thread_http import NoteBody, TimelineView, thread_routes
from tickets.thread_store import ThreadStore

CALL = CallId("site1-1.1")
WRITERS = {"sqlite": 20, "postgresql": 200}
SERVERS = 4
FACTS_SAID: dict[str, Any] = {
    "department": "售后部",
    "channel": Channel.WECHAT,
    "category": "退款",
    "problem": "迟迟不到账",
    "severity": Severity.MAJOR,
    "urgency": Urgency.SOON,
    "occurred_at": datetime(2026, 11, 20, 8, 30, tzinfo=UTC),
    "demand": "三天内退款",
    "product": "XQG100 洗衣机",
    "order_number": "CS000000000012",
    "region": "shanghai",
}
COMPLAINT = Draft(
    type=TicketType.COMPLAINT, title="退款未到账", customer=ZHANG.id, call=CALL, facts=FACTS_SAID
)


class Sent:
    """One message that followed from the call."""

    async def of_calls(self, calls: Any) -> list[SentMessage]:
        at = datetime(2026, 11, 22, 1, 0, 30, tzinfo=UTC)
        return [SentMessage(at=at, text="已受理", state="sent")] if CALL in calls else []


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(database, tmp_path)


@pytest.fixture
def conversation(site: Site, database: Database) -> Conversation:
    store = ThreadStore(database, site.outbox)
    return Conversation(tickets=site.tickets, store=store, messages=Sent())


async def test_all_that_is_known_of_a_matter_is_kept(site: Site) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    kept = (await site.tickets.store.get(made.id)).ticket.matter
    assert {fact: getattr(kept, fact) for fact in FACTS} == FACTS_SAID


async def test_many_servers_that_number_tickets_at_once_never_give_one_twice_or_go_back(
    url: str, kind: str, tmp_path: Path
) -> None:
    servers = [Database(url) for _ in range(SERVERS)]
    sites = [Site(server, tmp_path) for server in servers]

    async def write(site: Site) -> list[str]:
        return [(await site.tickets.create(COMPLAINT, LI)).number for _ in range(2)]

    async with asyncio.timeout(120):
        given = await asyncio.gather(*(write(sites[one % SERVERS]) for one in range(WRITERS[kind])))
    for server in servers:
        await server.close()
    numbers = [number for own in given for number in own]
    assert sorted(numbers) == [f"CS20261122{serial:04}" for serial in range(1, len(numbers) + 1)]
    assert all(first < second for first, second in given)


async def test_the_database_itself_refuses_to_change_or_remove_history_and_words(
    site: Site, database: Database, conversation: Conversation
) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    await conversation.note(made.id, Note(key="1", text="财务在查"), by=LI)
    for table in ("ticket_history", "ticket_entry"):
        for order in (f"UPDATE {table} SET at = CURRENT_TIMESTAMP", f"DELETE FROM {table}"):
            with pytest.raises(IntegrityError, match="never changed"):
                async with database.transaction() as connection:
                    await connection.execute(sa.text(order))
    assert len((await conversation.story(made.id)).moments) == 4


async def test_people_who_change_different_things_at_once_all_get_what_they_want(site: Site) -> None:
    made = await site.tickets.create(Draft(type=TicketType.COMPLAINT, title="退款"), LI)
    tickets = replace(
        site.tickets, settings=site.tickets.settings.model_copy(update={"change_tries_max": 100})
    )
    await asyncio.gather(
        *(tickets.change(made.id, 1, {fact: FACTS_SAID[fact]}, None, by=LI) for fact in FACTS)
    )
    now = (await site.tickets.store.get(made.id)).ticket
    assert {fact: getattr(now.matter, fact) for fact in FACTS} == FACTS_SAID
    assert now.version == 1 + len(FACTS)


async def test_of_two_texts_of_one_field_neither_is_lost(site: Site) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    await site.tickets.change(made.id, 1, {"description": "财务已确认"}, None, by=BOSS)
    wishes = {"description": "仓库已确认", "priority": Priority.URGENT}
    with pytest.raises(StaleVersion) as refused:
        await site.tickets.change(made.id, 1, wishes, None, by=LI)
    assert refused.value.details == {
        "version": 2,
        "by": "王主任",
        "conflicts": [{"field": "description", "before": "", "theirs": "财务已确认", "yours": "仓库已确认"}],
    }
    await site.tickets.change(
        made.id, 2, {"description": "财务已确认\n仓库已确认"}, None, by=LI, why="合并两份说明"
    )
    lines = await site.tickets.store.history_of(made.id)
    assert [(line.version, line.change.after, line.why) for line in lines[1:]] == [
        (2, "财务已确认", ""),
        (3, "财务已确认\n仓库已确认", "合并两份说明"),
    ]


async def test_a_version_that_never_was_is_refused(site: Site) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    with pytest.raises(StaleVersion):
        await site.tickets.change(made.id, 7, {"title": "新"}, None, by=LI)


async def test_long_words_that_are_replaced_stay_whole_in_the_history(site: Site) -> None:
    made = await site.tickets.create(replace(COMPLAINT, description="很长" * 9_000), LI)
    await site.tickets.change(made.id, 1, {"description": "短"}, None, by=LI)
    assert (await site.tickets.store.history_of(made.id))[-1].change.before == "很长" * 9_000


async def test_calls_messages_notes_and_mails_stand_in_one_thread(
    site: Site, conversation: Conversation
) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    site.clock.time += timedelta(minutes=1)
    await conversation.note(made.id, Note(key="a", text="财务在查"), by=LI)
    mail = Corresponded(
        at=site.clock.time + timedelta(minutes=1),
        ticket=made.id,
        key="<1@example>",
        channel=Channel.EMAIL,
        direction=Direction.INBOUND,
        text="什么时候\x1b[2J退款？",
    )
    await conversation.add(mail)
    site.clock.time += timedelta(minutes=5)
    wishes: dict[str, Any] = {"owner": StaffId(2), "state": State.PENDING_ACCEPTANCE}
    await site.tickets.change(made.id, 1, wishes, None, by=LI, why="转主管")
    show = thread_routes(conversation)[0].handler
    context = Context(user=LI, path={"ticket_id": str(made.id)}, body=None, query=None)
    view = await show(context)
    assert isinstance(view, TimelineView)
    assert [(item.kind, item.by, item.text or item.why) for item in view.items] == [
        ("call", None, ""),
        ("change", "李娜", ""),
        ("message", None, "已受理"),
        ("entry", "李娜", "财务在查"),
        ("entry", None, "什么时候\ufffd[2J退款？"),
        ("change", "李娜", "转主管"),
    ]
    handed = {change.field: (change.before, change.after) for change in view.items[-1].changes}
    assert handed["owner"] == ("李娜", "王主任")
    assert [(one.owner, one.department, one.until) for one in view.responsible] == [
        ("李娜", "售后部", site.clock.time),
        ("王主任", "售后部", None),
    ]


async def test_what_is_told_twice_is_written_once(site: Site, conversation: Conversation) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    body = NoteBody(key="k-1", text="  客户来电催促 ", channel=Channel.PHONE, direction=Direction.INBOUND)
    note = thread_routes(conversation)[1].handler
    context = Context(user=LI, path={"ticket_id": str(made.id)}, body=body, query=None)
    mail = Corresponded(
        at=site.clock.time,
        ticket=made.id,
        key="k",
        channel=Channel.EMAIL,
        direction=Direction.OUTBOUND,
        text="您好",
    )
    for _ in range(2):
        await note(context)
        await conversation.add(mail)
    entries = await conversation.store.of_ticket(made.id, limit=10)
    assert [entry.new.text for entry in entries] == ["客户来电催促", "您好"]


async def test_what_is_told_late_makes_no_ticket_older(site: Site, conversation: Conversation) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    late = Corresponded(
        at=site.clock.time - timedelta(days=1),
        ticket=made.id,
        key="k",
        channel=Channel.EMAIL,
        direction=Direction.INBOUND,
        text="昨天写的",
    )
    await conversation.add(late)
    assert (await site.tickets.store.get(made.id)).ticket.updated_at == made.updated_at


async def test_words_about_a_ticket_that_is_not_there_are_refused(conversation: Conversation) -> None:
    with pytest.raises(NotFound):
        await conversation.note(TicketId(99), Note(key="1", text="?"), by=LI)
    with pytest.raises(NotFound):
        await conversation.story(TicketId(99))


def test_a_note_names_channel_and_direction_or_neither() -> None:
    with pytest.raises(ValueError, match="channel and direction"):
        NoteBody(key="1", text="?", channel=Channel.SMS)
    with pytest.raises(ValueError, match="channel and direction"):
        NoteBody(key="1", text="?", direction=Direction.INBOUND)
