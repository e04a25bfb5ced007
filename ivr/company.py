"""Music for callers who wait for a person, and between it what their queue has them told."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from ivr.nodes import QueueExit
from ivr.ports import Queueing, WaitOutlook
from ivr.prompts import Prompts
from ivr.settings import IvrSettings
from ivr.texts import WAIT_TEXTS, WaitText
from ivr.turn import (
    KeyPressed,
    PromiseDeclined,
    PromiseMade,
    Prompt,
    SentAway,
)
from ivr.words import Language
from telephony.port import Line

Left = SentAway | KeyPressed | PromiseMade
"""How a caller leaves a queue without an agent."""
Arrange = Callable[[], Awaitable[PromiseMade | PromiseDeclined]]

MINUTE_S = 60.0
SHORT_S = 45.0
"""Less than this, and it is less than a minute even if it takes a third longer."""
HALVES_UNTIL_S = 105.0
MINUTES_UNTIL_MIN = 10
STEP_MIN = 5


@dataclass(slots=True)
class Told:
    """What one caller has been told so far."""

    position: int | None = None
    comforts: int = 0


def sentences(outlook: WaitOutlook, told: Told, language: Language) -> list[Prompt]:
    """What the caller is told now; nothing where nothing is sure and no comfort is written.

    Nobody is told to have fallen back: it would be true now, and make what was said before untrue.
    """
    said: list[str] = []
    if outlook.position is not None and outlook.position <= (told.position or outlook.position):
        told.position = outlook.position
        said.append(_place(outlook.position, language))
    if outlook.expected_s is not None:
        said.append(_wait(outlook.expected_s, language))
    if not said and outlook.comfort:
        said.append(outlook.comfort[told.comforts % len(outlook.comfort)][language])
        told.comforts += 1
    return [Prompt(text=text, language=language) for text in said]


def _place(position: int, language: Language) -> str:
    ahead = position - 1
    text = {0: WaitText.NEXT, 1: WaitText.ONE_AHEAD}.get(ahead, WaitText.AHEAD)
    return WAIT_TEXTS[text][language].format(count=ahead)


def _wait(expected_s: float, language: Language) -> str:
    if expected_s < SHORT_S:
        return WAIT_TEXTS[WaitText.SHORT][language]
    if expected_s < HALVES_UNTIL_S:
        half = expected_s >= 1.25 * MINUTE_S
        return WAIT_TEXTS[WaitText.MINUTE_AND_HALF if half else WaitText.MINUTE][language]
    minutes = round(expected_s / MINUTE_S)
    if minutes > MINUTES_UNTIL_MIN:
        minutes = STEP_MIN * round(minutes / STEP_MIN)
    return WAIT_TEXTS[WaitText.MINUTES][language].format(count=minutes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a caller who waits may press."""

    keys: str = ""
    """All that mean something."""
    callback_keys: str = ""
    """Those of them that lead to a callback, which is arranged while the caller keeps the place."""
    arrange: Arrange | None = None
    pressed: str | None = None
    """What they have pressed already, while they were told of it."""


@dataclass(slots=True)
class _Stay:
    """One caller's time with the music."""

    line: Line
    language: Language
    choices: "Choices"
    sent_away: asyncio.Future[QueueExit]
    told: Told = field(default_factory=Told)
    key: str | None = None
    """What the caller has pressed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """Keeps callers company until somebody has them, or their queue sends them away."""

    queueing: Queueing
    prompts: Prompts
    settings: IvrSettings

    async def keep(self, line: Line, language: Language, choices: "Choices | None" = None) -> Left:
        """Music until somebody has the caller, who is gone from here then.

        Or until the queue sends the caller away, or lets them go because they pressed one of the keys, or
        they are called back.
        """
        sent_away = asyncio.ensure_future(self.queueing.sent_away(line.arrival.call))
        try:
            chosen = choices or Choices()
            return await self._entertain(_Stay(line, language, chosen, sent_away, key=chosen.pressed))
        finally:
            sent_away.cancel()
            await asyncio.gather(sent_away, return_exceptions=True)

    async def _entertain(self, stay: _Stay) -> Left:
        call = stay.line.arrival.call
        outlook = self.queueing.outlook(call)
        pause_s = outlook.first_s if outlook else self.settings.outlook_look_s
        while not stay.sent_away.done():
            if stay.key is None:
                pause_s = await self._play_on(stay, pause_s)
            if stay.key is not None and (left := await self._go(stay, stay.key)):
                return left
            stay.key = None
        return SentAway(why=stay.sent_away.result())

    async def _go(self, stay: _Stay, key: str) -> Left | None:
        """Where the key leads; None: the caller waits on."""
        choices = stay.choices
        if choices.arrange is not None and key in choices.callback_keys:
            arranged = await choices.arrange()
            return arranged if isinstance(arranged, PromiseMade) else None
        return KeyPressed(key=key) if await self.queueing.leave(stay.line.arrival.call) else None

    async def _play_on(self, stay: _Stay, for_s: float) -> float:
        """Music for a time, then what there is to tell; returns how long the music is to play then."""
        held = asyncio.ensure_future(stay.line.hold(keys=stay.choices.keys))
        try:
            either: set[asyncio.Future[Any]] = {stay.sent_away, held}
            await asyncio.wait(either, timeout=for_s, return_when=asyncio.FIRST_COMPLETED)
            outlook = self.queueing.outlook(stay.line.arrival.call)
            # While the music still plays: nobody waits in silence for a sentence to be rendered.
            files = [] if held.done() else await self.prompts.files(self._news(stay, outlook))
            if held.done():
                stay.key = held.result()
                return for_s
        finally:
            held.cancel()
            await asyncio.gather(held, return_exceptions=True)
        if files and not stay.sent_away.done():
            stay.key = await stay.line.play(files, keys=stay.choices.keys)
        return outlook.every_s if outlook else self.settings.outlook_look_s

    def _news(self, stay: _Stay, outlook: WaitOutlook | None) -> list[Prompt]:
        if outlook is None or stay.sent_away.done():
            return []
        return sentences(outlook, stay.told, stay.language)
