"""What the engine says of promises, written down in its order."""

import asyncio

import structlog

from acd.engine.effects import Effect, RememberPromise
from acd.events import CallbackEnded
from acd.ports import Ledger, PromiseBook
from acd.promises import Promise, PromiseEnd, PromiseId
from kernel.ids import CallId

log = structlog.get_logger(__name__)

UNKEPT = {PromiseEnd.NOT_REACHED, PromiseEnd.FORBIDDEN}
WRITE_AGAIN_S = 0.5


class WrittenPromises:
    """Keeps what has changed until it is written; of each promise the last word counts."""

    def __init__(self, book: PromiseBook, ledger: Ledger) -> None:
        self._book = book
        self._ledger = ledger
        self._changed: dict[PromiseId, Promise] = {}
        self._ended: dict[PromiseId, CallbackEnded] = {}
        self._news = asyncio.Event()
        self._one_at_a_time = asyncio.Lock()
        """A promise that is claimed must not be changed back by what was written of it before."""

    def note(self, effect: Effect) -> None:
        """Takes what the engine has decided; all but changes and ends of promises is ignored."""
        match effect:
            case RememberPromise(promise=promise):
                self._changed[promise.id] = promise
                self._news.set()
            case CallbackEnded():
                self._ended[effect.promise] = effect
                self._news.set()
            case _:
                pass

    async def run(self) -> None:
        """Writes until cancelled; what cannot be written is tried again."""
        while True:
            await self._news.wait()
            try:
                await self.settle()
            except Exception:
                log.exception("promises not written, trying again", promises=len(self._changed))
                await asyncio.sleep(WRITE_AGAIN_S)

    async def settle(self) -> None:
        """Writes all that has changed so far."""
        async with self._one_at_a_time:
            await self._write()

    async def claim(self, promise: PromiseId, call: CallId) -> bool:
        """Notes that the customer is called now, by this call; False: they are not to be, or are already."""
        async with self._one_at_a_time:
            await self._write()
            return await self._book.claim(promise, call)

    async def _write(self) -> None:
        changed, ended = self._changed, self._ended
        self._changed, self._ended = {}, {}
        self._news.clear()
        try:
            # First: who is in no list, and whose promise is settled, is called by nobody.
            for broken in ended.values():
                if broken.end in UNKEPT:
                    await self._ledger.break_promise(broken)
            if changed or ended:
                await self._book.save(list(changed.values()), list(ended.values()))
        except BaseException:
            self._changed, self._ended = changed | self._changed, ended | self._ended
            self._news.set()
            raise
