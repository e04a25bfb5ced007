"""A message's ticket gets what the message says, unless a person was there before, on both databases."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typing_extensions import override

from infra.database import Database
from infra.web import Context
from kernel.ids import TicketId
from tests.db.ticket_parts import LI, Site, Words, leave
from tickets.http import ReadBody, ReadingView, TicketView, ticket_routes
from tickets.model import Details, HistoryLine, Priority, Ticket, TicketFilter, TicketType
from tickets.store import TicketStore
from tickets.wiring import build_voicemail


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(database, tmp_path)


async def _import(site: Site, *messages: tuple[str, float]) -> Ticket:
    """The ticket of one call: what is heard once each message is in, and how long after the first."""
    words = Words()
    importer = build_voicemail(site.tickets, site.jobs, words, site.spool)
    for text, after_s in messages:
        words.text = text
        await importer.import_now(leave(site, after_s=after_s))
        await site.jobs.run_due()
    ((named,), _) = await site.tickets.find(TicketFilter())
    return named.ticket


async def _heard(site: Site, text: str) -> Details:
    """The ticket of a message of these words."""
    return await site.tickets.store.get((await _import(site, (text, 0))).id)


async def _waiting(site: Site, text: str) -> Ticket:
    """The ticket of a message that is not transcribed yet."""
    await build_voicemail(site.tickets, site.jobs, Words(text), site.spool).import_now(leave(site))
    ((named,), _) = await site.tickets.find(TicketFilter())
    return named.ticket


async def test_a_message_fills_its_ticket_with_what_it_says(site: Site) -> None:
    details = await _heard(site, "洗衣机 冒烟 了 我 要 投诉 昨天 买 的 花 了 两千 五百 块")
    matter = details.ticket.matter
    assert (matter.type, matter.priority) == (TicketType.COMPLAINT, Priority.URGENT)
    assert {one.field: one.value for one in details.findings} == {
        "type": "complaint",
        "severity": "critical",
        "priority": "urgent",
        "product": "washing_machine",
        "amount": "2500 CNY",
        "date": "2026-11-21",
    }
    assert [words.text for words in details.findings[0].words] == ["投诉"]
    lines = await site.tickets.store.history_of(details.ticket.id)
    assert [(line.change.field, line.change.after, line.by) for line in lines[1:]] == [
        ("type", "complaint", None),
        ("priority", "urgent", None),
        ("severity", "critical", None),
        ("product", "洗衣机", None),
    ]


async def test_a_message_that_says_nothing_sure_leaves_its_ticket_as_it_was(site: Site) -> None:
    details = await _heard(site, "你好，我是张伟")
    assert (details.ticket.matter.type, details.findings) == (TicketType.CALLBACK, ())
    assert details.ticket.version == 1


async def test_what_a_person_has_made_of_a_ticket_stays(site: Site) -> None:
    ticket = await _waiting(site, "冰箱漏水，我要投诉")
    await site.tickets.change(ticket.id, 1, {"type": TicketType.TECHNICAL_SUPPORT}, None, by=LI)
    await site.jobs.run_due()
    details = await site.tickets.store.get(ticket.id)
    assert details.ticket.matter.type is TicketType.TECHNICAL_SUPPORT
    assert "complaint" in [one.value for one in details.findings]


class PersonWhoIsQuicker(TicketStore):
    """Somebody changes a ticket between the look whether anybody did and the filling."""

    quicker: Callable[[], Awaitable[None]]

    @override
    async def history_of(self, ticket: TicketId) -> list[HistoryLine]:
        lines = await super().history_of(ticket)
        await self.quicker()
        return lines


async def test_a_person_who_is_quicker_than_the_filling_is_not_overruled(
    site: Site, database: Database
) -> None:
    store = PersonWhoIsQuicker(database, site.outbox, site.jobs)
    people, site.tickets = site.tickets, replace(site.tickets, store=store)
    ticket = await _waiting(site, "冰箱漏水，我要投诉")
    store.quicker = lambda: people.change(ticket.id, 1, {"type": TicketType.SUGGESTION}, None, by=LI)
    await site.jobs.run_due()
    details = await people.store.get(ticket.id)
    assert (details.ticket.matter.type, details.ticket.version) == (TicketType.SUGGESTION, 2)


async def test_a_caller_who_says_more_is_read_anew(site: Site) -> None:
    ticket = await _import(site, ("我要投诉", 0), ("我要投诉，冰箱起火了", 60))
    assert ticket.matter.priority is Priority.URGENT


async def test_the_page_gets_what_was_read_and_reads_what_is_typed(site: Site) -> None:
    ticket = await _import(site, ("冰箱漏水", 0))
    serve = {(route.method, route.path): route.handler for route in ticket_routes(site.tickets)}
    path = {"ticket_id": str(ticket.id)}
    shown = await serve["GET", "/api/tickets/{ticket_id}"](Context(user=LI, path=path, body=None, query=None))
    assert isinstance(shown, TicketView)
    assert [(one.field, one.name_zh) for one in shown.findings][-1] == ("product", "冰箱")
    typed = Context(user=LI, path={}, body=ReadBody(text="昨天冰箱漏水"), query=None)
    read = await serve["POST", "/api/tickets/read"](typed)
    assert isinstance(read, ReadingView)
    assert [one.value for one in read.findings][-1] == "2026-11-21"
