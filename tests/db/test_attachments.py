"""Files of tickets: rights, history, limits; and a server that is killed between a file and its row."""

import asyncio
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from infra.database import Database
from infra.web import Context, FileReply
from kernel.errors import NotFound
from kernel.ids import TicketId
from tests.db.ticket_parts import BOSS, LI, Site
from tickets.attachments.folder import AttachmentFolder
from tickets.attachments.http import (
    AttachmentList,
    FileQuery,
    RemovalQuery,
    attachment_routes,
)
from tickets.attachments.service import Attachments
from tickets.attachments.store import AttachmentStore
from tickets.errors import TooManyAttachments
from tickets.model import TicketType
from tickets.service import Draft

PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
COMPLAINT = Draft(type=TicketType.COMPLAINT, title="到货破损")
ADDERS = 8
KILLED_AT_THE_ROW = """
import asyncio, os, signal, sys
from pathlib import Path

import tests.db.test_attachments as here
from infra.database import Database
from kernel.ids import TicketId
from tests.db.ticket_parts import LI, Site

url, folder, ticket = sys.argv[1:]


class Died:
    async def add(self, new, *, most):
        os.kill(os.getpid(), signal.SIGKILL)


async def main():
    database = Database(url)
    parts = here.attachments_of(Site(database, Path(folder)), database, Path(folder))
    dying, sent = here.replace(parts, store=Died()), Path(folder) / "sent"
    await dying.add(TicketId(int(ticket)), "k", "现场.png", sent, by=LI)


asyncio.run(main())
"""


def attachments_of(site: Site, database: Database, folder: Path) -> Attachments:
    return Attachments(
        tickets=site.tickets,
        store=AttachmentStore(database, site.outbox),
        folder=AttachmentFolder(folder=folder / "attachments", free_mb_min=1),
    )


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(database, tmp_path)


@pytest.fixture
def attachments(site: Site, database: Database, tmp_path: Path) -> Attachments:
    return attachments_of(site, database, tmp_path)


@pytest.fixture
def sent(tmp_path: Path) -> Path:
    path = tmp_path / "sent"
    path.write_bytes(PNG)
    return path


def on_disk(attachments: Attachments) -> list[Path]:
    return [path for shelf in attachments.folder.shelves() for path in shelf.iterdir()]


def age(attachments: Attachments, seconds: float) -> None:
    """Makes all files as old, by the clock of the site."""
    now = attachments.tickets.clock.now().timestamp()
    for path in on_disk(attachments):
        os.utime(path, (now - seconds, now - seconds))


async def ask(attachments: Attachments, number: int, context: Context[Any, Any]) -> Any:
    return await attachment_routes(attachments)[number].handler(context)


async def test_a_picture_is_shown_and_anything_else_is_saved(
    site: Site, attachments: Attachments, sent: Path
) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    one = {"ticket_id": str(made.id), "key": "k-1"}
    added = await ask(
        attachments, 2, Context(user=LI, path=one, body=None, query=FileQuery(name="现场.html"), upload=sent)
    )
    assert isinstance(added, AttachmentList)
    (view,) = added.items
    assert (view.name, view.kind, view.by, view.is_picture) == ("现场.html", "image/png", "李娜", True)
    shown = await ask(attachments, 1, Context(user=BOSS, path=one, body=None, query=None))
    assert isinstance(shown, FileReply)
    assert (shown.path.read_bytes(), shown.is_shown, shown.is_foreign) == (PNG, True, True)
    assert site.directory.trail[-1] == (BOSS.staff_id, "attachment_opened", f"{made.id}/现场.html")

    await asyncio.to_thread(sent.write_text, "<script>alert(1)</script>")
    other = one | {"key": "k-2"}
    query = FileQuery(name="照片.png")
    await ask(attachments, 2, Context(user=LI, path=other, body=None, query=query, upload=sent))
    saved = await ask(attachments, 1, Context(user=LI, path=other, body=None, query=None))
    assert isinstance(saved, FileReply)
    assert (saved.content_type, saved.is_shown, saved.is_foreign) == ("text/plain", False, True)


async def test_history_says_who_added_and_who_removed_a_file_and_why(
    site: Site, attachments: Attachments, sent: Path
) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    await attachments.add(made.id, "k", "身份证.png", sent, by=LI)
    path = {"ticket_id": str(made.id), "key": "k"}
    removal = RemovalQuery(why="传错了客户的证件")
    left = await ask(attachments, 3, Context(user=BOSS, path=path, body=None, query=removal))
    assert left == AttachmentList(items=[])
    assert on_disk(attachments) == []
    lines = (await site.tickets.store.history_of(made.id))[1:]
    assert [(one.by, one.change.before, one.change.after, one.why) for one in lines] == [
        (LI.staff_id, "", "身份证.png", ""),
        (BOSS.staff_id, "身份证.png", "", "传错了客户的证件"),
    ]
    with pytest.raises(NotFound):
        await attachments.add(made.id, "k", "身份证.png", sent, by=LI)
    with pytest.raises(NotFound):
        await attachments.open(made.id, "k", by=LI)
    with pytest.raises(NotFound):
        await attachments.remove(made.id, "k", by=BOSS, why="再删一次")
    assert on_disk(attachments) == []


async def test_a_file_that_is_sent_twice_is_there_once(
    site: Site, attachments: Attachments, sent: Path
) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    await asyncio.gather(*(attachments.add(made.id, "k", "现场.png", sent, by=LI) for _ in range(2)))
    found, _ = await attachments.of_ticket(made.id)
    assert len(found) == len(on_disk(attachments)) == 1
    assert len(await site.tickets.store.history_of(made.id)) == 2


async def test_of_many_who_add_at_once_none_gets_beyond_the_limit(
    site: Site, attachments: Attachments, sent: Path
) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    settings = site.tickets.settings.model_copy(update={"attachments_max": 3})
    few = replace(attachments, tickets=replace(site.tickets, settings=settings))
    results = await asyncio.gather(
        *(few.add(made.id, f"k{one}", f"{one}.png", sent, by=LI) for one in range(ADDERS)),
        return_exceptions=True,
    )
    assert sum(isinstance(each, TooManyAttachments) for each in results) == ADDERS - 3
    assert sum(each is None for each in results) == 3
    assert len((await few.of_ticket(made.id))[0]) == 3
    age(few, 7_200)
    await few.tidy()
    assert len(on_disk(few)) == 3


async def test_files_of_a_ticket_that_is_not_there_are_refused(attachments: Attachments, sent: Path) -> None:
    with pytest.raises(NotFound):
        await attachments.add(TicketId(99), "k", "现场.png", sent, by=LI)
    with pytest.raises(NotFound):
        await attachments.of_ticket(TicketId(99))
    assert on_disk(attachments) == []


async def test_a_file_of_one_ticket_is_not_found_by_way_of_another(
    site: Site, attachments: Attachments, sent: Path
) -> None:
    first, second = [await site.tickets.create(COMPLAINT, LI) for _ in range(2)]
    await attachments.add(first.id, "k", "现场.png", sent, by=LI)
    with pytest.raises(NotFound):
        await attachments.open(second.id, "k", by=LI)


async def test_what_a_killed_server_left_is_removed_and_nothing_else(
    site: Site, attachments: Attachments, sent: Path, url: str, tmp_path: Path
) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    await attachments.add(made.id, "kept", "旧照片.png", sent, by=LI)
    kept = on_disk(attachments)
    server = await asyncio.create_subprocess_exec(
        sys.executable, "-c", KILLED_AT_THE_ROW, url, str(tmp_path), str(made.id)
    )
    async with asyncio.timeout(60):
        assert await server.wait() == -signal.SIGKILL
    assert len(on_disk(attachments)) == 2
    assert len((await attachments.of_ticket(made.id))[0]) == 1

    half = kept[0].with_suffix(".part")
    half.write_bytes(b"half")
    age(attachments, 60)
    await attachments.tidy()
    assert len(on_disk(attachments)) == 3, "its row may be on its way"
    age(attachments, 7_200)
    await attachments.tidy()
    assert on_disk(attachments) == kept

    await attachments.add(made.id, "k", "现场.png", sent, by=LI)
    assert len((await attachments.of_ticket(made.id))[0]) == 2, "and it can be sent again"


async def test_a_file_that_was_removed_a_moment_before_the_server_died_goes_too(
    site: Site, attachments: Attachments, sent: Path
) -> None:
    made = await site.tickets.create(COMPLAINT, LI)
    await attachments.add(made.id, "k", "现场.png", sent, by=LI)
    await attachments.store.remove(made.id, "k", at=site.clock.now(), by=BOSS.staff_id, why="重复")
    age(attachments, 7_200)
    await attachments.tidy()
    assert on_disk(attachments) == []
