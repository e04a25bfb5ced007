"""What the engine is told of by callers' flows, beside queues."""

from dataclasses import dataclass

from acd.model import QueueRequest
from telephony.destinations import Outside


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """A caller's flow wants somebody outside for them; nobody else is rung meanwhile."""

    request: QueueRequest
    """Its queue is the one in whose name they are called, and where the caller waits who loses them."""
    outside: Outside
    """Whose numbers may be called, as who gave the order has found out."""
