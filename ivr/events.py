"""What callers did in a voice menu."""

from dataclasses import dataclass

from kernel.briefs import Words
from kernel.events import Event
from kernel.ids import CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuAnswered(Event):
    """A caller chose an option of a menu; its label is for the agent's screen."""

    call: CallId
    flow: str
    node: str
    key: str
    label: Words
