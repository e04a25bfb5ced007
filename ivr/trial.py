"""Trying a flow without a telephone: what would be said and done for these keys at this time."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ivr.engine import (
    Engine,
)
from ivr.nodes import QueueExit
from ivr.turn import (
    Ask,
    AskDigits,
    Chose,
    Effect,
    Enqueue,
    Entered,
    Event,
    HangUp,
    KeyPressed,
    MessageTaken,
    NothingPressed,
    OfferCallback,
    PromiseDeclined,
    PromiseMade,
    SentAway,
    State,
    TakeMessage,
    Typed,
)

Step = dict[str, Any]
CONFIRMS = "1"
"""Has a caller called back on the number that was read out."""
SILENCE = "-"
"""Stands for a caller who presses nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What happens in an imagined call."""

    keys: str = ""
    """What the caller presses; once they are used up, nothing more."""
    exits: Sequence[QueueExit] = ()
    """How the queues send the caller away; once they are used up, the next has a person."""


def try_flow(engine: Engine, state: State, script: Script, now: datetime) -> Iterator[Step]:
    """The steps of one imagined call."""
    pressed, exits = iter(key for key in script.keys if key not in " ,"), iter(script.exits)
    event: Event | None = Entered()
    while event is not None:
        turn = engine.step(state, event, now)
        state, event = turn.state, None
        for effect in turn.effects:
            yield from _shown(state, effect)
            event = _answer(effect, pressed, exits)
            yield from _shown_answer(event)


def _shown(state: State, effect: Effect) -> Iterator[Step]:  # noqa: C901 - one case for each effect
    if isinstance(effect, Chose):
        yield {"did": "choose", "node": effect.node, "key": effect.key, "label": dict(effect.label)}
        return
    for prompt in effect.prompts:
        yield {"did": "say", "node": prompt.node, "language": prompt.language, "text": prompt.text}
    match effect:
        case Ask(timeout_s=timeout_s):
            yield {"did": "ask", "node": state.node, "timeout_s": timeout_s}
        case AskDigits(digits_max=digits_max, timeout_s=timeout_s):
            yield {"did": "ask_digits", "node": state.node, "digits_max": digits_max, "timeout_s": timeout_s}
        case Enqueue(queue=queue, needs=needs):
            yield {"did": "queue", "node": state.node, "queue": queue} | ({"needs": needs} if needs else {})
        case OfferCallback(queue=queue):
            yield {"did": "callback", "node": state.node, "queue": queue}
        case TakeMessage(max_s=max_s):
            yield {"did": "record", "node": state.node, "max_s": max_s}
        case HangUp(outcome=outcome):
            yield {"did": "hang_up", "node": state.node, "outcome": outcome.value}


def _answer(effect: Effect, pressed: Iterator[str], exits: Iterator[QueueExit]) -> Event | None:
    match effect:
        case Enqueue(keys=keys):
            why = next(exits, None)
            return SentAway(why=why) if why else _pressed_while_waiting(keys, pressed)
        case OfferCallback():
            return PromiseMade() if next(pressed, SILENCE) == CONFIRMS else PromiseDeclined()
        case Ask():
            key = next(pressed, SILENCE)
            return NothingPressed() if key == SILENCE else KeyPressed(key=key)
        case AskDigits(digits_max=digits_max):
            return Typed(digits=_typed(digits_max, pressed))
        case TakeMessage():
            return MessageTaken()
        case _:
            return None


def _typed(digits_max: int, pressed: Iterator[str]) -> str:
    """The keys up to #, to a silence, or as many as are heard."""
    ends = {"#", SILENCE}
    return "".join(itertools.takewhile(lambda key: key not in ends, itertools.islice(pressed, digits_max)))


def _pressed_while_waiting(keys: str, pressed: Iterator[str]) -> Event | None:
    """The first key that means something to who waits; None: they wait until somebody has them."""
    return next((KeyPressed(key=key) for key in pressed if key in keys), None)


def _shown_answer(event: Event | None) -> Iterable[Step]:  # noqa: PLR0911 - one case for each answer
    match event:
        case KeyPressed(key=key):
            return [{"did": "key", "key": key}]
        case NothingPressed() | Typed(digits=""):
            return [{"did": "silence"}]
        case Typed(digits=digits):
            return [{"did": "type", "digits": digits}]
        case SentAway(why=why):
            return [{"did": "sent_away", "why": why}]
        case PromiseMade():
            return [{"did": "promised"}]
        case PromiseDeclined():
            return [{"did": "declined"}]
        case _:
            return []
