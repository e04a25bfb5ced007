"""Accounts: who works here, and the trail of who did what."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel.clock import Clock
from kernel.ids import StaffId
from staff.errors import WeakPassword
from staff.model import Account, AuditEntry, Profile
from staff.passwords import Passwords
from staff.settings import StaffSettings
from staff.store import StaffStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Makes, changes and lists accounts. Whose right that is, the routes say."""

    store: StaffStore
    passwords: Passwords
    clock: Clock
    settings: StaffSettings

    async def create(self, profile: Profile, password: str, *, by: StaffId | None) -> Account:
        """A new account; `by` is nobody when the site is set up, or the command line did it."""
        self._check(password, profile.name)
        hashed = await self.passwords.hash(password)
        return await self.store.create(profile, hashed, self._entry(by, "account_created", profile.name))

    async def change(
        self, staff: StaffId, changes: dict[str, Any], password: str | None, *, by: StaffId | None
    ) -> Account:
        """Changes what is named; a new password or a lock ends the person's sessions.

        `by` is nobody where the command line did it.
        """
        name = (await self.store.get(staff)).profile.name
        if password is not None:
            self._check(password, name)
        hashed = await self.passwords.hash(password) if password is not None else None
        what = ", ".join(sorted([*changes, *(["password"] if password else [])]))
        entry = self._entry(by, "account_changed", f"{name}: {what}")
        return await self.store.change(staff, changes, hashed, entry)

    async def change_language(self, staff: StaffId, language: str) -> None:
        """A person chose the language of their own pages: zh or en."""
        await self.change(staff, {"language": language}, None, by=staff)

    async def sign_out_everywhere(self, staff: StaffId, *, by: StaffId) -> None:
        """Ends all sessions of a person."""
        account = await self.store.get(staff)
        await self.store.end_sessions_of(staff, self._entry(by, "sessions_ended", account.profile.name))

    async def get(self, staff: StaffId) -> Account:
        """One account; raises `NotFound`."""
        return await self.store.get(staff)

    async def all(self) -> list[Account]:
        """Everybody, by name."""
        return await self.store.all()

    async def has_password(self, name: str, password: str) -> bool:
        """Whether this is the account's password, as the first day's list of sign-ins asks."""
        found = await self.store.find_for_sign_in(name)
        return found is not None and await self.passwords.matches(found[1], password)

    async def note(self, staff: StaffId | None, action: str, subject: str) -> None:
        """Adds to the trail of who did what, such as who played whose recording; nobody: a rule did it."""
        await self.store.note(self._entry(staff, action, subject))

    async def audit_trail(self, *, limit: int) -> list[AuditEntry]:
        """The newest entries, newest first."""
        return await self.store.audit_trail(limit=limit)

    async def trail_of(self, subject: str, *, since: datetime, limit: int) -> list[AuditEntry]:
        """What was done with one thing since it was there, such as who heard a call, newest first."""
        return await self.store.trail_of(subject, since=since, limit=limit)

    def _entry(self, by: StaffId | None, action: str, subject: str) -> AuditEntry:
        return AuditEntry(at=self.clock.now(), staff_id=by, action=action, subject=subject)

    def _check(self, password: str, name: str) -> None:
        if len(password) < self.settings.password_characters_min:
            raise WeakPassword(f"at least {self.settings.password_characters_min} characters")
        if password.casefold() == name.casefold():
            raise WeakPassword("the password is the name")
