"""The talk in which a caller is promised to be called back: on which number, and what is promised.

It is held while the caller stands in the queue, so that an agent who is free meanwhile has them at once, and
who thinks better of it has lost nothing. Nothing is promised aloud before it is written down.
"""

from dataclasses import dataclass

import structlog

from ivr.names import Variable
from ivr.ports import CallbackDesk, CallLedger, QueueRequest
from ivr.prompts import Prompts
from ivr.spoken import fill
from ivr.texts import CALLBACK_TEXTS, CallbackText
from ivr.turn import (
    PromiseDeclined,
    PromiseMade,
    Prompt,
)
from ivr.words import Language
from telephony.model import Outcome
from telephony.port import Line

log = structlog.get_logger(__name__)

TRIES = 3
DIGITS_MAX = 20
KEY_WITHIN_S = 6.0
NEXT_DIGIT_WITHIN_S = 5.0
YES, OTHER, BACK = "1", "2", "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingBack:
    """Arranges callbacks with callers."""

    desk: CallbackDesk
    prompts: Prompts
    ledger: CallLedger

    async def arrange(self, line: Line, request: QueueRequest) -> PromiseMade | PromiseDeclined:
        """Asks for the number and promises; where that fails, the caller is told and is where they were."""
        language: Language = "en" if request.language == "en" else "zh"
        number = await self._number(line, language)
        if number is None:
            return PromiseDeclined()
        try:
            await self.desk.promise(request, number)
        except Exception as error:  # noqa: BLE001 - what was not written down is not promised, whatever the trouble
            log.warning("callback not promised", error=repr(error))
            await self._say(line, CallbackText.NOT_NOW, language)
            return PromiseDeclined()
        await self.ledger.decide(line.arrival.call, Outcome.CALLBACK)
        return PromiseMade(opens=await self.desk.opens(request.queue))

    async def _number(self, line: Line, language: Language) -> str | None:
        """The number that the caller confirmed; None: they don't want to, or say nothing."""
        own = await self._callable(line.arrival.caller_number)
        if own is not None:
            key = await self._ask(line, CallbackText.OWN_NUMBER, language, own)
            if key != OTHER:
                return own if key == YES else None
        for _ in range(TRIES):
            typed = await self._typed(line, language)
            if typed is None:
                continue
            key = await self._ask(line, CallbackText.READ_BACK, language, typed)
            if key != OTHER:
                return typed if key == YES else None
        return None

    async def _typed(self, line: Line, language: Language) -> str | None:
        files = await self.prompts.files([_prompt(CallbackText.TYPE_NUMBER, language)])
        digits = await line.collect(files, digits_max=DIGITS_MAX, timeout_s=NEXT_DIGIT_WITHIN_S)
        number = await self._callable(digits)
        if number is None:
            await self._say(line, CallbackText.NO_NUMBER, language)
        return number

    async def _callable(self, digits: str) -> str | None:
        return await self.desk.number_for(digits) if digits else None

    async def _ask(self, line: Line, text: CallbackText, language: Language, number: str) -> str | None:
        """The key that the caller chose; silence and other keys are asked for once more, and again."""
        files = await self.prompts.files([_prompt(text, language, number)])
        for _ in range(TRIES):
            key = await line.play(files, keys=YES + OTHER + BACK) or await line.wait_key(KEY_WITHIN_S)
            if key in {YES, OTHER, BACK}:
                return key
        return None

    async def _say(self, line: Line, text: CallbackText, language: Language) -> None:
        await line.play(await self.prompts.files([_prompt(text, language)]))


def _prompt(text: CallbackText, language: Language, number: str = "") -> Prompt:
    values = {"number": Variable(type="phone", value=number)}
    return Prompt(text=fill(CALLBACK_TEXTS[text][language], values, language), language=language)
