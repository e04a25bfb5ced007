"""Limits and habits about customers."""

from pydantic import BaseModel, ConfigDict, Field


class CustomerSettings(BaseModel):
    """How numbers are read, and how much is shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home_region: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    """The country whose way of writing numbers is assumed: those of customers, those that are looked for, and
    those of callers by a trunk that says nothing of its own."""
    area_code: str = Field(default="", pattern=r"^0?[0-9]{0,5}$")
    """Put before such numbers of seven or eight digits that are written without one, such as 010."""
    last_calls_max: int = Field(default=20, ge=1)
    """Calls in a customer's history."""
    tickets_max: int = Field(default=50, ge=1)
    """Tickets in a customer's history."""
