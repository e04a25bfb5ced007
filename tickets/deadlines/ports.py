"""What deadlines need from other parts; joined in the composition root."""

from collections.abc import Collection
from typing import Protocol

from kernel.ids import StaffId


class Ranks(Protocol):
    """Who is above whom."""

    async def supervisors(self) -> Collection[StaffId]:
        """Everybody who may sign in as a supervisor."""
        ...

    async def admins(self) -> Collection[StaffId]:
        """Everybody who may sign in as an administrator."""
        ...

    async def named(self, name: str) -> StaffId | None:
        """Who signs in by this name, and may."""
        ...
