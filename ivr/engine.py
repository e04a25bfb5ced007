"""The interpreter of flows: (state, event, now) → what to say and do. Pure; never raises; always ends.

Each turn walks nodes until the caller must act or the call goes elsewhere, so the last effect of
a turn is the one whose answer starts the next. A flow that is broken, or loops, leads to a person.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ivr.calendar import Calendar, local_moment
from ivr.model import (
    MESSAGE_MAX_S,
    MESSAGE_SILENCE_S,
    Callback,
    Flow,
    Hangup,
    Hours,
    Label,
    Language,
    Menu,
    Option,
    Queue,
    Say,
    Text,
    Variable,
    Voicemail,
)
from ivr.settings import IvrSettings
from ivr.spoken import say_opening
from ivr.texts import CALLBACK_TEXTS, SYSTEM_TEXTS, CallbackText, SystemText
from ivr.turn import (
    Ask,
    Chose,
    Enqueue,
    Event,
    Facts,
    HangUp,
    KeyPressed,
    Last,
    MessageTaken,
    NoRoom,
    NothingPressed,
    NothingSaid,
    OfferCallback,
    PromiseDeclined,
    PromiseMade,
    Prompt,
    Prompts,
    SentAway,
    State,
    TakeMessage,
    Turn,
    prompts_of,
)
from telephony.model import CallMark, Home, HomeBy, Outcome


class Engine:
    """Runs one flow; holds nothing of any call."""

    def __init__(self, flow: Flow, calendars: Mapping[str, Calendar], settings: IvrSettings) -> None:
        self._flow = flow
        self._calendars = calendars
        self._settings = settings

    def begin(self, facts: Facts, language: Language | None = None, stood: CallMark | None = None) -> State:
        """A caller at the start of the flow, or where they stood if the flow (still) has that node."""
        head = self._flow.head
        spoken = language if language in head.languages else head.language
        if stood is None:
            return State(node=head.start, language=spoken, facts=facts, home=facts.home)
        said = Home(stood.region, stood.region_by)
        return State(
            node=stood.node if stood.node in self._flow.nodes else head.start,
            language=spoken,
            facts=facts,
            matter=stood.matter,
            home=said if said.region else facts.home,
        )

    def step(self, state: State, event: Event, now: datetime) -> Turn:
        """Takes in what happened and says what follows; no effects mean that the call is over."""
        node, turn = self._flow.nodes.get(state.node), None
        match node:
            case Menu():
                turn = self._at_menu(state, node, event, now)
            case Voicemail():
                turn = self._at_voicemail(state, node, event, now)
            case Queue():
                turn = self._at_queue(state, node, event, now)
            case Callback():
                turn = self._at_callback(state, node, event, now)
            case _:
                pass
        if turn is None and isinstance(event, NoRoom):
            return self._walking(now).to_person(state, Outcome.FAILED)
        return turn or self._walk(state, (), now)

    def _at_menu(self, state: State, menu: Menu, event: Event, now: datetime) -> Turn | None:
        match event:
            case KeyPressed(key=key):
                return self._answer(state, menu, key, now)
            case NothingPressed():
                return self._miss(state, menu, SystemText.NOTHING_PRESSED, now)
            case _:
                return None

    def _at_voicemail(self, state: State, node: Voicemail, event: Event, now: datetime) -> Turn | None:
        match event:
            case MessageTaken():
                return self._after_message(state, node, now)
            case NothingSaid():
                return self._without_message(state, node, now)
            case _:
                return None

    def _at_queue(self, state: State, node: Queue, event: Event, now: datetime) -> Turn | None:
        """Sent away, gone by a key, or after the message that could be left then."""
        match event:
            case SentAway(why=why):
                return self._after_queue(state, node.way_out(why), now)
            case KeyPressed(key=key):
                return self._after_queue(state, node.keys.get(key), now)
            case _:
                return _at_end(state, event, now)

    def _at_callback(self, state: State, node: Callback, event: Event, now: datetime) -> Turn | None:
        if isinstance(event, PromiseDeclined):
            return self._after_queue(state, node.otherwise, now)
        return _at_end(state, event, now)

    def _answer(self, state: State, menu: Menu, key: str, now: datetime) -> Turn:
        option = menu.options.get(key)
        if option is None:
            return self._miss(state, menu, SystemText.NOT_UNDERSTOOD, now)
        language = option.language or state.language
        matter = option.matter or state.matter
        home = Home(option.region, HomeBy.CHOICE) if option.region else state.home
        moved = replace(state, node=option.to, language=language, matter=matter, home=home, misses=0)
        turn = self._walk(moved, (), now)
        chose = Chose(node=state.node, key=key, label=_label(option))
        return replace(turn, effects=(chose, *turn.effects))

    def _miss(self, state: State, menu: Menu, excuse: SystemText, now: datetime) -> Turn:
        missed = replace(state, misses=state.misses + 1)
        said = (_system(excuse, state),)
        if missed.misses < menu.tries:
            return self._walk(missed, said, now)
        if menu.otherwise is not None:
            return self._walk(replace(missed, node=menu.otherwise, misses=0), (), now)
        return self._walking(now).to_person(missed, Outcome.SELF_SERVED)

    def _after_queue(self, state: State, target: str | None, now: datetime) -> Turn:
        """As the flow says; where it says nothing, or was gone through again and again, to a message."""
        if target is not None and state.asks < self._settings.asks_max:
            return self._walk(replace(state, node=target, misses=0), (), now)
        sorry = (_system(SystemText.LEAVE_MESSAGE, state),)
        message = TakeMessage(prompts=sorry, max_s=MESSAGE_MAX_S, silence_s=MESSAGE_SILENCE_S)
        return Turn(state=replace(state, asks=state.asks + 1), effects=(message,))

    def _after_message(self, state: State, node: Voicemail, now: datetime) -> Turn:
        if node.next is None:
            return _part(state, SystemText.THANKS_FOR_MESSAGE, Outcome.VOICEMAIL)
        received = (_system(SystemText.MESSAGE_RECEIVED, state),)
        return self._walk(replace(state, node=node.next), received, now)

    def _without_message(self, state: State, node: Voicemail, now: datetime) -> Turn:
        """Who ends the recording at once does not want to leave a message."""
        if node.next is not None:
            return self._walk(replace(state, node=node.next), (), now)
        return _part(state, SystemText.GOODBYE, Outcome.SELF_SERVED)

    def _walk(self, state: State, said: Prompts, now: datetime) -> Turn:
        return self._walking(now).run(state, said)

    def _walking(self, now: datetime) -> "_Walk":
        return _Walk(self._flow, self._calendars, self._settings, now)


class _Walk:
    """One way through nodes that need nothing of the caller, to one that does."""

    def __init__(
        self, flow: Flow, calendars: Mapping[str, Calendar], settings: IvrSettings, now: datetime
    ) -> None:
        self._flow = flow
        self._calendars = calendars
        self._settings = settings
        self._now = now

    def run(self, state: State, said: Prompts) -> Turn:
        for _ in range(self._settings.steps_without_asking_max):
            node = self._flow.nodes.get(state.node)
            if node is None:
                break
            if isinstance(node, Say):
                said = (*said, *self._speech(node.text, state))
                state = replace(state, node=node.next, misses=0)
            elif isinstance(node, Hours):
                calendar = self._calendars.get(node.calendar)
                # A calendar that is gone must not close the company.
                is_open = calendar is None or calendar.is_open(self._now)
                node_name = node.open if is_open else node.closed
                # Hours may also choose between two greetings; then nobody is too late.
                is_late = state.came_too_late or not (is_open or self._flow.offers_person(node.closed))
                state = replace(state, node=node_name, misses=0, came_too_late=is_late)
            elif isinstance(node, Menu) and node.region_known and state.home.region:
                state = replace(state, node=node.region_known, misses=0)
            elif isinstance(node, Menu | Voicemail | Callback) and state.asks >= self._settings.asks_max:
                break
            else:
                return self._stop(state, node, said)
        # What was gathered on an endless way is not said: it may be the same sentence fifty times.
        return self.to_person(state, Outcome.FAILED)

    def to_person(self, state: State, outcome_without: Outcome) -> Turn:
        """The way out of everything: the flow's first queue, else a polite end."""
        person = self._flow.person
        node = self._flow.nodes.get(person) if person is not None else None
        if person is None or not isinstance(node, Queue):
            return _part(state, SystemText.GOODBYE, outcome_without)
        moved = replace(state, node=person, misses=0)
        # The queue's own text comes first: it may hold the announcement of the recording.
        return self._stop(moved, node, () if node.text else (_system(SystemText.CONNECTING, moved),))

    def _stop(self, state: State, node: Menu | Queue | Voicemail | Callback | Hangup, said: Prompts) -> Turn:
        prompts = (*said, *self._speech(node.text, state))
        state = replace(state, asks=state.asks + 1)
        last: Last
        match node:
            case Menu():
                last = Ask(prompts=prompts, timeout_s=node.timeout_s)
            case Queue():
                state = replace(state, matter=node.matter or state.matter)
                keys = "".join(node.keys)
                last = Enqueue(
                    prompts=prompts, queue=node.queue, needs=node.needs, boost=node.boost, keys=keys
                )
            case Voicemail():
                last = TakeMessage(prompts=prompts, max_s=node.max_s, silence_s=node.silence_s)
            case Callback():
                last = OfferCallback(prompts=prompts, queue=node.queue, needs=node.needs)
            case Hangup():
                last = HangUp(prompts=prompts, outcome=Outcome.SELF_SERVED)
        return Turn(state=state, effects=(last,))

    def _speech(self, text: Text | None, state: State) -> Prompts:
        if not text:
            return ()
        language = state.language if state.language in text else next(iter(text))
        values = self._values(state.facts)
        return tuple(
            replace(prompt, node=state.node) for prompt in prompts_of(text[language], language, values)
        )

    def _values(self, facts: Facts) -> dict[str, Variable]:
        today, moment = local_moment(self._now, facts.timezone)
        built_in = {
            "caller_number": Variable(type="phone", value=facts.caller_number),
            "caller_name": Variable(type="text", value=facts.caller_name),
            "dialled": Variable(type="phone", value=facts.dialled),
            "today": Variable(type="date", value=today.isoformat()),
            "now": Variable(type="time", value=moment.isoformat("minutes")),
        }
        return {**built_in, **self._flow.head.variables}


def _at_end(state: State, event: Event, now: datetime) -> Turn | None:
    """How a call ends that has waited for a person, or was to."""
    match event:
        case MessageTaken():
            return _part(state, SystemText.THANKS_FOR_MESSAGE, Outcome.VOICEMAIL)
        case NothingSaid() | NoRoom():
            return _part(state, SystemText.GOODBYE, Outcome.FAILED)
        case PromiseMade(opens=opens):
            return _promised(state, opens, now)
        case _:
            return None


def _promised(state: State, opens: datetime | None, now: datetime) -> Turn:
    name = CallbackText.PROMISED if opens is None else CallbackText.PROMISED_LATER
    opening = say_opening(opens, now, state.language) if opens is not None else ""
    text = CALLBACK_TEXTS[name][state.language].format(opening=opening)
    prompt = Prompt(text=text, language=state.language, node=state.node)
    return Turn(state=state, effects=(HangUp(prompts=(prompt,), outcome=Outcome.CALLBACK),))


def _part(state: State, text: SystemText, outcome: Outcome) -> Turn:
    return Turn(state=state, effects=(HangUp(prompts=(_system(text, state),), outcome=outcome),))


def _system(text: SystemText, state: State) -> Prompt:
    return Prompt(text=SYSTEM_TEXTS[text][state.language], language=state.language, node=state.node)


def _label(option: Option) -> Label:
    """What the choice is called in each language; without a label, by the name of its target."""
    label = option.label or {}
    return {"zh": label.get("zh", option.to), "en": label.get("en", option.to)}
