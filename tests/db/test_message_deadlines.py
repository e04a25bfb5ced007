"""Who leaves a message is to be called back in the company's business time."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from infra.database import Database
from ivr.flow import load_calendars
from kernel.calendar import Calendar
from kernel.ids import CallId, CustomerId
from server.installation import EXAMPLE_SITE
from tests.db.deadline_parts import Server
from tests.db.ticket_parts import Site, Words, leave
from tickets.deadlines.model import Kind
from tickets.deadlines.rules_file import parse_deadlines
from tickets.model import TicketFilter, TicketType
from tickets.wiring import build_voicemail

SHANGHAI = ZoneInfo("Asia/Shanghai")
POLICY = parse_deadlines((EXAMPLE_SITE / "deadlines.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("left", "due"),
    [
        ("2026-11-22T09:00", "2026-11-23T11:00"),  # on a Sunday
        ("2026-11-23T23:30", "2026-11-24T11:00"),  # at night
        ("2026-11-23T10:00", "2026-11-23T12:00"),
        ("2026-11-23T17:00", "2026-11-24T10:00"),  # an hour before the end of the day
        ("2026-12-31T11:00", "2027-01-02T10:00"),  # a short day, a holiday, and a Saturday morning
    ],
)
async def test_a_message_is_due_in_two_hours_of_the_office(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: str, due: str
) -> None:
    site = Site(database, tmp_path)

    async def stranger(_call: CallId, _number: str) -> CustomerId | None:
        return None

    monkeypatch.setattr(site.directory, "who_calls", stranger)
    site.clock.time = datetime.fromisoformat(left).replace(tzinfo=SHANGHAI)
    server = Server(site, database, POLICY)
    server.calendars = example_calendars()
    await build_voicemail(server.tickets, server.jobs, Words(), site.spool).import_now(leave(site))
    await server.jobs.run_due()
    (named,) = (await server.tickets.find(TicketFilter(sort="due_at")))[0]
    ticket = named.ticket
    assert ticket.matter.type is TicketType.CALLBACK
    deadlines = [one.deadline for one in await server.deadlines.standings(ticket.id)]
    (call_back,) = [one.due_at for one in deadlines if one.kind is Kind.FIRST_RESPONSE]
    assert call_back == datetime.fromisoformat(due).replace(tzinfo=SHANGHAI)
    assert ticket.due_at == min(one.due_at for one in deadlines if one.due_at)


def example_calendars() -> dict[str, Calendar]:
    text = (EXAMPLE_SITE / "calendars.yaml").read_text(encoding="utf-8")
    loaded, problems = load_calendars(text, file="calendars.yaml")
    assert loaded is not None, problems
    return dict(loaded.calendars)
