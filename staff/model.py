"""Accounts and sessions."""

from dataclasses import dataclass
from datetime import datetime

from kernel.access import Principal, Role
from kernel.ids import StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What is known of a person, and may be changed."""

    name: str
    """For signing in."""
    display_name: str
    number: str
    """The agent's number as colleagues and customers know it; "" for who takes no calls."""
    language: str
    """Of their pages: zh or en."""
    timezone: str
    """An IANA name."""
    roles: frozenset[Role]
    is_active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A person who works here."""

    id: StaffId
    profile: Profile
    created_at: datetime
    sessions_ended_at: datetime | None = None
    """When all sessions of before were ended, by a new password, a lock, or an administrator."""

    @property
    def principal(self) -> Principal:
        """Who it is and what they may."""
        return Principal(staff_id=self.id, name=self.profile.name, roles=self.profile.roles)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A valid session's person."""

    account: Account

    @property
    def principal(self) -> Principal:
        """Who it is and what they may."""
        return self.account.principal

    @property
    def display_name(self) -> str:
        """What colleagues call them."""
        return self.account.profile.display_name

    @property
    def number(self) -> str:
        """Their number, or ""."""
        return self.account.profile.number

    @property
    def language(self) -> str:
        """The language of their pages: zh or en."""
        return self.account.profile.language

    @property
    def timezone(self) -> str:
        """An IANA name."""
        return self.account.profile.timezone


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """Who did what to what, and when."""

    at: datetime
    staff_id: StaffId | None
    """Nobody when a sign-in was refused, and where a rule did it."""
    action: str
    subject: str
    address: str = ""
