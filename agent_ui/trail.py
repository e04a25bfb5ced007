"""The trail of who did what, as the desk writes it: nothing is done without a trace."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from kernel.errors import HotlineError
from kernel.ids import StaffId


class Trail(Protocol):
    """Who did what."""

    async def note(self, staff: StaffId | None, action: str, subject: str) -> None:
        """Adds to the trail; nobody did what a rule did."""
        ...


@asynccontextmanager
async def noted(trail: Trail, staff: StaffId, action: str, subject: str) -> AsyncIterator[None]:
    """Around what somebody does: written down before, and again with the reason if it failed.

    Where it cannot be written down it is not done; a server that dies in between leaves the trace of what
    was asked for.
    """
    await trail.note(staff, action, subject)
    try:
        yield
    except HotlineError as failure:
        with suppress(HotlineError):
            await trail.note(staff, action, f"{subject} failed: {failure.code}")
        raise
