"""What callers may say at a menu: whether its options can be told apart."""

from collections.abc import Iterator, Mapping
from typing import Any

from ivr.findings import Findings, written_nodes
from ivr.grammar import ANYWHERE, key_names, phrases_for, same_words
from ivr.words import LANGUAGES, Language


def check_sayings(raw: Mapping[str, Any], findings: Findings) -> None:
    """Notes phrases that mean two things at one menu."""
    for name, menu in written_nodes(raw, "menu"):
        options = menu.get("options")
        if isinstance(options, Mapping) and menu.get("listen", True) is True:
            for language in LANGUAGES:
                _check_menu(name, options, language, findings)


def _check_menu(name: str, options: Mapping[str, Any], language: Language, findings: Findings) -> None:
    meant = list(_named_by_themselves(options, language))
    for key, option in options.items():
        for words in _sayings(option, language):
            same = (about for by, said, about in meant if by != key and same_words(words, said, language))
            other = next(same, None)
            if other is not None:
                path = ("nodes", name, "options", key, "say", language)
                message = f"{words!r:.60} is {other} at this menu already; let callers say something else"
                findings.add("duplicate_phrase", path, message)
            meant.append((key, words, f"said for the key {key}"))


def _sayings(option: Any, language: Language) -> Iterator[str]:
    """As they are written, also where something else is wrong with them."""
    said = option.get("say") if isinstance(option, Mapping) else None
    written = said.get(language) if isinstance(said, Mapping) else None
    for words in written if isinstance(written, list) else (written,):
        if isinstance(words, str) and words.strip():
            yield words


def _named_by_themselves(options: Mapping[str, Any], language: Language) -> Iterator[tuple[str, str, str]]:
    """Whose phrase it is (a key, or "" for everywhere), the phrase, and what is told of it."""
    for key in options:
        yield from ((key, word, f"the key {key} itself") for word in (key, *key_names(key, language)))
    for phrase in phrases_for(ANYWHERE, language):
        yield "", phrase.words, "understood everywhere"
