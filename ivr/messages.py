"""Messages that callers leave: begun, looked at, and announced to those who make tickets of them."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from infra.own_threads import OwnThreads
from ivr.ports import CallLedger, VoicemailInbox
from ivr.words import Language
from kernel.clock import Clock
from kernel.ids import CallId
from telephony.model import Arrival, Outcome
from telephony.spool import About, Part, Spool

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Messages:
    """The spool as lines use it. Its disk may be slow, full or away while calls go on."""

    spool: Spool
    threads: OwnThreads
    """For the spool alone."""
    ledger: CallLedger
    inbox: VoicemailInbox
    clock: Clock

    async def begin(
        self, came: Arrival, language: Language, *, max_s: float, min_s: float = 0, is_again: bool = False
    ) -> Part:
        """Keeps who calls, before a word is recorded; raises `OSError` where nothing can be kept now."""
        about = About(
            caller_number=came.caller_number,
            dialled=came.dialled,
            language=language,
            min_s=min_s,
            is_again=is_again,
        )
        now = self.clock.now()
        return await self.threads.run(lambda: self.spool.begin(came.call, about, now, room_for_s=max_s))

    async def was_said(self, part: Part) -> bool:
        """Whether something is in the recording; also where nobody can tell now."""
        try:
            return await self.threads.run(lambda: self.spool.is_message(part))
        except OSError:
            log.warning("message cannot be looked at, and counts as one", call_id=part.call)
            return True

    async def hold(self, part: Part, for_s: float) -> None:
        """The caller still decides what becomes of it: nobody takes it for left behind meanwhile."""
        try:
            await self.threads.run(lambda: self.spool.hold(part, self.clock.now() + timedelta(seconds=for_s)))
        except OSError as error:
            log.warning("message may become a ticket while its caller listens to it", error=str(error))

    async def drop(self, part: Part) -> None:
        """The caller has said it anew; where it cannot be taken away it goes into the ticket, too."""
        try:
            await self.threads.run(lambda: self.spool.forget(part))
        except OSError as error:
            log.warning("message that was spoken anew stays", error=str(error), call_id=part.call)
            self.inbox.import_soon(part)

    async def keep(self, part: Part) -> bool:
        """Whether something was said. What is too short stays where it is, for the inbox to tidy up."""
        if not await self.was_said(part):
            log.info("message too short to keep")
            return False
        await self.ledger.decide(part.call, Outcome.VOICEMAIL)
        self.inbox.import_soon(part)
        return True

    async def keep_spoken(self, call: CallId) -> Outcome | None:
        """What a caller said before the server died; how the call ends by that, None if nothing was said.

        Nor where nobody can tell now: who is asked again has said nothing in vain, for what is there is kept.
        """
        try:
            spoken = await self.threads.run(lambda: self._parts_if_spoken(call))
        except OSError:
            log.warning("messages cannot be looked at, and the caller is asked again", call_id=call)
            return None
        if spoken is None:
            return None
        decided = await self.ledger.decide(call, Outcome.VOICEMAIL)
        for part in spoken:
            self.inbox.import_soon(part)
        return decided

    def _parts_if_spoken(self, call: CallId) -> list[Part] | None:
        """Parts that are in a ticket by now are not here any more; None if nothing was said."""
        return self.spool.parts_of(call) if self.spool.was_spoken(call) else None
