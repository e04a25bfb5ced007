"""Files that belong to tickets: added, shown, removed; and tidied up after a server that died."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import structlog

from kernel.access import Principal
from kernel.errors import NotFound
from kernel.ids import StaffId, TicketId
from tickets.attachments.folder import AttachmentFolder
from tickets.attachments.model import Attachment, NewAttachment
from tickets.attachments.store import AttachmentStore
from tickets.service import Tickets

ASKED_AT_ONCE = 500
"""Files of which the database is asked in one go."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachments:
    """Those of a site."""

    tickets: Tickets
    store: AttachmentStore
    folder: AttachmentFolder

    async def add(self, ticket: TicketId, key: str, name: str, source: Path, *, by: Principal) -> None:
        """Makes a copy of the file belong to the ticket; harmless when repeated with its key.

        Raises `NotFound`, `TooManyAttachments` or `NoRoomForAttachment`.
        """
        await self.tickets.store.get(ticket)
        stored = await asyncio.to_thread(self.folder.take, source)
        new = NewAttachment(
            ticket=ticket,
            key=key,
            file=stored.file,
            name=name,
            kind=stored.kind,
            size_bytes=stored.size_bytes,
            at=self.tickets.clock.now(),
            by=by.staff_id,
        )
        kept = await self.store.add(new, most=self.tickets.settings.attachments_max)
        if kept.new.file != stored.file:
            await asyncio.to_thread(self.folder.remove, stored.file)
        if kept.removed_at is not None:
            raise NotFound("this file was removed from the ticket; send it by another key")

    async def remove(self, ticket: TicketId, key: str, *, by: Principal, why: str) -> None:
        """Takes a file away from the ticket and from the disk; raises `NotFound`."""
        removed = await self.store.remove(ticket, key, at=self.tickets.clock.now(), by=by.staff_id, why=why)
        await asyncio.to_thread(self.folder.remove, removed.new.file)

    async def of_ticket(self, ticket: TicketId) -> tuple[Sequence[Attachment], Mapping[StaffId, str]]:
        """A ticket's files, and the names of who added them; raises `NotFound`."""
        await self.tickets.store.get(ticket)
        found = await self.store.of_ticket(ticket)
        return found, await self.tickets.near.staff.names({one.new.by for one in found})

    async def open(self, ticket: TicketId, key: str, *, by: Principal) -> tuple[Attachment, Path]:
        """A file and where it is; who opens it is kept in the trail. Raises `NotFound`."""
        found = await self.store.get(ticket, key)
        await self.tickets.near.staff.note(by.staff_id, "attachment_opened", f"{ticket}/{found.new.name}")
        return found, self.folder.path(found.new.file)

    async def keep_tidy(self) -> None:
        """Removes what belongs to no ticket, until cancelled."""
        while True:
            try:
                await self.tidy()
            except Exception:
                log.exception("attachments are looked through again later")
            await asyncio.sleep(self.tickets.settings.attachments_sweep_s)

    async def tidy(self) -> None:
        """Looks once. What was written a moment ago may get its row yet, and stays."""
        before = self.tickets.clock.now().timestamp() - self.tickets.settings.attachment_unclaimed_s
        for shelf in await asyncio.to_thread(self.folder.shelves):
            old = await asyncio.to_thread(self.folder.older, shelf, before)
            for first in range(0, len(old), ASKED_AT_ONCE):
                await self._remove_unwanted(old[first : first + ASKED_AT_ONCE])

    async def _remove_unwanted(self, files: Sequence[str]) -> None:
        for file in set(files) - await self.store.wanted(files):
            log.info("a file that belongs to no ticket is removed", file=file)
            await asyncio.to_thread(self.folder.remove, file)
