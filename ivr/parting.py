"""Saying something to a caller, and goodbye."""

from dataclasses import dataclass, replace
from pathlib import Path

from ivr.prompts import Prompts
from ivr.session import first_language
from ivr.texts import SYSTEM_TEXTS, SystemText
from ivr.turn import Prompt
from telephony.model import CallMark, Phase
from telephony.port import Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """How a line ends of its own accord."""

    prompts: Prompts

    async def say(self, line: Line, *prompts: Prompt, keys: str = "") -> str | None:
        """Returns which of these keys was pressed meanwhile; with that it ends."""
        files: list[Path] = await self.prompts.files(prompts)
        return await line.play(files, keys=keys) if files else None

    async def part(self, line: Line, mark: CallMark, text: SystemText) -> None:
        """The last words, and the end; a server that dies meanwhile has another say goodbye."""
        await line.write_mark(replace(mark, phase=Phase.SERVED))
        language = first_language(mark.language) or "zh"
        await self.say(line, Prompt(text=SYSTEM_TEXTS[text][language], language=language))
        await line.hang_up()
