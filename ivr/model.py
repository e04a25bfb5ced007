"""Words of voice menus: flows as data, exactly as their YAML spells them."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from pydantic import Field

from ivr.errand_nodes import ErrandNode, into_of
from ivr.names import Name, Variable, VariableName
from ivr.nodes import Collect, Goto, Listen, Node, Queue, Return, Set, Subflow, Transfer, ways
from ivr.words import LANGUAGES, Language, Part

DIGEST_CHARACTERS = 16


def digest_of(text: str) -> str:
    """A short hash of a flow's text."""
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGEST_CHARACTERS]


def pin_of(digests: Mapping[str, str]) -> str:
    """A short hash of a set of flows, each with its text's own: what a call carries of it."""
    return digest_of("\n".join(f"{name} {digest}" for name, digest in sorted(digests.items())))


class FlowHead(Part):
    """What a flow says of itself, apart from its nodes."""

    start: Name
    languages: tuple[Language, ...] = Field(default=LANGUAGES, min_length=1)
    language: Language = "zh"
    """What a caller hears whose language is not known."""
    failed: Name | None = None
    """Where callers go on whom a node fails; by itself to the flow's first queue."""
    hangup: Name | None = None
    """Where the flow goes on when a caller hangs up of whom nothing has become; nobody hears it."""
    variables: dict[VariableName, Variable] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A voice menu."""

    name: str
    head: FlowHead
    nodes: Mapping[str, Node]
    text: str = ""
    """As it is written."""

    @property
    def digest(self) -> str:
        """By which the text is told from others."""
        return digest_of(self.text)

    @property
    def person(self) -> str | None:
        """The node for callers who cannot be served otherwise: the first queue of the file."""
        return next((name for name, node in self.nodes.items() if isinstance(node, Queue)), None)

    @property
    def changing(self) -> frozenset[str]:
        """The variables whose values differ from call to call."""
        set_ = (name for node in self.nodes.values() if isinstance(node, Set) for name in node.values)
        typed = (node.into for node in self.nodes.values() if isinstance(node, Collect | Listen))
        errands = (node for node in self.nodes.values() if isinstance(node, ErrandNode))
        brought = (name for node in errands for name in into_of(node))
        return frozenset((*set_, *typed, *brought))

    def offers_person(self, start: str) -> bool:
        """Whether callers at this node may still come to a queue, as the flow writes it."""
        seen: set[str] = set()
        ahead = [start]
        while ahead:
            name = ahead.pop()
            node = self.nodes.get(name)
            is_elsewhere = isinstance(node, Subflow | Return) or (isinstance(node, Goto) and node.flow)
            if isinstance(node, Queue | Transfer) or is_elsewhere:
                return True  # In another flow they may.
            if node is not None and name not in seen:
                seen.add(name)
                ahead += ways(node)
        return False
