"""Who is let in: callers on the blacklist hear why not, before any flow or agent is asked."""

import asyncio
from dataclasses import dataclass

import structlog

from ivr.parting import Parting
from ivr.ports import CallerScreening, CallLedger, Verdict
from ivr.texts import SYSTEM_TEXTS, SystemText
from ivr.turn import Prompt
from telephony.model import Arrival, CallMark, Direction, Outcome, Phase
from telephony.port import Line

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Asked once for each call that comes in; calls that agents make never come here."""

    screening: CallerScreening
    ledger: CallLedger
    parting: Parting
    within_s: float

    async def lets_in(self, line: Line) -> bool:
        """False: the call is over, and was blocked."""
        verdict = await self._judge(line.arrival)
        if verdict is Verdict.LET_IN:
            return True
        log.info("caller blocked", verdict=verdict.name.lower())
        decided = await self.ledger.decide(line.arrival.call, Outcome.BLOCKED)
        mark = CallMark(phase=Phase.SERVED, decided=decided)
        if verdict is Verdict.REJECT:
            await line.write_mark(mark)
            await line.hang_up()
            return False
        await line.answer()
        await line.write_mark(mark)
        # Nobody has asked yet which language the caller speaks.
        said = SYSTEM_TEXTS[SystemText.BLOCKED]
        await self.parting.say(line, *(Prompt(text=said[each], language=each) for each in ("zh", "en")))
        await line.hang_up()
        return False

    async def _judge(self, came: Arrival) -> Verdict:
        """Whatever is wrong with the lists, nobody is kept out by that."""
        if came.direction is Direction.OUT:
            return Verdict.LET_IN
        try:
            async with asyncio.timeout(self.within_s):
                return await self.screening.judge(came)
        except Exception as error:  # noqa: BLE001 - whatever the lists do, the call goes on
            log.warning("caller not screened", error=repr(error))
            return Verdict.LET_IN
