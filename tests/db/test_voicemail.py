"""Each message becomes one ticket, whenever a crash comes, on both databases."""

import asyncio
import json
import os
import struct
import wave
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from typing_extensions import override

from infra.database import Database
from infra.web import Context, FileReply
from kernel.ids import CallId
from tests.db.ticket_parts import LI, NUMBER, ZHANG, Site
from tickets.http import TicketView, ticket_routes
from tickets.model import Message, State, Ticket, TicketFilter, TicketType
from tickets.spool import Spool
from tickets.store import NewTicket, TicketStore
from tickets.voicemail import Importer
from tickets.wiring import build_voicemail

CALL = CallId("site1-1795320000.12")
SECONDS = 3


class Words:
    """A recogniser that knows what was said."""

    def __init__(self, text: str | None = "请尽快回电", failures: int = 0) -> None:
        self.heard: list[tuple[str, str]] = []
        self._text = text
        self._failures = failures

    async def transcribe(self, path: Path, language: str) -> str | None:
        with wave.open(str(path)) as file:
            assert file.getnframes() == SECONDS * 8_000
        self.heard.append((path.name, language))
        if self._failures:
            self._failures -= 1
            raise RuntimeError("识别器崩溃")
        return self._text


class Crash(BaseException):
    """Stands for kill -9: nothing after it is done."""


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(database, tmp_path)


def _leave(site: Site, call: str = CALL, *, seconds: float = SECONDS, **about: str) -> Path:
    """A message as the telephone side leaves it: the circumstances first."""
    entry = {"from": NUMBER, "to": "4008101234", "at": "2026-11-22T08:30:00+08:00", "language": "zh"} | about
    (site.folders.spool / f"{call}.json").write_text(json.dumps(entry), encoding="utf-8")
    recording = site.folders.spool / f"{call}.wav"
    with wave.open(str(recording), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(b"\x01\x02" * int(seconds * 8_000))
    return recording


def _importer(site: Site, words: Words | None = None) -> Importer:
    return build_voicemail(site.tickets, site.jobs, words or Words(), site.folders)


async def _tickets(site: Site) -> list[Ticket]:
    return [named.ticket for named in (await site.tickets.find(TicketFilter()))[0]]


def _spooled(site: Site) -> list[str]:
    return sorted(path.name for path in site.folders.spool.iterdir())


async def _playable(site: Site, ticket: Ticket) -> float:
    path, _ = await site.tickets.play_voicemail(ticket.id, by=LI.staff_id)
    with wave.open(str(path)) as file:
        return file.getnframes() / file.getframerate()


async def test_a_message_becomes_a_ticket_with_recording_and_transcript(site: Site) -> None:
    _leave(site)
    words = Words()
    await _importer(site, words).import_now(CALL)
    (ticket,) = await _tickets(site)
    assert ticket.number == "CS202611220001"
    assert ticket.matter.type is TicketType.CALLBACK
    assert ticket.matter.state is State.PENDING_ASSIGNMENT
    assert ticket.matter.title == f"语音留言：{NUMBER}"
    assert ticket.matter.customer == ZHANG.id
    assert _spooled(site) == []
    assert await _playable(site, ticket) == SECONDS
    await site.jobs.run_due()
    details = await site.tickets.store.get(ticket.id)
    assert details.calls == (CALL,)
    assert details.voicemail is not None
    assert (details.voicemail.transcript, details.voicemail.transcript_state) == ("请尽快回电", "done")
    assert words.heard == [(Path(details.voicemail.message.path).name, "zh")]
    assert [each.ticket.id for each in (await site.tickets.find(TicketFilter(search="回电")))[0]] == [
        ticket.id
    ]


class CrashBeforeMove(Spool):
    @override
    def keep(self, message: Message) -> None:
        raise Crash


class CrashAfterMove(Spool):
    @override
    def keep(self, message: Message) -> None:
        super().keep(message)
        raise Crash


class CrashBeforeForgetting(Spool):
    @override
    def forget(self, call: CallId) -> None:
        raise Crash


class CrashInTheTransaction(TicketStore):
    @override
    async def create_from_message(self, new: NewTicket) -> Ticket | None:
        assert new.message is not None
        async with self._database.transaction() as connection:
            await self._tell(connection, ticket=1, matter=new.matter, at=new.at)  # type: ignore[arg-type]
            raise Crash


def _spool(site: Site, kind: type[Spool]) -> Importer:
    return Importer(site.tickets, kind(site.folders.spool, site.folders.recordings), site.clock)


def _store(site: Site) -> Importer:
    store = CrashInTheTransaction(
        site.tickets.store._database, site.tickets.store._outbox, site.tickets.store._jobs
    )
    tickets = type(site.tickets)(
        store=store,
        near=site.tickets.near,
        clock=site.clock,
        settings=site.tickets.settings,
        recordings=site.tickets.recordings,
    )
    return Importer(tickets, Spool(site.folders.spool, site.folders.recordings), site.clock)


@pytest.mark.parametrize(
    "dying",
    [
        lambda site: _spool(site, CrashBeforeMove),
        lambda site: _spool(site, CrashAfterMove),
        _store,
        lambda site: _spool(site, CrashBeforeForgetting),
    ],
    ids=["before the move", "after the move", "in the transaction", "before forgetting"],
)
async def test_a_crash_at_any_step_neither_loses_nor_doubles(
    site: Site, dying: Callable[[Site], Importer]
) -> None:
    _leave(site)
    for _ in range(2):
        with pytest.raises(Crash):
            await dying(site).import_now(CALL)
    await _importer(site).import_now(CALL)
    (ticket,) = await _tickets(site)
    assert await _playable(site, ticket) == SECONDS
    assert _spooled(site) == []
    assert await site.jobs.run_due() == 1


async def test_a_message_imported_again_changes_nothing(site: Site) -> None:
    importer = _importer(site)
    for _ in range(3):
        _leave(site)
        await importer.import_now(CALL)
    await importer.import_now(CALL)
    assert len(await _tickets(site)) == 1
    assert _spooled(site) == []


async def test_two_importers_at_the_same_moment_make_one_ticket(site: Site, database: Database) -> None:
    _leave(site)
    message = Spool(site.folders.spool, site.folders.recordings).read(CALL)
    assert message is not None
    other = Site(database, site.folders.spool.parent)
    importers = [_importer(site), _importer(other)]
    await asyncio.gather(*(importer._make_ticket(message) for importer in importers))
    assert len(await _tickets(site)) == 1


async def test_two_messages_of_one_call_are_two_tickets(site: Site) -> None:
    importer = _importer(site)
    _leave(site)
    await importer.import_now(CALL)
    _leave(site, at="2026-11-22T08:31:00+08:00")
    await importer.import_now(CALL)
    assert [await _playable(site, ticket) for ticket in await _tickets(site)] == [SECONDS, SECONDS]


async def test_the_sweep_takes_what_is_finished_and_leaves_what_is_being_said(site: Site) -> None:
    quiet = (site.clock.now() - timedelta(seconds=31)).timestamp()
    spoken = (site.clock.now() - timedelta(seconds=5)).timestamp()
    for call, at in (("site1-1.1", quiet), ("site1-2.2", spoken)):
        recording = _leave(site, call)
        os.utime(recording, (at, at))
        os.utime(recording.with_suffix(".json"), (quiet, quiet))
    await _importer(site).sweep()
    assert _spooled(site) == ["site1-2.2.json", "site1-2.2.wav"]
    site.clock.time += timedelta(seconds=30)
    await _importer(Site(site.tickets.store._database, site.folders.spool.parent)).sweep()
    assert len(await _tickets(site)) == 1
    later = Site(site.tickets.store._database, site.folders.spool.parent)
    later.clock.time = site.clock.time
    await _importer(later).sweep()
    assert len(await _tickets(site)) == 2


@pytest.mark.parametrize("seconds", [0.0, 0.9])
async def test_a_recording_too_short_to_be_a_message_is_forgotten(site: Site, seconds: float) -> None:
    _leave(site, seconds=seconds)
    await _importer(site).import_now(CALL)
    assert await _tickets(site) == []
    assert _spooled(site) == []


async def test_a_recording_cut_off_by_a_crash_is_playable(site: Site) -> None:
    recording = _leave(site)
    with recording.open("r+b") as file:
        file.seek(4)
        file.write(struct.pack("<I", 36))
        file.seek(40)
        file.write(struct.pack("<I", 0))
    await _importer(site).import_now(CALL)
    (ticket,) = await _tickets(site)
    assert await _playable(site, ticket) == SECONDS


async def test_an_unreadable_entry_is_put_aside_and_the_others_go_on(site: Site) -> None:
    _leave(site, "site1-1.1", at="gestern")
    _leave(site, "site1-2.2")
    for path in site.folders.spool.iterdir():
        os.utime(path, (0, 0))
    with capture_logs() as logs:
        await _importer(site).sweep()
    assert len(await _tickets(site)) == 1
    assert _spooled(site) == ["site1-1.1.unreadable", "site1-1.1.wav"]
    assert [each["call_id"] for each in logs if each["log_level"] == "error"] == ["site1-1.1"]


@pytest.mark.parametrize(
    ("about", "title", "customer"),
    [
        ({"from": "", "language": "zh"}, "语音留言：未知号码", None),
        ({"from": "+442079460018", "language": "en"}, "Voicemail from +442079460018", None),
        ({"from": "1\r\nx\x00\u202e", "language": ""}, "语音留言：1\ufffd\nx\ufffd\ufffd", None),
    ],
)
async def test_the_title_names_the_number_in_the_callers_language(
    site: Site, about: dict[str, str], title: str, customer: int | None
) -> None:
    _leave(site, **about)
    await _importer(site).import_now(CALL)
    (ticket,) = await _tickets(site)
    assert ticket.matter.title == title
    assert ticket.matter.customer == customer


@pytest.mark.parametrize(
    ("text", "failures", "tries", "state"),
    [(None, 0, 1, "none"), ("请回电", 2, 3, "done"), ("请回电", 99, 3, "failed")],
    ids=["no recogniser", "works at last", "never works"],
)
async def test_without_words_the_recording_stays_playable(
    site: Site, text: str | None, failures: int, tries: int, state: str
) -> None:
    words = Words(text, failures)
    _leave(site)
    await _importer(site, words).import_now(CALL)
    for _ in range(6):
        await site.jobs.run_due()
        site.clock.time += timedelta(hours=2)
    (ticket,) = await _tickets(site)
    details = await site.tickets.store.get(ticket.id)
    assert details.voicemail is not None
    assert details.voicemail.transcript_state == state
    assert len(words.heard) == tries
    assert await _playable(site, ticket) == SECONDS


async def test_the_page_gets_message_and_sound_and_the_trail_says_who_listened(site: Site) -> None:
    _leave(site)
    await _importer(site).import_now(CALL)
    (ticket,) = await _tickets(site)
    serve = {(route.method, route.path): route.handler for route in ticket_routes(site.tickets)}
    context = Context(user=LI, path={"ticket_id": str(ticket.id)}, body=None, query=None)
    shown = await serve["GET", "/api/tickets/{ticket_id}"](context)
    assert isinstance(shown, TicketView)
    assert shown.voicemail is not None
    assert shown.voicemail.model_dump() == {
        "seconds": SECONDS,
        "transcript": None,
        "transcript_state": "pending",
    }
    reply = await serve["GET", "/api/tickets/{ticket_id}/voicemail"](context)
    assert isinstance(reply, FileReply)
    assert reply.path.is_relative_to(site.folders.recordings)
    assert reply.path.is_file()
    assert site.directory.trail == [(LI.staff_id, "voicemail_played", ticket.number)]
