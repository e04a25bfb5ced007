"""Where callers are sent beside agents and queues."""

from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Somebody at outside numbers, who takes part in one call: an expert, or whoever answers a number."""

    shown: str
    """The expert's name, or the number without its middle."""
    numbers: tuple[str, ...]
    """In E.164, in the order in which they are tried; those before the first were in vain."""
    language: str = "zh"
    """In which they are asked to press the key that takes the call."""


class FlowPlace(NamedTuple):
    """Where in the voice menus a caller is sent."""

    flow: str
    node: str = ""
    """"": where the flow begins."""
