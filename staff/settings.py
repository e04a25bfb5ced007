"""Limits of sign-in."""

from pydantic import BaseModel, ConfigDict, Field


class StaffSettings(BaseModel):
    """How hard passwords are to guess, and how long a session lives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    password_characters_min: int = Field(default=8, ge=8)
    hash_memory_kib: int = Field(default=47_104, ge=8)
    """Memory that each argon2 hash takes; more costs an attacker more."""
    hash_rounds: int = Field(default=1, ge=1)
    hashes_at_once: int = Field(default=2, ge=1)
    """Further sign-ins wait, so that a flood of them takes neither memory nor all processors."""
    attempts_window_s: float = Field(default=900.0, gt=0)
    """Wrong passwords count for this long."""
    attempts_per_account_max: int = Field(default=10, ge=1)
    attempts_per_address_max: int = Field(default=50, ge=1)
    """Higher than for an account: a whole office may come from one address."""
    session_idle_s: float = Field(default=3_600.0, gt=0)
    """A session that nobody used for this long is over; an open page uses it."""
    session_absolute_s: float = Field(default=57_600.0, gt=0)
    """A session is over after this time even when it is used."""
    session_touch_s: float = Field(default=60.0, gt=0)
    """How exactly the last use of a session is kept."""
