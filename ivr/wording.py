"""What a flow says: every language of the flow, and only variables that exist."""

from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from ivr.model import BUILT_IN_VARIABLES, LANGUAGES, FlowHead
from ivr.spoken import placeholders
from ivr.yaml_lines import Path


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
        for language, words in text.items():
            _check_variables((*path, language), words, known, findings)


def _check_variables(path: Path, words: Any, known: set[str], findings: Findings) -> None:
    for name in placeholders(words) if isinstance(words, str) else ():
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
