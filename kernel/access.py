"""Who acts: roles, and the person signed in."""

from dataclasses import dataclass
from enum import StrEnum

from kernel.ids import StaffId


class Role(StrEnum):
    """What a person may do here; a person can have several."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The person behind a request, as the server knows them (never as the browser says)."""

    staff_id: StaffId
    name: str
    roles: frozenset[Role]

    def has(self, role: Role) -> bool:
        """Whether this person acts in the role; an admin may all that a supervisor may."""
        return role in self.roles or (role is Role.SUPERVISOR and Role.ADMIN in self.roles)
