"""The interpreter of flows: (state, event, now) → what to say and do. Pure; never raises; always ends.

Each turn walks nodes until the caller must act or the call goes elsewhere, so the last effect of
a turn is the one whose answer starts the next. A flow that is broken, or loops, leads to a person.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from ivr.errand_nodes import ErrandNode, Identify, Lookup, Progress, Sms, Ticket
from ivr.errands import taken_in
from ivr.flow_set import FlowSet
from ivr.grammar import Command, command_in
from ivr.kept import read_kept
from ivr.model import Flow
from ivr.names import Variable
from ivr.nodes import (
    MESSAGE_MAX_S,
    MESSAGE_SILENCE_S,
    Callback,
    Collect,
    Listen,
    Menu,
    Option,
    Queue,
    Transfer,
    Voicemail,
)
from ivr.settings import IvrSettings
from ivr.spoken import fill, say_opening
from ivr.texts import CALLBACK_TEXTS, READ_BACK, READ_BACK_SAID, CallbackText, SystemText
from ivr.turn import (
    Ask,
    Chose,
    ErrandDone,
    Event,
    Facts,
    HangUp,
    KeyPressed,
    MessageTaken,
    NodeFailed,
    NoRoom,
    NotHeard,
    NothingPressed,
    NothingSaid,
    PromiseDeclined,
    PromiseMade,
    Prompt,
    Prompts,
    Said,
    SentAway,
    State,
    TakeMessage,
    Turn,
    Typed,
    gone_back,
    moved_on,
)
from ivr.typed import understood
from ivr.understanding import (
    Answer,
    Commanded,
    Doubtful,
    Taken,
    at_collect,
    at_menu,
    listening_for_answer,
)
from ivr.variables import give
from ivr.walk import Walk, part, system
from ivr.words import Label, Language
from kernel.calendar import Calendar
from telephony.model import CallMark, Home, HomeBy, Outcome

RIGHT, WRONG = "1", "2"
"""Confirm what was typed or said and read back, or not."""
_ANSWERS = {RIGHT: Command.YES, WRONG: Command.NO}


class Engine:
    """Runs a flow, and those into which it leads; holds nothing of any call."""

    def __init__(
        self,
        flow: Flow,
        calendars: Mapping[str, Calendar],
        settings: IvrSettings,
        others: Mapping[str, Flow] | None = None,
    ) -> None:
        self.flows = FlowSet(flow, others or {})
        self._calendars = calendars
        self.settings = settings

    def begin(self, facts: Facts, language: Language | None = None, stood: CallMark | None = None) -> State:
        """A caller at the start of the flow, or where they stood if the flow (still) has that node."""
        flow = self.flows.first
        head = flow.head
        spoken = language if language in head.languages else head.language
        if stood is None:
            return State(node=head.start, language=spoken, flow=flow.name, facts=facts, home=facts.home)
        kept = read_kept(stood.kept_by_flow)
        said = Home(stood.region, stood.region_by)
        return State(
            node=stood.node if stood.node in flow.nodes else head.start,
            flow=flow.name,
            back=kept.back if kept.flow == flow.name else (),
            language=spoken,
            facts=facts,
            matter=stood.matter,
            home=said if said.region else facts.home,
            given=kept.given,
        )

    def step(self, state: State, event: Event, now: datetime) -> Turn:
        """Takes in what happened and says what follows; no effects mean that the call is over."""
        node, turn = self.flows.of(state).nodes.get(state.node), None
        match node:
            case Menu() | Collect() | Listen():
                turn = self._at_question(state, node, event, now)
            case Voicemail():
                turn = self._at_voicemail(state, node, event, now)
            case Queue():
                turn = self._at_queue(state, node, event, now)
            case Callback() | Transfer():
                turn = self._at_callback(state, node, event, now)
            case Lookup() | Sms() | Ticket() | Progress() | Identify() if isinstance(event, ErrandDone):
                turn = self._after_errand(state, node, event, now)
            case _:
                pass
        return turn or self._anywhere(state, event, now)

    def _anywhere(self, state: State, event: Event, now: datetime) -> Turn:
        match event:
            case NodeFailed():
                return self.walking(now).fail(state)
            case NoRoom():
                return self.walking(now).to_person(state, Outcome.FAILED)
            case _:
                return self._walk(state, (), now)

    def _at_question(
        self, state: State, node: Menu | Collect | Listen, event: Event, now: datetime
    ) -> Turn | None:
        match node:
            case Menu():
                return self._at_menu(state, node, event, now)
            case Collect():
                return self._at_collect(state, node, event, now)
            case Listen():
                return self._at_listen(state, node, event, now)

    def _at_menu(self, state: State, menu: Menu, event: Event, now: datetime) -> Turn | None:
        match event:
            case KeyPressed(key=key) if state.proposed and key in _ANSWERS:
                return self._do(state, menu, _ANSWERS[key], now)
            case KeyPressed(key=key):
                return self._answer(state, menu, key, now)
            case Said():
                return self._spoken(state, menu, at_menu(state, menu, event, self.settings), now)
            case _:
                return self._unanswered(state, menu, event, now)

    def _at_collect(self, state: State, node: Collect, event: Event, now: datetime) -> Turn | None:
        match event:
            case Typed(digits=digits) if digits:
                return self._typed(state, node, digits, now)
            case KeyPressed(key=key) if key == RIGHT and state.typed:
                return self._accept(state, node, state.typed, now)
            case KeyPressed() if state.typed:
                return self._walk(replace(state, typed=""), (), now)
            case Said():
                return self._spoken(state, node, at_collect(state, node, event, self.settings), now)
            case _:
                return self._unanswered(state, node, event, now)

    def _at_listen(self, state: State, node: Listen, event: Event, now: datetime) -> Turn | None:
        match event:
            case Said(text=text):
                command = command_in(text, state.language)
                if command is not None:
                    return self._do(state, node, command, now)
                return self._keep(state, node, node.into, text[: self.settings.words_max], now)
            case NothingPressed() | KeyPressed():
                return self._miss(state, node, SystemText.NOTHING_SAID, now)
            case NotHeard():
                missed = replace(state, misses=node.tries, is_unheard=True)
                return self._miss(missed, node, SystemText.NOTHING_SAID, now)
            case _:
                return None

    def _unanswered(self, state: State, node: Menu | Collect, event: Event, now: datetime) -> Turn | None:
        match event:
            case NothingPressed() | Typed():
                return self._miss(state, node, SystemText.NOTHING_PRESSED, now)
            case NotHeard():
                # It is lost through no fault of the caller: from now on it is keys, and no miss.
                deaf = replace(state, is_unheard=True, proposed="", typed="")
                return self._walk(deaf, (system(SystemText.PRESS_INSTEAD, deaf),), now)
            case _:
                return None

    def _spoken(self, state: State, node: Menu | Collect, answer: Answer | None, now: datetime) -> Turn:
        match answer:
            case None:
                return self._misheard(state, node, now)
            case Commanded(command=command):
                return self._do(state, node, command, now)
            case Taken(keys=keys):
                return self._take(state, node, keys, now)
            case Doubtful():
                return self._ask_back(state, node, answer, now)

    def _do(self, state: State, node: Menu | Collect | Listen, command: Command, now: datetime) -> Turn:
        match command:
            case Command.YES if not isinstance(node, Listen):
                return self._take(state, node, state.proposed or state.typed, now)
            case Command.NO if not isinstance(node, Listen):
                return self._misheard(state, node, now)
            case Command.PERSON:
                return self.walking(now).to_person(state, Outcome.SELF_SERVED)
            case Command.BACK:
                return self._walk(gone_back(state), (), now)
            case _:
                return self._walk(replace(state, proposed="", typed=""), (), now)

    def _take(self, state: State, node: Menu | Collect, keys: str, now: datetime) -> Turn:
        if isinstance(node, Menu):
            return self._answer(state, node, keys, now)
        if understood(keys, node, self.flows.of(state).head) is None:
            return self._misheard(state, node, now)
        return self._accept(state, node, keys, now)

    def _ask_back(self, state: State, node: Menu | Collect, answer: Doubtful, now: datetime) -> Turn:
        typed: Variable | None = Variable(type="text", value=answer.words)
        if isinstance(node, Collect):
            typed = understood(answer.keys, node, self.flows.of(state).head)
        if typed is None:
            return self._misheard(state, node, now)
        is_menu = isinstance(node, Menu)
        asked = replace(
            state,
            proposed=answer.keys if is_menu else "",
            typed="" if is_menu else answer.keys,
            asks=state.asks + 1,
        )
        words = fill(READ_BACK_SAID[state.language], {"typed": typed}, state.language)
        prompt = Prompt(text=words, language=state.language, node=state.node)
        listening = listening_for_answer(asked, node, self.settings)
        ask = Ask(prompts=(prompt,), timeout_s=node.timeout_s, listening=listening)
        return Turn(state=asked, effects=(ask,))

    def _misheard(self, state: State, node: Menu | Collect, now: datetime) -> Turn:
        unheard = replace(state, unheard=state.unheard + 1)
        is_heard_again = unheard.unheard < self.settings.unheard_max
        excuse = SystemText.NOT_HEARD if is_heard_again else SystemText.PRESS_INSTEAD
        return self._miss(unheard, node, excuse, now)

    def _typed(self, state: State, node: Collect, digits: str, now: datetime) -> Turn:
        typed = understood(digits, node, self.flows.of(state).head)
        if typed is None:
            return self._miss(state, node, SystemText.WRONG_DIGITS, now)
        if not node.read_back:
            return self._accept(state, node, digits, now)
        listening = listening_for_answer(state, node, self.settings)
        words = fill(READ_BACK[state.language], {"typed": typed}, state.language)
        prompt = Prompt(text=words, language=state.language, node=state.node)
        asked = replace(state, typed=digits, asks=state.asks + 1)
        ask = Ask(prompts=(prompt,), timeout_s=node.timeout_s, listening=listening)
        return Turn(state=asked, effects=(ask,))

    def _accept(self, state: State, node: Collect, digits: str, now: datetime) -> Turn:
        typed = understood(digits, node, self.flows.of(state).head)
        if typed is None:
            return self._walk(moved_on(state, node.next), (), now)
        return self._keep(state, node, digits, str(typed.value), now)

    def _keep(self, state: State, node: Collect | Listen, key: str, value: str, now: datetime) -> Turn:
        """Goes on with what was typed or said in the node's variable."""
        moved = replace(moved_on(state, node.next), given=give(state.given, node.into, value))
        turn = self._walk(moved, (), now)
        if node.label is None:
            return turn
        # It is read there, not heard: figures stand together.
        label: Label = {language: f"{words} {value}" for language, words in node.label.items()}
        chose = Chose(node=state.node, key=key, label=label)
        return replace(turn, effects=(chose, *turn.effects))

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

    def _at_callback(
        self, state: State, node: Callback | Transfer, event: Event, now: datetime
    ) -> Turn | None:
        if isinstance(event, PromiseDeclined | SentAway):
            return self._after_queue(state, node.otherwise, now)
        return _at_end(state, event, now)

    def _after_errand(self, state: State, node: ErrandNode, done: ErrandDone, now: datetime) -> Turn:
        target, moved = taken_in(state, node, done, self.flows.of(state).head)
        if target is None or state.asks >= self.settings.asks_max:
            return self.walking(now).fail(moved)
        return self._walk(replace(moved, node=target, misses=0), (), now)

    def _answer(self, state: State, menu: Menu, key: str, now: datetime) -> Turn:
        option = menu.options.get(key)
        if option is None:
            return self._miss(state, menu, SystemText.NOT_UNDERSTOOD, now)
        language = option.language or state.language
        matter = option.matter or state.matter
        home = Home(option.region, HomeBy.CHOICE) if option.region else state.home
        trail = (*state.trail, (state.flow, state.node))[-self.settings.trail_max :]
        moved = replace(moved_on(state, option.to), language=language, matter=matter, home=home, trail=trail)
        turn = self._walk(moved, (), now)
        chose = Chose(node=state.node, key=key, label=_label(option))
        return replace(turn, effects=(chose, *turn.effects))

    def _miss(self, state: State, menu: Menu | Collect | Listen, excuse: SystemText, now: datetime) -> Turn:
        missed = replace(state, misses=state.misses + 1, typed="", proposed="")
        is_silence = excuse in {SystemText.NOTHING_PRESSED, SystemText.NOTHING_SAID}
        if missed.misses < menu.tries:
            own = self.walking(now).speech(menu.text_after(silence=is_silence), state)
            return self._walk(missed, own or (system(excuse, state),), now)
        target = menu.way_after(silence=is_silence)
        if target is not None:
            return self._walk(moved_on(missed, target), (), now)
        return self.walking(now).to_person(missed, Outcome.SELF_SERVED)

    def _after_queue(self, state: State, target: str | None, now: datetime) -> Turn:
        """As the flow says; where it says nothing, or was gone through again and again, to a message."""
        if target is not None and state.asks < self.settings.asks_max:
            return self._walk(replace(state, node=target, misses=0), (), now)
        sorry = (system(SystemText.LEAVE_MESSAGE, state),)
        message = TakeMessage(prompts=sorry, max_s=MESSAGE_MAX_S, silence_s=MESSAGE_SILENCE_S)
        return Turn(state=replace(state, asks=state.asks + 1), effects=(message,))

    def _after_message(self, state: State, node: Voicemail, now: datetime) -> Turn:
        if node.next is None:
            return part(state, SystemText.THANKS_FOR_MESSAGE, Outcome.VOICEMAIL)
        received = (system(SystemText.MESSAGE_RECEIVED, state),)
        return self._walk(replace(state, node=node.next), received, now)

    def _without_message(self, state: State, node: Voicemail, now: datetime) -> Turn:
        """Who ends the recording at once does not want to leave a message."""
        if node.next is not None:
            return self._walk(replace(state, node=node.next), (), now)
        return part(state, SystemText.GOODBYE, Outcome.SELF_SERVED)

    def _walk(self, state: State, said: Prompts, now: datetime) -> Turn:
        return self.walking(now).run(state, said)

    def walking(self, now: datetime) -> Walk:
        """What leads callers on at this moment."""
        return Walk(self.flows, self._calendars, self.settings, now)


def _at_end(state: State, event: Event, now: datetime) -> Turn | None:
    """How a call ends that has waited for a person, or was to."""
    match event:
        case MessageTaken():
            return part(state, SystemText.THANKS_FOR_MESSAGE, Outcome.VOICEMAIL)
        case NothingSaid() | NoRoom():
            return part(state, SystemText.GOODBYE, Outcome.FAILED)
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


def _label(option: Option) -> Label:
    """What the choice is called in each language; without a label, by the name of its target."""
    label = option.label or {}
    return {"zh": label.get("zh", option.to), "en": label.get("en", option.to)}
