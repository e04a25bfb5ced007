"""What a flow says: every language of the flow, and only variables that exist."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ivr.model import BUILT_IN_VARIABLES, LANGUAGES, FlowHead, Language, Node, Text
from ivr.spoken import placeholders
from ivr.yaml_lines import Path

_FOREIGN: Mapping[Language, re.Pattern[str]] = {
    # Three words on end, one of them in small letters: a sentence, and no company's name.
    "zh": re.compile(r"(?=[A-Za-z ,']* [a-z]{2})[A-Za-z]+(?:,? [A-Za-z]+){2,}"),
    "en": re.compile(r"[\u3400-\u9fff]+"),
}
"""Words for which the voice of a language is the wrong one."""


class Findings(Protocol):
    """Where problems are noted."""

    def add(self, code: str, path: Path, message: str) -> None:
        """Notes a problem with the part at `path`."""
        ...


def check_wording(raw: Mapping[str, Any], head: FlowHead | None, findings: Findings) -> None:
    """Notes prompts without one of the flow's languages, and unknown variables in them."""
    languages = head.languages if head else LANGUAGES
    variables = raw.get("variables")
    known = {*BUILT_IN_VARIABLES, *(variables if isinstance(variables, Mapping) else ())}
    if head is not None and head.language not in languages:
        message = f"the flow begins in {head.language!r}, which is not one of its languages"
        findings.add("missing_language", ("language",), message)
    for path, text in _texts(raw.get("nodes")):
        if not text:
            findings.add("missing_prompt", path, "nothing is said here; write a text in each language")
            continue
        for absent in set(languages) - set(text):
            message = f"the text is missing in {absent!r}; add a line for that language"
            findings.add("missing_language", path, message)
        for language, speech in text.items():
            for at, words in _words((*path, language), speech):
                _check_variables(at, words, known, findings)


def check_voices(nodes: Mapping[str, Node | None], findings: Findings) -> None:
    """Notes words that the voice of their text's language cannot say."""
    for name, node in nodes.items():
        text: Text = getattr(node, "text", None) or {}
        said = [(language, phrase) for language in text for phrase in text[language]]
        for spoken, phrase in said:
            voice = phrase.language or spoken
            foreign = _FOREIGN[voice].search(phrase.words)
            if foreign:
                other = "zh" if voice == "en" else "en"
                message = (
                    f"{foreign[0]!r:.60} needs another voice; write it as a part: [..., {{{other}: ...}}]"
                )
                findings.add("wrong_voice", ("nodes", name, "text", spoken), message)


def _words(path: Path, speech: Any) -> Iterator[tuple[Path, str]]:
    """What is said in a text as it is written: words, words in a named language, or a list of both."""
    if isinstance(speech, str):
        yield path, speech
    elif isinstance(speech, Mapping):
        for language, words in speech.items():
            yield from _words((*path, language), words)
    elif isinstance(speech, list):
        for number, part in enumerate(speech):
            yield from _words((*path, number), part)


def _check_variables(path: Path, words: str, known: set[str], findings: Findings) -> None:
    for name in placeholders(words):
        if name not in known:
            message = f"there is no variable {name!r} (there: {', '.join(sorted(known))})"
            findings.add("unknown_variable", path, message)


def _texts(nodes: Any) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for name, node in nodes.items() if isinstance(nodes, Mapping) else ():
        if not isinstance(node, Mapping):
            continue
        if isinstance(node.get("text"), Mapping):
            yield ("nodes", name, "text"), node["text"]
        options = node.get("options")
        for key, option in options.items() if isinstance(options, Mapping) else ():
            if isinstance(option, Mapping) and isinstance(option.get("label"), Mapping):
                yield ("nodes", name, "options", key, "label"), option["label"]
