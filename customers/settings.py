"""Limits and habits about customers."""

from typing import Annotated

import phonenumbers
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from kernel.written import matching


def _region(code: str) -> str:
    if code not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("this has to be a country in two capital letters, such as CN")
    return code


class CustomerSettings(BaseModel):
    """How numbers are read, and how much is shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home_region: Annotated[str, AfterValidator(_region)] = "CN"
    """The country whose way of writing numbers is assumed: those of customers, those that are looked for, and
    those of callers by a trunk that says nothing of its own."""
    area_code: Annotated[str, matching(r"0?[0-9]{0,5}", "an area code of digits, such as 010")] = ""
    """Put before such numbers of seven or eight digits that are written without one, such as 010."""
    regions_every_s: float = Field(default=1.0, gt=0)
    """How often it is looked whether the site's regions were changed."""
    areas_answer_max_s: float = Field(default=0.5, gt=0)
    """How long a caller's line waits for the areas of numbers while they are being loaded after a start."""
    identify_tries_max: int = Field(default=5, ge=1, le=100)
    """Wrong member numbers, or wrong proofs, in one call, from one number, or for one member number, within
    the hours below; then nobody is known by it, whatever is typed."""
    identify_tries_hours: float = Field(default=24.0, gt=0, le=720)
    language_kept_days: float = Field(default=365.0, gt=0, le=3650)
    """How long the language counts that a caller chose the last time; then it is forgotten."""
    last_calls_max: int = Field(default=20, ge=1)
    """Calls in a customer's history."""
    tickets_max: int = Field(default=50, ge=1)
    """Tickets in a customer's history."""
