"""Signing in and out. Only the browser has a session's token; we keep its hash."""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass, replace
from datetime import timedelta

import structlog

from kernel.clock import Clock
from staff.errors import AccountDisabled, TooManyAttempts, WrongPassword
from staff.model import AuditEntry, SignedIn
from staff.passwords import Passwords
from staff.settings import StaffSettings
from staff.store import StaffStore

log = structlog.get_logger(__name__)

TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """Sessions of people who proved who they are."""

    store: StaffStore
    passwords: Passwords
    clock: Clock
    settings: StaffSettings

    async def sign_in(self, name: str, password: str, *, address: str) -> tuple[str, SignedIn]:
        """A new session's token and person; refuses a wrong name or password alike."""
        if not name.isprintable():
            raise WrongPassword("no account has such a name")
        entry = AuditEntry(
            at=self.clock.now(), staff_id=None, action="", subject=name[:64], address=address[:64]
        )
        attempt = await self._begin(entry)
        found = await self.store.find_for_sign_in(name)
        account, hashed = found or (None, None)
        if not await self.passwords.matches(hashed, password) or account is None or hashed is None:
            await self.store.note(replace(entry, action="sign_in_refused"))
            raise WrongPassword("name or password is wrong")
        if not account.profile.is_active:
            await self.store.note(replace(entry, action="sign_in_refused"))
            raise AccountDisabled("the account is disabled")
        if self.passwords.is_outdated(hashed):
            await self.store.replace_hash(account.id, await self.passwords.hash(password))
        token = secrets.token_urlsafe(TOKEN_BYTES)
        signed_in = replace(entry, action="signed_in", staff_id=account.id)
        await self.store.open_session(_hash(token), account.id, attempt, signed_in)
        return token, SignedIn(account)

    async def find(self, token: str) -> SignedIn | None:
        """The person of a session, or None when it is unknown or over."""
        now = self.clock.now()
        found = await self.store.find_session(
            _hash(token),
            started_after=now - timedelta(seconds=self.settings.session_absolute_s),
            used_after=now - timedelta(seconds=self.settings.session_idle_s),
        )
        if found is None:
            return None
        account, used_at = found
        if (now - used_at).total_seconds() >= self.settings.session_touch_s:
            await self.store.touch_session(_hash(token), now)
        return SignedIn(account)

    async def sign_out(self, token: str) -> None:
        """Ends the session; harmless when it is over."""
        await self.store.end_session(_hash(token), self.clock.now())

    async def forget_old(self) -> None:
        """Deletes sessions that are over."""
        now = self.clock.now()
        await self.store.forget_sessions(
            started_before=now - timedelta(seconds=self.settings.session_absolute_s),
            used_before=now - timedelta(seconds=self.settings.session_idle_s),
        )

    async def keep_tidy(self) -> None:
        """Deletes sessions that are over, every so often; to run in the background."""
        while True:
            try:
                await self.forget_old()
            except Exception:
                log.exception("old sessions cannot be deleted")
            await asyncio.sleep(self.settings.session_idle_s)

    async def _begin(self, entry: AuditEntry) -> int:
        try:
            return await self.store.begin_attempt(
                entry,
                since=entry.at - timedelta(seconds=self.settings.attempts_window_s),
                per_account_max=self.settings.attempts_per_account_max,
                per_address_max=self.settings.attempts_per_address_max,
            )
        except TooManyAttempts:
            await self.store.note(replace(entry, action="sign_in_blocked"))
            raise


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
