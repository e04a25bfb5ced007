"""Questions to a caller on the line, and what they press."""

from dataclasses import dataclass

from ivr.prompts import Prompts
from ivr.turn import Ask, AskDigits, KeyPressed, NothingPressed, Typed
from telephony.port import Line

ALL_KEYS = "0123456789*#"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Asks callers what their flow asks."""

    prompts: Prompts

    async def ask(self, line: Line, question: Ask | AskDigits) -> KeyPressed | NothingPressed | Typed:
        """Says the question, in which a key may fall, and waits for the answer."""
        files = await self.prompts.files(question.prompts)
        if isinstance(question, AskDigits):
            typed = await line.collect(files, digits_max=question.digits_max, timeout_s=question.timeout_s)
            return Typed(digits=typed)
        key = await line.play(files, keys=ALL_KEYS) or await line.wait_key(question.timeout_s)
        return KeyPressed(key=key) if key else NothingPressed()
