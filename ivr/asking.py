"""Questions to a caller on the line, and what they press or say."""

from dataclasses import dataclass

import structlog

from ivr.listening import Answer, Question, listen
from ivr.prompts import Prompts
from ivr.turn import AskDigits, AskWords, KeyPressed, NotHeard, NothingPressed, Typed
from speech.port import Ears
from telephony.errors import SoundUnavailable
from telephony.port import Line

ALL_KEYS = "0123456789*#"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Asks callers what their flow asks."""

    prompts: Prompts
    ears: Ears

    async def ask(self, line: Line, question: Question) -> Answer:
        """Says the question, in which a key or a word may fall, and waits for the answer."""
        files = await self.prompts.files(question.prompts)
        listening = question.listening
        if listening is not None and self.ears.can_hear(listening.language):
            try:
                return await listen(line, files, question, listening, self.ears)
            except SoundUnavailable as error:
                log.warning("caller asked for keys alone", reason=str(error))
        if isinstance(question, AskWords):
            return NotHeard()
        if isinstance(question, AskDigits):
            typed = await line.collect(files, digits_max=question.digits_max, timeout_s=question.timeout_s)
            return Typed(digits=typed)
        key = await line.play(files, keys=ALL_KEYS) or await line.wait_key(question.timeout_s)
        return KeyPressed(key=key) if key else NothingPressed()
