"""A caller's message on the line: spoken, and where the flow wants that, listened to, kept or spoken anew.

Whatever was said counts from the moment it was said: who hangs up, or whose server dies, has left it. What is
spoken anew takes the place of the old once it is whole; until then there are both.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import structlog

from ivr.messages import Messages
from ivr.prompts import Prompts
from ivr.texts import SYSTEM_TEXTS, SystemText
from ivr.turn import Message, MessageTaken, NoRoom, NothingSaid, Prompt, TakeMessage
from ivr.words import Language
from telephony.errors import LineGone
from telephony.model import CallMark
from telephony.port import Line
from telephony.spool import Part

log = structlog.get_logger(__name__)

LISTEN, ANEW = "2", "3"
CHOICES = "1" + LISTEN + ANEW
KEY_WITHIN_S = 6.0
CHOICES_MAX = 10
"""After so many the message is kept as it is."""
HELD_FURTHER_S = 60.0
"""Beyond a message's own length: how long a caller may take to choose before it counts as left behind."""


@dataclass(slots=True, kw_only=True)
class Talk:
    """One caller who leaves a message."""

    line: Line
    language: Language
    effect: TakeMessage
    mark: CallMark
    """By which a successor knows that they do."""
    said: list[Part] = field(default_factory=list)
    """What there is of it, in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakingMessages:
    """Takes messages from callers on the line."""

    messages: Messages
    prompts: Prompts

    async def take(self, talk: Talk) -> Message:
        """The whole of it; raises `LineGone` of who hung up, whose words are kept."""
        # First the part, then the mark: who is found marked without a part has it in a ticket.
        try:
            part = await self._begin(talk)
        except OSError:
            log.exception("no message can be kept")
            return NoRoom()
        await talk.line.write_mark(talk.mark)
        talk.said.append(part)
        try:
            await self._record(talk, part)
            if talk.effect.review and await self.messages.was_said(part):
                await self._review(talk)
        except Exception:
            # Most callers hang up when they have said it: what there is counts, whatever ended it.
            await asyncio.shield(self._keep(talk))
            raise
        return MessageTaken() if await self._keep(talk) else NothingSaid()

    async def _begin(self, talk: Talk) -> Part:
        effect = talk.effect
        min_s, again = effect.min_s or 0.0, bool(talk.said)
        return await self.messages.begin(
            talk.line.arrival, talk.language, max_s=effect.max_s, min_s=min_s, is_again=again
        )

    async def _record(self, talk: Talk, part: Part) -> None:
        line, effect = talk.line, talk.effect
        await line.play(await self.prompts.beep())
        to = self.messages.spool.recording(part)
        recorded = await line.record(to, max_s=effect.max_s, silence_s=effect.silence_s, stop_keys="#")
        if recorded.ended_by_caller:
            raise LineGone("the caller hung up after the message")

    async def _review(self, talk: Talk) -> None:
        first: Sequence[Path] = ()
        for _ in range(CHOICES_MAX):
            await self.messages.hold(talk.said[-1], talk.effect.max_s + HELD_FURTHER_S)
            match await self._choice(talk, first):
                case key if key == ANEW:
                    first = await self._speak_anew(talk)
                case key if key == LISTEN:
                    first = (self.messages.spool.recording(talk.said[-1]),)
                case key if key is None or key in CHOICES:
                    return
                case _:
                    first = await self._words(talk, SystemText.NOT_UNDERSTOOD)

    async def _choice(self, talk: Talk, first: Sequence[Path]) -> str | None:
        """What the caller does with the message."""
        question = await self.prompts.files(talk.effect.review)
        return await talk.line.play((*first, *question), keys=CHOICES) or await talk.line.wait_key(
            KEY_WITHIN_S
        )

    async def _speak_anew(self, talk: Talk) -> Sequence[Path]:
        """Returns what is to be said first after it."""
        old = talk.said[-1]
        try:
            new = await self._begin(talk)
        except OSError:
            log.exception("no message can be kept anew")
            return await self._words(talk, SystemText.MESSAGE_STAYS)
        talk.said.append(new)
        await self.messages.hold(old, talk.effect.max_s + HELD_FURTHER_S)
        await self._record(talk, new)
        if not await self.messages.was_said(new):
            talk.said.remove(new)
            return await self._words(talk, SystemText.MESSAGE_STAYS)
        talk.said.remove(old)
        await self.messages.drop(old)
        return ()

    async def _words(self, talk: Talk, text: SystemText) -> Sequence[Path]:
        prompt = Prompt(text=SYSTEM_TEXTS[text][talk.language], language=talk.language)
        return await self.prompts.files([prompt])

    async def _keep(self, talk: Talk) -> bool:
        """Whether anything was said."""
        return any([await self.messages.keep(part) for part in talk.said])
