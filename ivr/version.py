"""Words of flows that are written, published and brought back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from kernel.ids import StaffId

Origin = Literal["file", "page", "command", "rollback"]
"""How a version came: by a file changed by hand, the browser, the command, or brought back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What a flow said from some moment on. It never changes."""

    flow: str
    number: int
    """From 1 for each flow."""
    digest: str
    origin: Origin
    staff: StaffId | None
    """Who published it; nobody that is known where a file was changed, or the command line used."""
    comment: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody writes that is not published yet; each flow has at most one."""

    flow: str
    text: str
    revision: int
    """One more with each saving, so that nobody saves over what they have not seen."""
    based_on: str
    """Digest of the published text from which it was begun; "" where there was none."""
    staff: StaffId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """What is to become a version, and why."""

    flow: str
    text: str
    origin: Origin
    staff: StaffId | None
    comment: str
