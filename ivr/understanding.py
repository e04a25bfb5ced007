"""What a caller who spoke is taken to have answered, and how sure that is."""

from dataclasses import dataclass

from ivr.grammar import (
    ANSWERS,
    ANYWHERE,
    Command,
    Phrase,
    digit_words,
    digits_in,
    meaning,
    phrases_at,
    phrases_for,
)
from ivr.nodes import Collect, Menu
from ivr.settings import IvrSettings
from ivr.turn import Listening, Said, State


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """It counts: a key, or digits."""

    keys: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubtful:
    """The caller is to be asked whether it is that: a key, or digits."""

    keys: str
    words: str
    """As they are said to the caller."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commanded:
    """Something that can be said everywhere."""

    command: Command


Answer = Taken | Doubtful | Commanded
"""None beside it: nothing that could be understood."""


def is_heard(state: State, node: Menu | Collect, settings: IvrSettings) -> bool:
    """Whether this caller is listened to at this question."""
    return node.listen and not state.is_unheard and state.unheard < settings.unheard_max


def listening_at(state: State, menu: Menu, settings: IvrSettings) -> Listening | None:
    """What is listened for at a menu."""
    if not is_heard(state, menu, settings):
        return None
    return _listening(state, phrases_at(menu, state.language))


def listening_for_digits(state: State, node: Collect, settings: IvrSettings) -> Listening | None:
    """What is listened for where digits are asked for."""
    if not is_heard(state, node, settings):
        return None
    commands = tuple(phrase.words for phrase in phrases_for(ANYWHERE, state.language))
    return Listening(language=state.language, phrases=(*digit_words(state.language), *commands))


def listening_for_answer(state: State, node: Menu | Collect, settings: IvrSettings) -> Listening | None:
    """What is listened for where the caller is asked whether it is that."""
    if not is_heard(state, node, settings):
        return None
    at_menu = phrases_at(node, state.language) if isinstance(node, Menu) else ()
    return _listening(state, (*phrases_for(ANSWERS, state.language), *at_menu))


def _listening(state: State, phrases: tuple[Phrase, ...]) -> Listening:
    return Listening(language=state.language, phrases=tuple(phrase.words for phrase in phrases))


def at_menu(state: State, menu: Menu, said: Said, settings: IvrSettings) -> Answer | None:
    """What is answered at a menu."""
    known = phrases_at(menu, state.language)
    if state.proposed:
        known = (*phrases_for(ANSWERS, state.language), *known)
    meant = meaning(said.text, said.confidence, known, state.language)
    if meant is None or meant.certainty < settings.ask_back_from:
        return None
    if isinstance(meant.means, Command):
        return Commanded(command=meant.means)
    if meant.certainty >= settings.sure_from:
        return Taken(keys=meant.means)
    return Doubtful(keys=meant.means, words=meant.words)


def at_collect(state: State, node: Collect, said: Said, settings: IvrSettings) -> Answer | None:
    """What is answered where digits are asked for."""
    commands = (*ANSWERS, *ANYWHERE) if state.typed else ANYWHERE
    meant = meaning(said.text, said.confidence, phrases_for(commands, state.language), state.language)
    digits = digits_in(said.text, state.language)
    is_command = meant is not None and not digits and meant.certainty >= settings.ask_back_from
    if meant is not None and is_command and isinstance(meant.means, Command):
        return Commanded(command=meant.means)
    if not digits or said.confidence < settings.ask_back_from:
        return None
    is_sure = node.check is not None and said.confidence >= settings.sure_from
    return Taken(keys=digits) if is_sure else Doubtful(keys=digits, words=digits)
