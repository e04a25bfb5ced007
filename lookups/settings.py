"""Limits of look-ups in business systems."""

from pydantic import BaseModel, ConfigDict, Field


class LookupSettings(BaseModel):
    """What holds for each look-up, beside what `lookups.yaml` says of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_once_max: int = Field(default=20, ge=1)
    """Questions to one system at a time; further ones fail at once rather than pile up."""
    failures_max: int = Field(default=5, ge=1)
    """After so many failures in a row a system is let rest."""
    rest_s: float = Field(default=30.0, gt=0)
    """Meanwhile look-ups in it fail at once; then one caller tries it, and others follow if it answers."""
