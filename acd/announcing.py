"""Words of what callers are told while they wait."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Comfort:
    """A sentence for callers who wait, in both languages."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcing:
    """What callers are told while they wait, between the music."""

    every_s: float
    first_s: float
    tells_position: bool = True
    tells_wait: bool = True
    comfort: tuple[Comfort, ...] = ()
    """Said in turn, where there is nothing else to be told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What a caller who waits may be told now."""

    announcing: Announcing
    position: int | None
    """From 1; None while others may come to stand before the caller, or order and service differ."""
    expected_s: float | None
    """How much longer; None when it can be too far from what will come true."""
