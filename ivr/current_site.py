"""What calls go by at this moment: the site's files, read anew for each call."""

import asyncio

import structlog

from infra.own_threads import Hanging
from ivr.errors import BrokenSiteFile
from ivr.site import Site, SiteFiles

log = structlog.get_logger(__name__)


class CurrentSite:
    """Calls that come together share one reading, and none waits for long for a folder that hangs."""

    def __init__(self, files: SiteFiles, *, answer_max_s: float) -> None:
        self._files = files
        self._answer_max_s = answer_max_s
        self._reading: asyncio.Future[bool] | None = None
        self._was_read = False
        self._hangs = False
        self._told_fault = ""
        self._watches: list[asyncio.Event] = []

    @property
    def last(self) -> Site:
        """What the files said when they were last read."""
        return self._files.site

    @property
    def stale(self) -> tuple[str, ...]:
        """Why some of the files count as they were before."""
        return self._files.stale

    def watch(self) -> asyncio.Event:
        """Set whenever something else counts than before, and now; to be cleared by who waits for it."""
        watch = asyncio.Event()
        watch.set()
        self._watches.append(watch)
        return watch

    async def read(self) -> Site:
        """What the files say; what they said, while they cannot be read."""
        reading = self._reading
        if reading is None or reading.done():
            reading = self._reading = asyncio.ensure_future(asyncio.to_thread(self._read_files))
            reading.add_done_callback(self._note)
        done, _ = await asyncio.wait([reading], timeout=self._patience_s)
        if not done and not self._hangs:
            self._hangs = True
            log.error("the site's files do not answer; what they said last counts")
        if not self._was_read:
            reading.result()  # raises: better no answer than that no number is known
        return self.last

    async def check(self) -> None:
        """Raises while callers cannot be served by the files as they are now."""
        await self.read()
        if self._hangs:
            raise Hanging("the site's files do not answer")
        if self._files.fault:
            raise BrokenSiteFile(self._files.fault)

    @property
    def _patience_s(self) -> float | None:
        """Before the first reading no number is known, and nobody is turned away for that.

        After one has waited in vain nobody else does, until the folder answers.
        """
        if not self._was_read:
            return None
        return 0 if self._hangs else self._answer_max_s

    async def close(self) -> None:
        """A thread cannot be cancelled: lets a reading end, so that nothing is written after the server."""
        if self._reading is not None:
            await asyncio.wait([self._reading], timeout=self._answer_max_s)

    def _read_files(self) -> bool:
        has_changed, fault = self._files.refresh(), self._files.fault
        if fault not in {"", self._told_fault}:
            log.error("callers cannot be served by the site's files", reason=fault)
        self._told_fault = fault
        return has_changed

    def _note(self, reading: asyncio.Future[bool]) -> None:
        self._hangs = False
        if reading.cancelled():
            return
        if error := reading.exception():
            log.error("the site's files are not read", exc_info=error)
            return
        self._was_read = True
        if reading.result():
            for watch in self._watches:
                watch.set()
