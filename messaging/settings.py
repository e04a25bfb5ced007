"""Limits of messages."""

from pydantic import BaseModel, ConfigDict, Field


class MessagingSettings(BaseModel):
    """What a message may be."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text_max: int = Field(default=500, ge=1, le=2000)
    """Characters; a Chinese SMS has 70, and longer ones are sent and paid for in parts of 67."""
