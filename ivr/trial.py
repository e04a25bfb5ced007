"""Trying a flow without a telephone: what would be said and done for these keys at this time."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ivr.after_hangup import AfterHangup
from ivr.engine import Engine
from ivr.errands import FAILED
from ivr.nodes import QueueExit
from ivr.taking_messages import ANEW, KEY_WITHIN_S, LISTEN
from ivr.turn import (
    Ask,
    AskDigits,
    AskWords,
    Chose,
    Effect,
    Enqueue,
    Entered,
    Errand,
    ErrandDone,
    Event,
    HangUp,
    KeyPressed,
    MessageTaken,
    NothingPressed,
    OfferCallback,
    PromiseDeclined,
    PromiseMade,
    ReachOut,
    Said,
    SentAway,
    State,
    TakeMessage,
    Turn,
    Typed,
)
from telephony.model import Outcome

Step = dict[str, Any]
CONFIRMS = "1"
"""Has a caller called back on the number that was read out."""
SILENCE = "-"
"""Stands for a caller who presses nothing."""


_WAITS = Ask | AskDigits | AskWords | Enqueue | ReachOut | OfferCallback
"""Where a caller can hang up who has nothing more to do; what is said into a message counts instead."""


def _fail(_errand: Errand) -> ErrandDone:
    return ErrandDone(way=FAILED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What happens in an imagined call."""

    keys: str = ""
    """What the caller presses; once they are used up, nothing more."""
    says: Sequence[str] = ()
    """What the caller says at the questions that then come."""
    exits: Sequence[QueueExit] = ()
    """How the queues send the caller away; once they are used up, the next has a person."""
    do: Callable[[Errand], ErrandDone] = _fail
    """What becomes of what the flow has done outside."""
    hangs_up: bool = False
    """The caller hangs up when there is nothing more to press, to say or to be sent away from."""


class _Acts:
    """What the caller does, one thing after another."""

    def __init__(self, script: Script) -> None:
        self._keys = deque(key for key in script.keys if key not in " ,")
        self._sayings = deque(script.says)
        self._exits = deque(script.exits)
        self._hangs_up = script.hangs_up

    @property
    def is_gone(self) -> bool:
        """Whether the caller hangs up now."""
        return self._hangs_up and not (self._keys or self._sayings or self._exits)

    def sent_away(self) -> QueueExit | None:
        """Why the queue sends the caller away; None: it does not."""
        return self._exits.popleft() if self._exits else None

    def key(self) -> str:
        """The next key; silence when there is none."""
        return self._keys.popleft() if self._keys else SILENCE

    def saying(self) -> Said | None:
        """What is said next, once all keys are pressed."""
        if self._keys or not self._sayings:
            return None
        return Said(text=self._sayings.popleft(), confidence=1.0)

    def typed(self, digits_max: int) -> str:
        """The keys up to #, to a silence, or as many as are heard."""
        digits = ""
        while len(digits) < digits_max and (key := self.key()) not in {"#", SILENCE}:
            digits += key
        return digits

    def one_of(self, keys: str) -> str | None:
        """The first key that means something; None when none does."""
        while self._keys:
            if (key := self._keys.popleft()) in keys:
                return key
        return None


def try_flow(engine: Engine, state: State, script: Script, now: datetime) -> Iterator[Step]:
    """The steps of one imagined call."""
    acts, outcome = _Acts(script), Outcome.ABANDONED
    after = AfterHangup(engine=engine, at=now, errands_max=engine.settings.hangup_errands_max)
    event: Event | None = Entered()
    while event is not None:
        turn = engine.step(state, event, now)
        state, event = turn.state, None
        for effect in turn.effects:
            yield from _shown(state, effect)
            is_gone = acts.is_gone and isinstance(effect, _WAITS)
            if not is_gone:
                event = script.do(effect) if isinstance(effect, Errand) else _answer(effect, acts)
                # Who waits in a queue may have had keys left that mean nothing there.
                is_gone = event is None and acts.is_gone and isinstance(effect, _WAITS)
            if is_gone:
                yield from _gone(state, outcome, after, script)
                return
            outcome = Outcome.VOICEMAIL if isinstance(event, MessageTaken) else outcome
            yield from _shown_answer(event)


def _gone(state: State, outcome: Outcome, after: AfterHangup, script: Script) -> Iterator[Step]:
    """What the flow does behind the caller, of whom nothing has become."""
    yield {"did": "hangs_up"}
    is_over = outcome is not Outcome.ABANDONED
    turn = Turn(state=state, effects=()) if is_over else after.begin(state)
    while turn.effects:
        errand = turn.effects[-1]
        assert isinstance(errand, Errand)
        yield from _shown(turn.state, errand)
        done = script.do(errand)
        yield from _shown_answer(done)
        turn = after.go_on(turn.state, done)
    yield {"did": "gone", "node": state.node, "outcome": outcome.value}


def _shown(state: State, effect: Effect) -> Iterator[Step]:  # noqa: C901 - one case for each effect
    if isinstance(effect, Chose):
        yield {"did": "choose", "node": effect.node, "key": effect.key, "label": dict(effect.label)}
        return
    for prompt in effect.prompts:
        said = {"did": "say", "node": prompt.node, "language": prompt.language, "text": prompt.text}
        yield said | ({"recording": prompt.recording} if prompt.recording else {})
    match effect:
        case Ask(timeout_s=timeout_s):
            yield {"did": "ask", "node": state.node, "timeout_s": timeout_s}
        case AskWords(timeout_s=timeout_s):
            yield {"did": "ask_words", "node": state.node, "timeout_s": timeout_s}
        case AskDigits(digits_max=digits_max, timeout_s=timeout_s):
            yield {"did": "ask_digits", "node": state.node, "digits_max": digits_max, "timeout_s": timeout_s}
        case Enqueue(queue=queue, needs=needs):
            yield {"did": "queue", "node": state.node, "queue": queue} | ({"needs": needs} if needs else {})
        case ReachOut(whom=whom):
            yield {"did": "transfer", "node": state.node, "whom": str(whom)}
        case OfferCallback(queue=queue):
            yield {"did": "callback", "node": state.node, "queue": queue}
        case TakeMessage(max_s=max_s):
            yield {"did": "record", "node": state.node, "max_s": max_s}
            yield from _reviewed(state, effect)
        case Errand(kind=kind, about=about, values=values):
            yield {"did": kind, "node": state.node, "about": about, "values": dict(values)}
        case HangUp(outcome=outcome):
            yield {"did": "hang_up", "node": state.node, "outcome": outcome.value}


def _reviewed(state: State, message: TakeMessage) -> Iterator[Step]:
    for prompt in message.review:
        yield {"did": "say", "node": prompt.node, "language": prompt.language, "text": prompt.text}
        yield {"did": "ask", "node": state.node, "timeout_s": KEY_WITHIN_S}


def _answer(effect: Effect, acts: _Acts) -> Event | None:
    match effect:
        case Enqueue() | ReachOut():
            why, keys = acts.sent_away(), effect.keys if isinstance(effect, Enqueue) else ""
            pressed = None if why else acts.one_of(keys)
            waits_on = KeyPressed(key=pressed) if pressed else None
            return SentAway(why=why) if why else waits_on
        case OfferCallback():
            return PromiseMade() if acts.key() == CONFIRMS else PromiseDeclined()
        case AskWords():
            return acts.saying() or NothingPressed()
        case Ask() | AskDigits():
            return (acts.saying() if effect.listening else None) or _pressed(effect, acts)
        case TakeMessage(review=review):
            # Who listens, or speaks anew, is asked once more; then it is kept.
            while review and acts.key() in {LISTEN, ANEW}:
                pass
            return MessageTaken()
        case _:
            return None


def _pressed(question: Ask | AskDigits, acts: _Acts) -> KeyPressed | NothingPressed | Typed:
    if isinstance(question, AskDigits):
        return Typed(digits=acts.typed(question.digits_max))
    key = acts.key()
    return NothingPressed() if key == SILENCE else KeyPressed(key=key)


def _shown_answer(event: Event | None) -> Iterable[Step]:  # noqa: C901, PLR0911 - one case for each answer
    match event:
        case KeyPressed(key=key):
            return [{"did": "key", "key": key}]
        case NothingPressed() | Typed(digits=""):
            return [{"did": "silence"}]
        case Typed(digits=digits):
            return [{"did": "type", "digits": digits}]
        case Said(text=text):
            return [{"did": "speak", "text": text}]
        case SentAway(why=why):
            return [{"did": "sent_away", "why": why}]
        case PromiseMade():
            return [{"did": "promised"}]
        case PromiseDeclined():
            return [{"did": "declined"}]
        case ErrandDone(way=way, fields=fields):
            return [{"did": "done", "way": way, "fields": dict(fields)}]
        case _:
            return []
