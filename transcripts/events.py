"""What transcripts tell."""

from collections.abc import Mapping
from dataclasses import dataclass

from kernel.events import Event
from kernel.ids import AgentId, CallId
from telephony.recordings import Side
from transcripts.model import Segment


@dataclass(frozen=True, slots=True, kw_only=True)
class Said(Event):
    """More was heard in a conversation that goes on."""

    call: CallId
    agents: tuple[AgentId, ...]
    """Who talks with the caller now."""
    segments: tuple[Segment, ...]
    """The last ones of this call, in their order."""
    partials: Mapping[Side, str]
    """What the speeches that go on sound like so far."""
    is_live: bool = True
    """Whether both sides are listened to now; else the words come when the call is over."""
