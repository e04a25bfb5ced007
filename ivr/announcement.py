"""Whether callers hear that they are recorded before they are. Pure.

As far as one flow tells: what another one says, which leads here or is gone through, is not looked at.
"""

import re
from collections.abc import Iterator, Mapping

from ivr.errand_nodes import ErrandNode
from ivr.model import Flow
from ivr.nodes import Collect, Listen, Menu, Node, Queue, Subflow, Voicemail, ways
from ivr.words import Language
from kernel.findings import Problem
from kernel.yaml_lines import read_yaml

_SAID: Mapping[Language, re.Pattern[str]] = {
    "zh": re.compile("录音|录制|录下"),
    "en": re.compile(r"\brecord(s|ed|ing|ings)?\b", re.IGNORECASE),
}
_MESSAGE: Mapping[Language, re.Pattern[str]] = {
    "zh": re.compile("留言|提示音|“滴”|嘀"),
    "en": re.compile(r"\b(message|tone|beep)\b", re.IGNORECASE),
}
"""Who is asked to leave a message knows that it is kept."""


def unannounced(flow: Flow, file: str) -> list[Problem]:
    """Queues and voicemails to which callers may come without having heard that they are recorded."""
    found: dict[str, list[Language]] = {}
    for language in flow.head.languages:
        for name in _not_told(flow, language):
            found.setdefault(name, []).append(language)
    document = read_yaml(flow.text)
    return sorted(
        Problem(
            file=file,
            line=document.line(("nodes", name)),
            code="recording_not_announced",
            node=name,
            message=(
                f"callers may come here without having heard, in {' and '.join(languages)}, that they are"
                " recorded; say so in the text of this node, or before it on every way"
            ),
        )
        for name, languages in found.items()
    )


def _not_told(flow: Flow, language: Language) -> Iterator[str]:
    """Goes every way on which nothing was said of it yet."""
    seen: set[str] = set()
    ahead: list[str | None] = [flow.head.start, flow.head.failed]
    while ahead:
        name = ahead.pop()
        node = flow.nodes.get(name) if name is not None else None
        if name is None or node is None or name in seen:
            continue
        seen.add(name)
        if _says(node, language):
            continue
        if isinstance(node, Queue | Voicemail):
            yield name
        if isinstance(node, Menu | Collect | Listen | ErrandNode):
            ahead.append(flow.person)  # "operator", and who is not understood
        if not isinstance(node, Subflow):
            ahead += ways(node)


def _says(node: Node, language: Language) -> bool:
    text = getattr(node, "text", None) or {}
    words = " ".join(phrase.words for phrase in text.get(language, ()))
    if isinstance(node, Voicemail) and _MESSAGE[language].search(words):
        return True
    return _SAID[language].search(words) is not None
