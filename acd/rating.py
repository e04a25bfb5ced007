"""What a queue says about rating a conversation; pure values."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class RatingRules:
    """How callers are asked whose agent has hung up."""

    tries: int = 2
    """Wrong keys and silences together."""
    wait_s: float = 6.0
    """Silence after the question."""
    comment_s: float = 0.0
    """How long a spoken comment may be; 0: none is asked for."""
    zh: str = ""
    """The question in the queue's own words; "": in Hotline's."""
    en: str = ""
