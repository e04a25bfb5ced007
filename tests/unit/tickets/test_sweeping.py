"""The spool is looked through as long as the server lives, whatever one look comes to."""

import asyncio
from pathlib import Path
from types import SimpleNamespace

from typing_extensions import override

from kernel.clock import SystemClock
from telephony.spool import Part
from telephony.spool_folder import SpoolFolder
from tickets.settings import TicketSettings
from tickets.voicemail import Importer


class UnreadableOnce(SpoolFolder):
    """The disk has one bad moment."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, min_s=1.0)
        self.looks = 0
        self.is_seen = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    @override
    def parts(self) -> list[Part]:
        self.looks += 1
        if self.looks == 1:
            raise OSError("input/output error")
        self._loop.call_soon_threadsafe(self.is_seen.set)
        return super().parts()


async def test_a_look_through_the_spool_that_fails_is_not_the_last(tmp_path: Path) -> None:
    spool = UnreadableOnce(tmp_path)
    tickets = SimpleNamespace(settings=TicketSettings(sweep_s=0.01))
    importing = asyncio.create_task(
        Importer(tickets, spool, SystemClock()).keep_importing()  # type: ignore[arg-type]  # no message, no ticket
    )
    async with asyncio.timeout(5):
        await spool.is_seen.wait()
    importing.cancel()
    await asyncio.wait([importing])
    assert importing.cancelled()
