"""What workflows need from other parts; joined in the composition root."""

from typing import Protocol

from kernel.ids import StaffId


class People(Protocol):
    """Who works here."""

    async def named(self, name: str) -> StaffId | None:
        """Who signs in by this name, and may."""
        ...
