"""Each message becomes one ticket, whenever a crash comes, on both databases."""

import asyncio
import os
import wave
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection
from typing_extensions import override

from infra.database import Database
from infra.web import Context, FileReply
from kernel.ids import TicketId
from telephony.spool import About, Part
from telephony.spool_folder import SpoolFolder
from tests.db.ticket_parts import CALL, LEFT_AT, LI, NUMBER, SECONDS, ZHANG, Site, Words, leave
from tickets.http import TicketView, ticket_routes
from tickets.model import Message, State, Ticket, TicketFilter, TicketType
from tickets.store import NewTicket, TicketStore
from tickets.voicemail import Importer
from tickets.wiring import build_voicemail

PAUSE_S = 0.5


class Crash(BaseException):
    """Stands for kill -9: nothing after it is done."""


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(database, tmp_path)


def _importer(site: Site, words: Words | None = None) -> Importer:
    return build_voicemail(site.tickets, site.jobs, words or Words(), site.spool)


async def _tickets(site: Site) -> list[Ticket]:
    return [named.ticket for named in (await site.tickets.find(TicketFilter()))[0]]


def _spooled(site: Site) -> list[str]:
    return sorted(path.name for path in site.spool_folder.iterdir())


async def _playable(site: Site, ticket: Ticket) -> float:
    path, _ = await site.tickets.play_voicemail(ticket.id, by=LI.staff_id)
    with wave.open(str(path)) as file:
        return file.getnframes() / file.getframerate()


async def test_a_message_becomes_a_ticket_with_recording_and_transcript(site: Site) -> None:
    words = Words()
    await _importer(site, words).import_now(leave(site))
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


class CrashBeforeReading(SpoolFolder):
    @override
    def sound(self, part: Part) -> bytes:
        raise Crash


class CrashBeforeForgetting(SpoolFolder):
    @override
    def forget(self, part: Part) -> None:
        raise Crash


class CrashWhileForgetting(SpoolFolder):
    @override
    def forget(self, part: Part) -> None:
        self._about(part).unlink(missing_ok=True)
        raise Crash


class CrashBeforeTheTransaction(TicketStore):
    @override
    async def create(self, new: NewTicket) -> Ticket:
        raise Crash

    @override
    async def extend_message(self, ticket: TicketId, message: Message, at: datetime) -> None:
        raise Crash


class CrashInTheTransaction(TicketStore):
    @override
    async def _add_part(self, connection: AsyncConnection, ticket: TicketId, part: str) -> None:
        await super()._add_part(connection, ticket, part)
        raise Crash


def _with_spool(site: Site, kind: type[SpoolFolder]) -> Importer:
    return Importer(site.tickets, kind(site.spool_folder, min_s=1.0), site.clock)


def _with_store(site: Site, kind: type[TicketStore]) -> Importer:
    store = site.tickets.store
    dying = kind(store._database, store._outbox, store._jobs)
    return Importer(replace(site.tickets, store=dying), site.spool, site.clock)


DEATHS: dict[str, Callable[[Site], Importer]] = {
    "before reading": lambda site: _with_spool(site, CrashBeforeReading),
    "before the transaction": lambda site: _with_store(site, CrashBeforeTheTransaction),
    "in the transaction": lambda site: _with_store(site, CrashInTheTransaction),
    "before forgetting": lambda site: _with_spool(site, CrashBeforeForgetting),
    "while forgetting": lambda site: _with_spool(site, CrashWhileForgetting),
}


@pytest.mark.parametrize("dying", DEATHS.values(), ids=DEATHS)
async def test_a_crash_at_any_step_neither_loses_nor_doubles(
    site: Site, dying: Callable[[Site], Importer]
) -> None:
    part = leave(site)
    for _ in range(2):
        with pytest.raises(Crash):
            await dying(site).import_now(part)
        # Whoever is asked now whether the caller has spoken says so.
        assert site.spool.was_spoken(CALL)
    await _importer(site).import_now(part)
    (ticket,) = await _tickets(site)
    assert await _playable(site, ticket) == SECONDS
    assert _spooled(site) == []
    assert await site.jobs.run_due() == 1


@pytest.mark.parametrize("dying", DEATHS.values(), ids=DEATHS)
async def test_what_a_caller_adds_is_neither_lost_nor_doubled_by_a_crash(
    site: Site, dying: Callable[[Site], Importer]
) -> None:
    await _importer(site).import_now(leave(site))
    more = leave(site, after_s=60)
    for _ in range(2):
        with pytest.raises(Crash):
            await dying(site).import_now(more)
    await Importer(site.tickets, site.spool, site.clock).import_now(more)
    (ticket,) = await _tickets(site)
    assert await _playable(site, ticket) == SECONDS * 2 + PAUSE_S
    assert _spooled(site) == []


async def test_a_part_imported_again_changes_nothing(site: Site) -> None:
    importer = _importer(site)
    for _ in range(3):
        await importer.import_now(leave(site))
    (ticket,) = await _tickets(site)
    assert await _playable(site, ticket) == SECONDS
    assert _spooled(site) == []


async def test_two_importers_at_the_same_moment_make_one_ticket(site: Site, database: Database) -> None:
    other = Site(database, site.spool_folder.parent)
    importers = [_importer(site), _importer(other)]
    message = importers[0]._keep(leave(site), None)
    await asyncio.gather(*(importer._make_ticket(message) for importer in importers))
    (ticket,) = await _tickets(site)
    assert await _playable(site, ticket) == SECONDS


async def test_all_that_was_said_in_a_call_is_one_ticket_and_is_transcribed_again(site: Site) -> None:
    words = Words()
    importer = _importer(site, words)
    for after_s in (0, 60, 120):
        await importer.import_now(leave(site, after_s=after_s))
        await site.jobs.run_due()
    (ticket,) = await _tickets(site)
    assert await _playable(site, ticket) == SECONDS * 3 + PAUSE_S * 2
    assert words.lengths_s == [3, 6.5, 10]
    details = await site.tickets.store.get(ticket.id)
    assert details.voicemail is not None
    assert (details.voicemail.message.left_at, details.voicemail.message.seconds) == (LEFT_AT, 10)
    assert details.voicemail.transcript_state == "done"
    # One recording is left, the whole one.
    assert len(list(site.tickets.recordings.rglob("*.*"))) == 1


async def test_a_message_is_added_to_one_whose_recording_is_gone(site: Site) -> None:
    importer = _importer(site)
    await importer.import_now(leave(site))
    for recording in site.tickets.recordings.rglob("*.wav"):
        recording.unlink()
    await importer.import_now(leave(site, after_s=60))
    (ticket,) = await _tickets(site)
    assert await _playable(site, ticket) == SECONDS


class FailingOnce(SpoolFolder):
    """The disk has one bad moment."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, min_s=1.0)
        self.has_failed = False
        self.has_forgotten = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @override
    def sound(self, part: Part) -> bytes:
        if not self.has_failed:
            self.has_failed = True
            raise OSError("input/output error")
        return super().sound(part)

    @override
    def forget(self, part: Part) -> None:
        super().forget(part)
        self._loop.call_soon_threadsafe(self.has_forgotten.set)


async def test_an_import_that_fails_is_tried_again_and_stops_no_other(site: Site) -> None:
    spool = FailingOnce(site.spool_folder)
    importer = Importer(site.tickets, spool, site.clock)
    for call in ("site1-1.1", "site1-2.2"):
        importer.import_soon(leave(site, call))
    importing = asyncio.create_task(importer.keep_importing())
    async with asyncio.timeout(10):
        await spool.has_forgotten.wait()
    importing.cancel()
    await asyncio.wait([importing])
    assert [part.call for part in spool.parts()] == ["site1-1.1"]
    for path in site.spool_folder.iterdir():
        os.utime(path, (0, 0))
    await importer.sweep()
    assert len(await _tickets(site)) == 2
    assert _spooled(site) == []


async def test_the_sweep_takes_what_is_finished_and_leaves_what_is_being_said(site: Site) -> None:
    quiet = (site.clock.now() - timedelta(seconds=31)).timestamp()
    spoken = (site.clock.now() - timedelta(seconds=5)).timestamp()
    for call, at in (("site1-1.1", quiet), ("site1-2.2", spoken)):
        recording = site.spool.recording(leave(site, call))
        os.utime(recording, (at, at))
        os.utime(recording.with_suffix(".json"), (quiet, quiet))
    await _importer(site).sweep()
    assert [part.call for part in site.spool.parts()] == ["site1-2.2"]
    site.clock.time += timedelta(seconds=30)
    await Importer(site.tickets, site.spool, site.clock).sweep()
    assert len(await _tickets(site)) == 2


@pytest.mark.parametrize("seconds", [0.0, 0.9])
async def test_a_recording_too_short_to_be_a_message_is_forgotten(site: Site, seconds: float) -> None:
    await _importer(site).import_now(leave(site, seconds=seconds))
    assert await _tickets(site) == []
    assert _spooled(site) == []


async def test_a_recording_cut_off_by_a_crash_is_playable(site: Site) -> None:
    part = leave(site)
    with site.spool.recording(part).open("r+b") as file:
        file.write(bytes(44))
    await _importer(site).import_now(part)
    (ticket,) = await _tickets(site)
    assert await _playable(site, ticket) == SECONDS


@pytest.mark.parametrize("written", [b"", b"{", b"[]", b"\xff", b'{"from": 7}', None])
async def test_a_message_whose_circumstances_are_damaged_is_still_a_ticket(
    site: Site, written: bytes | None
) -> None:
    part = leave(site)
    about = site.spool.recording(part).with_suffix(".json")
    about.unlink()
    if written is not None:
        about.write_bytes(written)
    await _importer(site).import_now(part)
    (ticket,) = await _tickets(site)
    assert ticket.matter.title == "语音留言：未知号码"
    assert (await site.tickets.store.get(ticket.id)).calls == (CALL,)
    assert await _playable(site, ticket) == SECONDS


@pytest.mark.parametrize(
    ("about", "title", "customer"),
    [
        (About(language="zh"), "语音留言：未知号码", None),
        (About(caller_number="+442079460018", language="en"), "Voicemail from +442079460018", None),
        (About(caller_number="1\r\nx\x00\u202e"), "语音留言：1\ufffd\nx\ufffd\ufffd", None),
    ],
)
async def test_the_title_names_the_number_in_the_callers_language(
    site: Site, about: About, title: str, customer: int | None
) -> None:
    await _importer(site).import_now(leave(site, about=about))
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
    await _importer(site, words).import_now(leave(site))
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
    await _importer(site).import_now(leave(site))
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
    assert reply.path.is_relative_to(site.tickets.recordings)
    assert reply.path.is_file()
    assert site.directory.trail == [(LI.staff_id, "voicemail_played", ticket.number)]
