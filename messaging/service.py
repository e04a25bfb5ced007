"""Messages on their way to customers."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from kernel.clock import Clock
from kernel.ids import CallId
from kernel.text import harmless
from messaging.errors import NotAMessage
from messaging.model import Message, MessageFilter, MessageState, NewMessage
from messaging.settings import MessagingSettings
from messaging.store import MessageStore

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Messaging:
    """Keeps what customers are to be told. Whether somebody may be told, who asks has found out before."""

    store: MessageStore
    clock: Clock
    settings: MessagingSettings

    async def write(self, new: NewMessage) -> bool:
        """Keeps a message once for its key; False where it was kept before. Raises `NotAMessage`."""
        if not new.text.strip() or len(new.text) > self.settings.text_max or harmless(new.text) != new.text:
            raise NotAMessage(f"a message has words, and at most {self.settings.text_max} characters")
        # There is no gateway to hand it to: it stays where people see that nobody got it.
        is_new = await self.store.write(new, MessageState.NO_GATEWAY, self.clock.now())
        if is_new:
            log.info("message kept and not sent, as there is no gateway", number=new.number, call_id=new.call)
        return is_new

    async def find(self, wanted: MessageFilter) -> tuple[list[Message], int]:
        """The messages of one page, the newest first, and how many there are in all."""
        return await self.store.find(wanted)

    async def of_calls(self, calls: Sequence[CallId], *, limit: int) -> list[Message]:
        """The newest messages that followed from these calls, the oldest of them first."""
        return await self.store.of_calls(calls, limit=limit)
