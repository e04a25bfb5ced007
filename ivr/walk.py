"""One way of a caller through the nodes of a flow."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ivr.errand_nodes import ErrandNode, Identify, Lookup, Progress, Sms, Ticket
from ivr.errands import errand_of
from ivr.flow_set import FlowSet
from ivr.nodes import (
    Callback,
    Collect,
    Condition,
    Goto,
    Hangup,
    Hours,
    Listen,
    Menu,
    Node,
    Queue,
    Return,
    Say,
    Set,
    Subflow,
    Transfer,
    Voicemail,
)
from ivr.settings import IvrSettings
from ivr.texts import SYSTEM_TEXTS, SystemText
from ivr.turn import (
    Ask,
    AskDigits,
    AskWords,
    Enqueue,
    Errand,
    HangUp,
    Last,
    Listening,
    OfferCallback,
    Prompt,
    Prompts,
    ReachOut,
    State,
    TakeMessage,
    Turn,
    Whom,
    moved_on,
    prompts_of,
)
from ivr.understanding import listening_at, listening_for_digits
from ivr.variables import set_all, variables_at, way_of
from ivr.words import Text
from kernel.calendar import Calendar
from telephony.model import Outcome


class Walk:
    """One way through nodes that need nothing of the caller, to one that does."""

    def __init__(
        self, flows: FlowSet, calendars: Mapping[str, Calendar], settings: IvrSettings, now: datetime
    ) -> None:
        self._flows = flows
        self._calendars = calendars
        self._settings = settings
        self._now = now
        self._passed: list[tuple[str, str]] = []

    def run(self, state: State, said: Prompts) -> Turn:
        """Goes on from where the caller stands; `said` comes before all else."""
        reached = self._go(state, said)
        # What was gathered on an endless way is not said: it may be the same sentence fifty times.
        return reached if isinstance(reached, Turn) else self.fail(reached)

    def fail(self, state: State) -> Turn:
        """Where the flow leads callers who can go no further as it is written; by itself to a person."""
        target = self._flows.of(state).head.failed
        reached = self._go(moved_on(state, target), ()) if target is not None else state
        return reached if isinstance(reached, Turn) else self.to_person(state, Outcome.FAILED)

    def _go(self, state: State, said: Prompts) -> Turn | State:
        """To the next node that needs the caller; where there is none, how far they come."""
        for _ in range(self._settings.steps_without_asking_max):
            node = self._flows.of(state).nodes.get(state.node)
            if node is None:
                break
            self._passed.append((self._flows.of(state).name, state.node))
            if isinstance(node, Say):
                said = (*said, *self.speech(node.text, state))
            ahead = self._past(state, node)
            if ahead is not None:
                state = replace(ahead, misses=0)
            elif (
                isinstance(node, Menu | Collect | Listen | Voicemail | Callback | Transfer | ErrandNode)
                and state.asks >= self._settings.asks_max
            ):
                break
            elif isinstance(
                node, Menu | Collect | Listen | Queue | Voicemail | Callback | Transfer | ErrandNode | Hangup
            ):
                return self._stop(state, node, said)
            else:
                break
        return state

    def _past(self, state: State, node: Node) -> State | None:
        """Behind a node at which nobody stays; None where the caller does."""
        head = self._flows.of(state).head
        match node:
            case Hours():
                return self._by_hours(state, node)
            case Set():
                return replace(state, node=node.next, given=set_all(state, node, head, self._now))
            case Condition():
                return replace(state, node=way_of(state, node, head, self._now))
            case Menu(region_known=target) if target and state.home.region:
                return replace(state, node=target)
            case Say(next=target) | Goto(to=str(target)):
                return replace(state, node=target)
            case _:
                return self._into_flow(state, node)

    def _into_flow(self, state: State, node: Node) -> State | None:
        """In another flow; None where this node leads into none, or that one is not to be had."""
        match node:
            case Goto(flow=str(name)):
                return self._flows.enter(state, name)
            case Subflow():
                return self._flows.call(state, node, self._settings.subflows_deep_max)
            case Return():
                return self._flows.come_back(state)
            case _:
                return None

    def _by_hours(self, state: State, node: Hours) -> State:
        calendar = self._calendars.get(node.calendar)
        # A calendar that is gone must not close the company.
        is_open = calendar is None or calendar.is_open(self._now)
        target = node.open if is_open else node.closed
        # Hours may also choose between two greetings; then nobody is too late.
        is_late = state.came_too_late or not (is_open or self._flows.of(state).offers_person(node.closed))
        return replace(state, node=target, came_too_late=is_late)

    def unheard(self, state: State) -> Turn:
        """Goes on with nobody there: to the next thing to be done outside; without effects it is over."""
        reached = self._go(state, ())
        last = reached.effects[-1] if isinstance(reached, Turn) else None
        if not isinstance(reached, Turn) or not isinstance(last, Errand):
            return Turn(state=state, effects=())
        return replace(reached, effects=(replace(last, prompts=()),))

    def to_person(self, state: State, outcome_without: Outcome) -> Turn:
        """The way out of everything: the flow's first queue, else a polite end."""
        at = self._flows.person_for(state)
        node = self._flows.of(at).nodes[at.node] if at is not None else None
        if at is None or not isinstance(node, Queue):
            return part(state, SystemText.GOODBYE, outcome_without)
        moved = replace(at, misses=0)
        # The queue's own text comes first: it may hold the announcement of the recording.
        return self._stop(moved, node, () if node.text else (system(SystemText.CONNECTING, moved),))

    def _stop(
        self,
        state: State,
        node: Menu | Collect | Listen | Queue | Voicemail | Callback | Transfer | ErrandNode | Hangup,
        said: Prompts,
    ) -> Turn:
        prompts = (*said, *self.speech(node.text, state))
        state = replace(state, asks=state.asks + 1)
        last: Last
        match node:
            case Menu() | Collect() | Listen():
                last = self._question(state, node, prompts)
            case Queue():
                state = replace(state, matter=node.matter or state.matter)
                keys = "".join(node.keys)
                last = Enqueue(
                    prompts=prompts, queue=node.queue, needs=node.needs, boost=node.boost, keys=keys
                )
            case Voicemail():
                last = TakeMessage(
                    prompts=prompts,
                    max_s=node.max_s,
                    silence_s=node.silence_s,
                    min_s=node.min_s,
                    review=(system(SystemText.REVIEW_MESSAGE, state),) if node.review else (),
                )
            case Transfer():
                whom = Whom(node.expert) if node.expert else Whom(node.on_call or "", is_list=True)
                last = ReachOut(prompts=prompts, whom=whom, queue=node.queue)
            case Callback():
                last = OfferCallback(prompts=prompts, queue=node.queue, needs=node.needs)
            case Lookup() | Sms() | Ticket() | Progress() | Identify():
                last = errand_of(state, node, self._flows.of(state).head, self._now, prompts=prompts)
            case Hangup():
                last = HangUp(prompts=prompts, outcome=Outcome.SELF_SERVED)
        here = (self._flows.of(state).name, state.node)
        passed = self._passed if self._passed[-1:] == [here] else [*self._passed, here]
        return Turn(state=state, effects=(last,), passed=tuple(passed))

    def _question(
        self, state: State, node: Menu | Collect | Listen, prompts: Prompts
    ) -> Ask | AskDigits | AskWords:
        match node:
            case Menu():
                listening = listening_at(state, node, self._settings)
                return Ask(prompts=prompts, timeout_s=node.timeout_s, listening=listening)
            case Collect(max_digits=digits_max, timeout_s=timeout_s):
                listening = listening_for_digits(state, node, self._settings)
                return AskDigits(
                    prompts=prompts, digits_max=digits_max, timeout_s=timeout_s, listening=listening
                )
            case Listen():
                anything = Listening(language=state.language, phrases=())
                return AskWords(prompts=prompts, timeout_s=node.timeout_s, listening=anything)

    def speech(self, text: Text | None, state: State) -> Prompts:
        """A text in the caller's language, with its variables put in."""
        if not text:
            return ()
        language = state.language if state.language in text else next(iter(text))
        values = variables_at(state, self._flows.of(state).head, self._now)
        return tuple(
            replace(prompt, node=state.node) for prompt in prompts_of(text[language], language, values)
        )


def part(state: State, text: SystemText, outcome: Outcome) -> Turn:
    """Says goodbye, and how the call ends."""
    return Turn(state=state, effects=(HangUp(prompts=(system(text, state),), outcome=outcome),))


def system(text: SystemText, state: State) -> Prompt:
    """What Hotline itself says to this caller."""
    return Prompt(text=SYSTEM_TEXTS[text][state.language], language=state.language, node=state.node)
