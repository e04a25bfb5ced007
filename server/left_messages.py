"""What callers left behind, as the ledger of calls asks for it."""

from dataclasses import dataclass

from acd.promise_store import PromiseStore
from infra.database import Database
from infra.own_threads import OwnThreads
from kernel.ids import CallId
from server.parts import Shelf
from telephony.spool import Spool
from tickets.store import TicketStore


def left_messages(shelf: Shelf, database: Database) -> "LeftMessages":
    """Messages and promises, joined."""
    return LeftMessages(
        spool=shelf.spool,
        threads=shelf.spool_threads,
        store=shelf.tickets,
        promises=PromiseStore(database),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftMessages:
    """Messages as the ledger of calls asks for them."""

    spool: Spool
    threads: OwnThreads
    """The spool's: where its disk is away, the ledger is told so, and asks again later."""
    store: TicketStore
    promises: PromiseStore

    async def waits(self, call: CallId) -> bool:
        """Whether a message of this call is on its way to becoming a ticket."""
        return await self.threads.run(lambda: self.spool.has_message(call))

    async def was_left(self, call: CallId) -> bool:
        """The same, or it is a ticket already."""
        return await self.waits(call) or await self.store.message_of(call) is not None

    async def was_promised(self, call: CallId) -> bool:
        """Whether the caller was promised in this call to be called back."""
        return await self.promises.was_made(call)
