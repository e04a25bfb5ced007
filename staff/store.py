"""Accounts, sessions, attempts to sign in, and the audit trail in the database."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database import BigId, Database, UtcDateTime, metadata
from kernel.access import Role
from kernel.errors import NotFound
from kernel.ids import StaffId
from staff.errors import ExtensionTaken, LastAdmin, NameTaken, TooManyAttempts
from staff.model import Account, AuditEntry, Profile

accounts = sa.Table(
    "staff",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),
    sa.Column("display_name", sa.String(80), nullable=False),
    sa.Column("number", sa.String(20), nullable=False),
    sa.Column("language", sa.String(10), nullable=False),
    sa.Column("timezone", sa.String(64), nullable=False),
    sa.Column("roles", sa.JSON, nullable=False),
    sa.Column("is_active", sa.Boolean, nullable=False),
    sa.Column("password_hash", sa.String(255), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("sessions_ended_at", UtcDateTime),
)

sessions = sa.Table(
    "session",
    metadata,
    sa.Column("token_hash", sa.String(64), primary_key=True),
    sa.Column("staff_id", sa.ForeignKey(accounts.c.id), nullable=False, index=True),
    sa.Column("started_at", UtcDateTime, nullable=False),
    sa.Column("used_at", UtcDateTime, nullable=False),
)

attempts = sa.Table(
    "sign_in_attempt",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, index=True),
    sa.Column("address", sa.String(64), nullable=False, index=True),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
)

audit = sa.Table(
    "audit",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
    sa.Column("staff_id", sa.BigInteger),
    sa.Column("action", sa.String(60), nullable=False),
    sa.Column("subject", sa.String(200), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
)

ATTEMPTS_LOCK = 4_685_464
"""PostgreSQL's number for counting attempts to sign in."""
NUMBERS_LOCK = 4_685_465
"""The same for giving out numbers."""


# Asked for every open page every few seconds, hence put together only once.
_SESSION = (
    sa.select(accounts, sessions.c.used_at)
    .join(sessions)
    .where(
        sessions.c.token_hash == sa.bindparam("token_hash"),
        sessions.c.started_at > sa.bindparam("started_after"),
        sessions.c.used_at > sa.bindparam("used_after"),
        accounts.c.is_active,
    )
)


class StaffStore:
    """Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, profile: Profile, password_hash: str, entry: AuditEntry) -> Account:
        """A new account; raises `NameTaken`, and `ExtensionTaken` for a colleague's number."""
        values = {**_values(profile), "password_hash": password_hash, "created_at": entry.at}
        try:
            async with self._database.transaction() as connection:
                created = await connection.execute(accounts.insert().values(values).returning(accounts.c.id))
                staff = StaffId(created.scalar_one())
                await _refuse_taken_number(connection, staff, profile)
                await connection.execute(audit.insert().values(_audited(entry)))
        except IntegrityError as error:
            raise NameTaken(f"the name {profile.name} is taken") from error
        return Account(id=staff, profile=profile, created_at=entry.at)

    async def change(
        self, staff: StaffId, changes: Mapping[str, Any], password_hash: str | None, entry: AuditEntry
    ) -> Account:
        """Changes what is named, and the password if one is given; that, or a lock, ends the sessions.

        What is not named stays as it is at this moment: an account that was read before, and written back
        as a whole, would undo a lock of meanwhile.
        """
        async with self._database.transaction() as connection:
            before = await _found(connection, sa.select(accounts).with_for_update(), staff)
            profile = replace(before.profile, **changes)
            values = {name: value for name, value in _values(profile).items() if name in changes}
            values |= {"password_hash": password_hash} if password_hash else {}
            if values:
                await connection.execute(accounts.update().where(accounts.c.id == staff).values(values))
            await _require_an_admin(connection)
            if _claims_number(before.profile, profile):
                await _refuse_taken_number(connection, staff, profile)
            if password_hash or not profile.is_active:
                await _end_sessions(connection, staff, entry.at)
            await connection.execute(audit.insert().values(_audited(entry)))
        return replace(before, profile=profile)

    async def get(self, staff: StaffId) -> Account:
        """One account; raises `NotFound`."""
        async with self._database.reading() as connection:
            return await _found(connection, sa.select(accounts), staff)

    async def all(self) -> list[Account]:
        """Everybody, by name."""
        async with self._database.reading() as connection:
            rows = await connection.execute(sa.select(accounts).order_by(accounts.c.name))
            return [_account(row) for row in rows.mappings()]

    async def find_for_sign_in(self, name: str) -> tuple[Account, str] | None:
        """The account with this name, and its password's hash."""
        async with self._database.reading() as connection:
            row = (
                (await connection.execute(sa.select(accounts).where(accounts.c.name == name)))
                .mappings()
                .first()
            )
        return (_account(row), row["password_hash"]) if row else None

    async def replace_hash(self, staff: StaffId, password_hash: str) -> None:
        """The same password, hashed anew."""
        async with self._database.transaction() as connection:
            await connection.execute(
                accounts.update().where(accounts.c.id == staff).values(password_hash=password_hash)
            )

    async def begin_attempt(
        self, attempt: AuditEntry, *, since: datetime, per_account_max: int, per_address_max: int
    ) -> int:
        """Counts an attempt before its password is looked at, so that many at once are counted too."""
        async with self._database.transaction() as connection:
            await _one_at_a_time(connection, ATTEMPTS_LOCK)
            await connection.execute(attempts.delete().where(attempts.c.at < since))
            blocking = [
                await _blocking(connection, attempts.c.name == attempt.subject, per_account_max),
                await _blocking(connection, attempts.c.address == attempt.address, per_address_max),
            ]
            if made_at := max(filter(None, blocking), default=None):
                # In whole seconds, and rather one too many: at that moment it must be true.
                left_s = int((made_at - since).total_seconds()) + 1
                raise TooManyAttempts("too many attempts; wait and try again", after_s=left_s)
            added = await connection.execute(
                attempts.insert()
                .values(name=attempt.subject, address=attempt.address, at=attempt.at)
                .returning(attempts.c.id)
            )
            return int(added.scalar_one())

    async def open_session(self, token_hash: str, staff: StaffId, attempt: int, entry: AuditEntry) -> None:
        """A session for a right password; its attempt counts no longer."""
        async with self._database.transaction() as connection:
            await connection.execute(attempts.delete().where(attempts.c.id == attempt))
            await connection.execute(
                sessions.insert().values(
                    token_hash=token_hash, staff_id=staff, started_at=entry.at, used_at=entry.at
                )
            )
            await connection.execute(audit.insert().values(_audited(entry)))

    async def find_session(
        self, token_hash: str, *, started_after: datetime, used_after: datetime
    ) -> tuple[Account, datetime] | None:
        """The person of a session that is not over, and when it was last used."""
        asked = {"token_hash": token_hash, "started_after": started_after, "used_after": used_after}
        async with self._database.reading() as connection:
            row = (await connection.execute(_SESSION, asked)).mappings().first()
        return (_account(row), row["used_at"]) if row else None

    async def touch_session(self, token_hash: str, now: datetime) -> None:
        """The session was used."""
        async with self._database.transaction() as connection:
            await connection.execute(
                sessions.update().where(sessions.c.token_hash == token_hash).values(used_at=now)
            )

    async def end_session(self, token_hash: str, now: datetime) -> None:
        """Ends one session; harmless when it is over."""
        async with self._database.transaction() as connection:
            ended = await connection.execute(
                sessions.delete().where(sessions.c.token_hash == token_hash).returning(sessions.c.staff_id)
            )
            if staff := ended.scalar():
                entry = AuditEntry(at=now, staff_id=staff, action="signed_out", subject="")
                await connection.execute(audit.insert().values(_audited(entry)))

    async def end_sessions_of(self, staff: StaffId, entry: AuditEntry) -> None:
        """Ends all sessions of a person."""
        async with self._database.transaction() as connection:
            await _end_sessions(connection, staff, entry.at)
            await connection.execute(audit.insert().values(_audited(entry)))

    async def forget_sessions(self, *, started_before: datetime, used_before: datetime) -> None:
        """Deletes sessions that are over."""
        over = (sessions.c.started_at <= started_before) | (sessions.c.used_at <= used_before)
        async with self._database.transaction() as connection:
            await connection.execute(sessions.delete().where(over))

    async def note(self, entry: AuditEntry) -> None:
        """Adds to the audit trail."""
        async with self._database.transaction() as connection:
            await connection.execute(audit.insert().values(_audited(entry)))

    async def audit_trail(self, *, limit: int) -> list[AuditEntry]:
        """The newest entries, newest first."""
        async with self._database.reading() as connection:
            rows = await connection.execute(sa.select(audit).order_by(audit.c.id.desc()).limit(limit))
            return [_entry(row) for row in rows.mappings()]

    async def trail_of(self, subject: str, *, since: datetime, limit: int) -> list[AuditEntry]:
        """The newest entries of one thing since then, newest first; its own words may follow its name."""
        own = (audit.c.subject == subject) | audit.c.subject.startswith(f"{subject} ", autoescape=True)
        query = sa.select(audit).where(audit.c.at >= since, own).order_by(audit.c.id.desc()).limit(limit)
        async with self._database.reading() as connection:
            return [_entry(row) for row in (await connection.execute(query)).mappings()]


async def _found(connection: AsyncConnection, chosen: sa.Select[Any], staff: StaffId) -> Account:
    row = (await connection.execute(chosen.where(accounts.c.id == staff))).mappings().first()
    if row is None:
        raise NotFound(f"there is no account {staff}")
    return _account(row)


async def _end_sessions(connection: AsyncConnection, staff: StaffId, at: datetime) -> None:
    await connection.execute(sessions.delete().where(sessions.c.staff_id == staff))
    await connection.execute(accounts.update().where(accounts.c.id == staff).values(sessions_ended_at=at))


async def _one_at_a_time(connection: AsyncConnection, lock: int) -> None:
    """SQLite has one writer anyway; on PostgreSQL two could each miss what the other does."""
    if connection.dialect.name == "postgresql":
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))


def _claims_number(before: Profile, after: Profile) -> bool:
    """Colleagues who have had one number since before this was refused may keep it."""
    return after.number != before.number or (after.is_active and not before.is_active)


async def _refuse_taken_number(connection: AsyncConnection, staff: StaffId, profile: Profile) -> None:
    if not (profile.number and profile.is_active):
        return
    await _one_at_a_time(connection, NUMBERS_LOCK)
    others = sa.select(accounts.c.name).where(
        accounts.c.number == profile.number, accounts.c.is_active, accounts.c.id != staff
    )
    if other := (await connection.execute(others)).scalars().first():
        raise ExtensionTaken(f"the number {profile.number} is taken by {other}")


async def _blocking(
    connection: AsyncConnection, which: sa.ColumnElement[bool], maximum: int
) -> datetime | None:
    """When the attempt was made whose end gives room for another; None where there is room."""
    made = sa.select(attempts.c.at).where(which).order_by(attempts.c.at.desc()).offset(maximum - 1).limit(1)
    return (await connection.execute(made)).scalars().first()


async def _require_an_admin(connection: AsyncConnection) -> None:
    rows = await connection.execute(sa.select(accounts.c.roles).where(accounts.c.is_active).with_for_update())
    if not any(Role.ADMIN in roles for roles in rows.scalars()):
        raise LastAdmin("there must be an active account with the role of admin")


def _values(profile: Profile) -> dict[str, Any]:
    return {
        "name": profile.name,
        "display_name": profile.display_name,
        "number": profile.number,
        "language": profile.language,
        "timezone": profile.timezone,
        "roles": sorted(profile.roles),
        "is_active": profile.is_active,
    }


def _account(row: Mapping[Any, Any]) -> Account:
    profile = Profile(
        name=row["name"],
        display_name=row["display_name"],
        number=row["number"],
        language=row["language"],
        timezone=row["timezone"],
        roles=frozenset(Role(role) for role in row["roles"]),
        is_active=row["is_active"],
    )
    return Account(
        id=StaffId(row["id"]),
        profile=profile,
        created_at=row["created_at"],
        sessions_ended_at=row["sessions_ended_at"],
    )


def _audited(entry: AuditEntry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "staff_id": entry.staff_id,
        "action": entry.action,
        "subject": entry.subject[:200],
        "address": entry.address[:64],
    }


def _entry(row: Mapping[Any, Any]) -> AuditEntry:
    return AuditEntry(
        at=row["at"],
        staff_id=StaffId(row["staff_id"]) if row["staff_id"] is not None else None,
        action=row["action"],
        subject=row["subject"],
        address=row["address"],
    )
