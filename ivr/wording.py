"""What a flow says: every language of the flow, and only variables that exist."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from ivr.errand_nodes import READ_FIELDS
from ivr.model import FlowHead
from ivr.names import BUILT_IN_VARIABLES
from ivr.nodes import TEXT_FIELDS
from ivr.spoken import placeholders
from ivr.words import LANGUAGES, Language
from kernel.yaml_lines import Path

_FOREIGN: Mapping[Language, re.Pattern[str]] = {
    # Three words on end, one of them in small letters: a sentence, and no company's name.
    "zh": re.compile(r"(?=[A-Za-z ,']* [a-z]{2})[A-Za-z]+(?:,? [A-Za-z]+){2,}"),
    "en": re.compile(r"[\u3400-\u9fff]+"),
}
"""Words for which the voice of a language is the wrong one."""
_READ = ("label", *sorted(READ_FIELDS))
"""Fields that are read, on a screen or in a message."""
_BRACES = re.compile(r"\{([^{}]*)\}")
_SPOKEN_SIGNS = frozenset("°℃℉№\n\t\r")
_SPOKEN_LETTERS = ("LATIN", "CJK", "FULLWIDTH", "IDEOGRAPHIC", "GREEK", "MICRO", "FEMININE", "MASCULINE")
"""How the names of letters begin that one of the voices knows."""


class Findings(Protocol):
    """Where problems are noted."""

    def add(self, code: str, path: Path, message: str) -> None:
        """Notes a problem with the part at `path`."""
        ...


def check_wording(
    raw: Mapping[str, Any], head: FlowHead | None, findings: Findings, *, is_for_author: bool
) -> None:
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
                written = _BRACES.findall(words) if is_for_author else placeholders(words)
                _check_variables(at, written, known, findings)


def check_voices(raw: Mapping[str, Any], findings: Findings) -> None:
    """Notes what the voice of its text's language cannot say."""
    for text_path, text in _texts(raw.get("nodes")):
        if text_path[-1] in _READ:
            continue  # That is read on a screen.
        for language, speech in text.items():
            for path, words in _words((*text_path, language), speech):
                _check_voice(path, words, findings)
                _check_signs(path, words, findings)


def _check_voice(path: Path, words: str, findings: Findings) -> None:
    voice = voice_of(path)
    foreign = _FOREIGN[voice].search(words) if voice is not None else None
    if foreign:
        other = "zh" if voice == "en" else "en"
        message = f"{foreign[0]!r:.60} needs another voice; write it as a part: [..., {{{other}: ...}}]"
        findings.add("wrong_voice", path, message)


def _check_signs(path: Path, words: str, findings: Findings) -> None:
    fixed = _BRACES.sub("", words)
    mute = next((sign for sign in fixed if not _can_be_spoken(sign)), None)
    if "{" in fixed or "}" in fixed:
        message = "a brace stands alone; a variable is written as {name}"
    elif mute is not None:
        message = f"no voice can say {mute!r} (U+{ord(mute):04X}); take it out"
    elif words.strip() and fixed == words and not any(sign.isalnum() for sign in words):
        message = f"there is nothing to say in {words.strip()!r:.60}; write words"
    else:
        return
    findings.add("unspeakable_prompt", path, message)


def _can_be_spoken(sign: str) -> bool:
    """Emojis, control characters, and letters of writing that neither voice reads, cannot."""
    kind = unicodedata.category(sign)
    if kind.startswith("L"):
        return unicodedata.name(sign, "").startswith(_SPOKEN_LETTERS)
    if kind == "So":  # ㎡ and the like are letters and figures in one sign
        return sign in _SPOKEN_SIGNS or unicodedata.normalize("NFKC", sign).isalnum()
    return sign in _SPOKEN_SIGNS or kind not in {"Cc", "Co", "Cs", "Cn"}


def recordings_named(raw: Mapping[str, Any]) -> Iterator[tuple[Path, Language, str, str]]:
    """The recordings of a flow as it is written: where, in which language, its name and its words."""
    for text_path, text in _texts(raw.get("nodes")):
        for language, speech in text.items():
            for path, words in _words((*text_path, language), speech):
                *part, last = path
                written = _at(raw, part).get("recording") if last == "words" else None
                if isinstance(written, str) and (voice := voice_of(path)) is not None:
                    yield tuple(part), voice, written, words


def _at(raw: Any, path: Iterable[str | int]) -> Mapping[str, Any]:
    for step in path:
        raw = raw[step]
    return raw if isinstance(raw, Mapping) else {}


def voice_of(path: Path) -> Language | None:
    """The last language on the way to some words: in that they are spoken."""
    return next((voice for step in reversed(path) for voice in LANGUAGES if step == voice), None)


def _words(path: Path, speech: Any) -> Iterator[tuple[Path, str]]:
    """What is said in a text as it is written: words, words in a named language, or a list of both."""
    if isinstance(speech, str):
        yield path, speech
    elif isinstance(speech, Mapping):
        for language, words in speech.items():
            if language != "recording":
                yield from _words((*path, language), words)
    elif isinstance(speech, list):
        for number, part in enumerate(speech):
            yield from _words((*path, number), part)


def _check_variables(path: Path, written: list[str], known: set[str], findings: Findings) -> None:
    for name in written:
        if name not in known:
            message = f"there is no variable {name!r} (there: {', '.join(sorted(known))})"
            findings.add("unknown_variable", path, message)


def _texts(nodes: Any) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    for name, node in nodes.items() if isinstance(nodes, Mapping) else ():
        if not isinstance(node, Mapping):
            continue
        for field in (*TEXT_FIELDS, *_READ):
            if isinstance(node.get(field), Mapping):
                yield ("nodes", name, field), node[field]
        options = node.get("options")
        for key, option in options.items() if isinstance(options, Mapping) else ():
            if isinstance(option, Mapping) and isinstance(option.get("label"), Mapping):
                yield ("nodes", name, "options", key, "label"), option["label"]
