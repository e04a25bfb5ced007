"""What callers did in a voice menu."""

from dataclasses import dataclass

from kernel.briefs import Words
from kernel.events import Event
from kernel.ids import CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuAnswered(Event):
    """A caller chose an option of a menu; the labels are for the agent's screen."""

    call: CallId
    flow: str
    node: str
    key: str
    said: tuple[Words, ...]
    """All that the caller has chosen in this call, the newest at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerAtNode(Event):
    """A caller has come to a node of a flow where they stay, or is found there again."""

    call: CallId
    flow: str
    node: str
    passed: tuple[tuple[str, str], ...]
    """The nodes to which they came on the way, each with its flow; the last is this one if that is new."""
