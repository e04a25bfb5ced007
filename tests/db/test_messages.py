"""Messages to customers, and tickets that callers leave: each once, whatever happens."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.database import Database
from kernel.ids import CallId
from messaging.errors import NotAMessage
from messaging.model import MessageFilter, MessageState, NewMessage
from messaging.service import Messaging
from messaging.settings import MessagingSettings
from messaging.store import MessageStore
from tests.db.ticket_parts import NUMBER, ZHANG, Clock, Site
from tickets.model import Priority, State, TicketFilter, TicketType
from tickets.service import Left

CALL = CallId("site1-1.1")
MESSAGE = NewMessage(
    key="site1-1.1/main/send/+8613812341234", number=NUMBER, text="您的订单已发货。", language="zh", call=CALL
)
LEFT = Left(
    key="site1-1.1/main/leave",
    call=CALL,
    caller_number=NUMBER,
    type=TicketType.COMPLAINT,
    title="洗衣机不排水",
    priority=Priority.URGENT,
)


@pytest.fixture
def messaging(database: Database) -> Messaging:
    return Messaging(store=MessageStore(database), clock=Clock(), settings=MessagingSettings(text_max=20))


async def test_a_message_without_a_gateway_is_kept_and_marked_as_not_sent(messaging: Messaging) -> None:
    assert await messaging.write(MESSAGE)
    (kept,), total = await messaging.find(MessageFilter())
    assert (total, kept.number, kept.text, kept.call) == (1, NUMBER, "您的订单已发货。", CALL)
    assert kept.state is MessageState.NO_GATEWAY
    assert kept.written_at == datetime(2026, 11, 22, 1, 0, tzinfo=UTC)


async def test_a_message_is_written_once_also_by_many_at_once(messaging: Messaging) -> None:
    wrote = await asyncio.gather(*(messaging.write(MESSAGE) for _ in range(5)))
    assert sorted(wrote) == [False] * 4 + [True]
    assert (await messaging.find(MessageFilter()))[1] == 1


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        (MessageFilter(search="发货"), 1),
        (MessageFilter(search="1381234"), 1),
        (MessageFilter(search="%"), 0),
        (MessageFilter(state=MessageState.SENT), 0),
        (MessageFilter(call=CALL), 1),
        (MessageFilter(call=CallId("other")), 0),
        (MessageFilter(offset=1), 1),
    ],
)
async def test_messages_are_found(messaging: Messaging, wanted: MessageFilter, count: int) -> None:
    await messaging.write(MESSAGE)
    found, total = await messaging.find(wanted)
    assert (total, len(found)) == (count, count - wanted.offset)


@pytest.mark.parametrize("text", ["", " \n", "长" * 21, "坏\u202e"])
async def test_what_is_no_message_is_refused(messaging: Messaging, text: str) -> None:
    refused = NewMessage(key="k", number=NUMBER, text=text, language="zh")
    with pytest.raises(NotAMessage):
        await messaging.write(refused)
    assert (await messaging.find(MessageFilter()))[1] == 0


async def test_a_caller_leaves_a_ticket_of_their_own(database: Database, tmp_path: Path) -> None:
    site = Site(database, tmp_path)
    number = await site.tickets.leave(LEFT)
    (found,), _ = await site.tickets.find(TicketFilter())
    matter = found.ticket.matter
    assert (found.ticket.number, found.customer) == (number, ZHANG)
    assert (matter.title, matter.priority, matter.state) == (
        "洗衣机不排水",
        Priority.URGENT,
        State.PENDING_ASSIGNMENT,
    )
    assert (await site.tickets.show(found.ticket.id)).details.calls == (CALL,)


async def test_a_ticket_is_left_once_also_by_two_servers_at_once(database: Database, tmp_path: Path) -> None:
    site = Site(database, tmp_path)
    numbers = await asyncio.gather(*(site.tickets.leave(LEFT) for _ in range(4)))
    assert len(set(numbers)) == 1
    assert await site.tickets.leave(LEFT) == numbers[0]
    assert (await site.tickets.find(TicketFilter()))[1] == 1
