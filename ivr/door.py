"""Who is let in: who is blocked, or calls too often, hears so before any flow or agent is asked."""

import asyncio
from dataclasses import dataclass, replace

import structlog

from ivr.asking import Asking
from ivr.parting import Parting
from ivr.ports import CallbackDesk, CallerScreening, CallLedger, Verdict
from ivr.taking_messages import TakingMessages, Talk
from ivr.texts import SYSTEM_TEXTS, SystemText
from ivr.turn import AskDigits, MessageTaken, Prompt, TakeMessage, Typed
from kernel.briefs import Words
from telephony.model import Arrival, CallMark, Direction, Outcome, Phase
from telephony.port import Line

log = structlog.get_logger(__name__)

TYPED_TRIES = 3
TYPED_DIGITS_MAX = 20
TYPED_WITHIN_S = 10.0
MESSAGE_MAX_S = 120.0
MESSAGE_SILENCE_S = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Asked once for each call that comes in; calls that agents make never come here."""

    screening: CallerScreening
    callbacks: CallbackDesk
    ledger: CallLedger
    asking: Asking
    parting: Parting
    taking: TakingMessages
    within_s: float

    async def lets_in(self, line: Line) -> bool:
        """False: the call is over, and was blocked."""
        verdict = await self._judge(line.arrival)
        if verdict is Verdict.TYPE_NUMBER:
            await line.answer()
            verdict = await self._judge_typed(line)
        if verdict is Verdict.LET_IN:
            return True
        log.info("caller blocked", verdict=verdict.name.lower())
        if verdict is Verdict.MESSAGE:
            await self._take_message(line)
        else:
            await self._end(line, verdict)
        return False

    async def _end(self, line: Line, verdict: Verdict) -> None:
        decided = await self.ledger.decide(line.arrival.call, Outcome.BLOCKED)
        mark = CallMark(phase=Phase.SERVED, decided=decided)
        if verdict is not Verdict.REJECT:
            await line.answer()
        await line.write_mark(mark)
        if verdict is not Verdict.REJECT:
            text = SystemText.CALLED_TOO_OFTEN if verdict is Verdict.TOO_OFTEN else SystemText.BLOCKED
            await self.parting.say(line, *_in_both(text))
        await line.hang_up()

    async def _take_message(self, line: Line) -> None:
        """A message makes a ticket as any other does; without one the call was blocked."""
        await line.answer()
        effect = TakeMessage(prompts=(), max_s=MESSAGE_MAX_S, silence_s=MESSAGE_SILENCE_S)
        mark = CallMark(phase=Phase.VOICEMAIL, language="zh")
        try:
            await self.parting.say(line, *_in_both(SystemText.TOO_OFTEN_MESSAGE))
            left = await self.taking.take(Talk(line=line, language="zh", effect=effect, mark=mark))
        finally:
            # What was said has decided already, and the first decision stays.
            await asyncio.shield(self.ledger.decide(line.arrival.call, Outcome.BLOCKED))
        text = SystemText.THANKS_FOR_MESSAGE if isinstance(left, MessageTaken) else SystemText.GOODBYE
        decided = Outcome.VOICEMAIL if isinstance(left, MessageTaken) else Outcome.BLOCKED
        await self.parting.part(line, replace(mark, decided=decided), text)

    async def _judge_typed(self, line: Line) -> Verdict:
        """By the number that the caller types, of which the agent is told; it makes nobody a customer."""
        prompts = _in_both(SystemText.TYPE_YOUR_NUMBER)
        asked = AskDigits(prompts=prompts, digits_max=TYPED_DIGITS_MAX, timeout_s=TYPED_WITHIN_S)
        for _ in range(TYPED_TRIES):
            answer = await self.asking.ask(line, asked)
            number = await self.callbacks.number_for(answer.digits) if isinstance(answer, Typed) else None
            if number:
                verdict = await self._judge(replace(line.arrival, caller_number=number))
                if verdict is Verdict.LET_IN:
                    told = Words(zh=f"匿名来电，输入号码 {number}", en=f"number withheld, typed {number}")
                    await self.ledger.choose(line.arrival.call, told)
                return verdict
        return Verdict.BLOCK

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


def _in_both(text: SystemText) -> tuple[Prompt, ...]:
    """Nobody has asked yet which language the caller speaks."""
    return tuple(Prompt(text=words, language=language) for language, words in SYSTEM_TEXTS[text].items())
