"""Versions of flows, drafts, and the sets of flows by which calls go."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from infra.database import BigId, Database, UtcDateTime, metadata
from ivr.model import DIGEST_CHARACTERS, digest_of
from ivr.names import NAME_CHARACTERS_MAX
from ivr.version import Draft, Publication, Version
from ivr.version_errors import DraftChanged
from ivr.visits import Passed, Place
from kernel.ids import StaffId

COMMENT_CHARACTERS_MAX = 500
TRIES_MAX = 5
"""Of a number that another process takes at the same moment."""
UNFINISHED_FOR = timedelta(minutes=5)
"""No publication takes so long: what is older was broken off, and its words are in the draft still."""

version = sa.Table(
    "flow_version",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("flow", sa.String(NAME_CHARACTERS_MAX), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    sa.Column("digest", sa.String(DIGEST_CHARACTERS), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("origin", sa.String(20), nullable=False),
    sa.Column("staff_id", sa.Integer, nullable=True),
    sa.Column("comment", sa.String(COMMENT_CHARACTERS_MAX), nullable=False),
    sa.Column("at", UtcDateTime(), nullable=False),
    sa.Column("is_published", sa.Boolean, nullable=False),
    sa.UniqueConstraint("flow", "number"),
    sa.Index(None, "digest"),
)
"""Not published is one whose file is being written."""
draft = sa.Table(
    "flow_draft",
    metadata,
    sa.Column("flow", sa.String(NAME_CHARACTERS_MAX), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("based_on", sa.String(DIGEST_CHARACTERS), nullable=False),
    sa.Column("staff_id", sa.Integer, nullable=False),
    sa.Column("at", UtcDateTime(), nullable=False),
)
flow_set = sa.Table(
    "flow_set",
    metadata,
    sa.Column("pin", sa.String(DIGEST_CHARACTERS), primary_key=True),
    sa.Column("digests", sa.JSON, nullable=False),
    sa.Column("at", UtcDateTime(), nullable=False),
)
visit = sa.Table(
    "flow_visit",
    metadata,
    sa.Column("day", sa.Date, primary_key=True),
    sa.Column("flow", sa.String(NAME_CHARACTERS_MAX), primary_key=True),
    sa.Column("node", sa.String(NAME_CHARACTERS_MAX), primary_key=True),
    sa.Column("came", sa.Integer, nullable=False),
    sa.Column("hung_up", sa.Integer, nullable=False),
)
"""By the site's own days."""

_SHOWN = [version.c[name] for name in ("flow", "number", "digest", "origin", "staff_id", "comment", "at")]


class FlowStore:
    """Each method is one transaction."""

    def __init__(self, database: Database, *, versions_max: int, sets_max: int) -> None:
        self._database = database
        self._versions_max = versions_max
        self._sets_max = sets_max

    async def note_file(self, flow: str, text: str, at: datetime) -> bool:
        """A file says this now; tells whether that was no version yet. Finishes what was being published."""
        digest = digest_of(text)
        async with self._database.transaction() as connection:
            newest = await _newest(connection, flow)
            if newest is not None and newest.digest == digest:
                return False
            number = newest.number if newest is not None else 0
            pending = sa.select(sa.func.max(version.c.number)).where(
                version.c.flow == flow,
                version.c.digest == digest,
                version.c.is_published.is_(False),
                version.c.number > number,
            )
            if (finished := await connection.scalar(pending)) is not None:
                await _finish(connection, flow, finished)
                done = sa.delete(draft).where(draft.c.flow == flow, draft.c.text == text)
                await connection.execute(done)
                return True
            one = Publication(flow=flow, text=text, origin="file", staff=None, comment="")
            await _add(connection, one, at, is_published=True)
            return True

    async def begin(self, one: Publication, at: datetime) -> int:
        """Keeps what is about to be written into the flow's file; returns its number."""
        for left in reversed(range(TRIES_MAX)):
            try:
                async with self._database.transaction() as connection:
                    await _forget_unfinished(connection, at - UNFINISHED_FOR)
                    return await _add(connection, one, at, is_published=False)
            except IntegrityError:  # another process took the number
                if not left:
                    raise
        raise AssertionError("unreachable")

    async def finish(self, flow: str, number: int, *, draft_revision: int | None) -> None:
        """The file says it now; the draft from which it came is done with, unless somebody wrote on."""
        async with self._database.transaction() as connection:
            await _finish(connection, flow, number)
            if draft_revision is not None:
                done = sa.delete(draft).where(draft.c.flow == flow, draft.c.revision == draft_revision)
                await connection.execute(done)
            too_old = version.c.number <= number - self._versions_max
            await connection.execute(sa.delete(version).where(version.c.flow == flow, too_old))

    async def abandon(self, flow: str, number: int) -> None:
        """The file could not be written."""
        unfinished = (version.c.flow == flow, version.c.number == number, version.c.is_published.is_(False))
        async with self._database.transaction() as connection:
            await connection.execute(sa.delete(version).where(*unfinished))

    async def newest(self, flow: str) -> Version | None:
        """The one that the file says, as far as was noted."""
        async with self._database.reading() as connection:
            return await _newest(connection, flow)

    async def newest_of_all(self) -> Mapping[str, Version]:
        """The same of each flow that ever was."""
        numbers = (
            sa.select(version.c.flow, sa.func.max(version.c.number).label("number"))
            .where(version.c.is_published)
            .group_by(version.c.flow)
            .subquery()
        )
        on = (version.c.flow == numbers.c.flow) & (version.c.number == numbers.c.number)
        async with self._database.reading() as connection:
            rows = await connection.execute(sa.select(*_SHOWN).join(numbers, on))
            return {row.flow: _version(row) for row in rows}

    async def versions(self, flow: str, *, limit: int, before: int | None) -> Sequence[Version]:
        """The newest first; those before a number."""
        query = sa.select(*_SHOWN).where(version.c.flow == flow, version.c.is_published)
        if before is not None:
            query = query.where(version.c.number < before)
        async with self._database.reading() as connection:
            rows = await connection.execute(query.order_by(version.c.number.desc()).limit(limit))
            return [_version(row) for row in rows]

    async def text(self, flow: str, number: int) -> str | None:
        """What a version says; None where there is none of this number."""
        query = sa.select(version.c.text).where(
            version.c.flow == flow, version.c.number == number, version.c.is_published
        )
        async with self._database.reading() as connection:
            return await connection.scalar(query)

    async def draft(self, flow: str) -> Draft | None:
        """What is being written."""
        async with self._database.reading() as connection:
            return await _draft(connection, flow)

    async def drafts(self) -> Mapping[str, Draft]:
        """All that are being written."""
        async with self._database.reading() as connection:
            return {row.flow: _as_draft(row) for row in await connection.execute(sa.select(draft))}

    async def save_draft(self, one: Draft) -> Draft:
        """Saves what follows on the revision before; raises `DraftChanged` where that is not the last."""
        row = {
            "text": one.text,
            "revision": one.revision,
            "based_on": one.based_on,
            "staff_id": one.staff,
            "at": one.at,
        }
        try:
            async with self._database.transaction() as connection:
                if one.revision == 1:
                    await connection.execute(sa.insert(draft).values(flow=one.flow, **row))
                    return one
                changed = await connection.execute(
                    sa.update(draft)
                    .where(draft.c.flow == one.flow, draft.c.revision == one.revision - 1)
                    .values(row)
                )
                if changed.rowcount:
                    return one
        except IntegrityError:
            pass
        raise DraftChanged(one.flow, await self.draft(one.flow))

    async def drop_draft(self, flow: str, revision: int) -> None:
        """Throws a draft away; raises `DraftChanged` where somebody wrote on."""
        async with self._database.transaction() as connection:
            seen = (draft.c.flow == flow, draft.c.revision == revision)
            if (await connection.execute(sa.delete(draft).where(*seen))).rowcount:
                return
            now = await _draft(connection, flow)
        if now is not None:
            raise DraftChanged(flow, now)

    async def keep_set(self, pin: str, digests: Mapping[str, str], at: datetime) -> None:
        """Keeps by which texts calls with this pin go."""
        async with self._database.transaction() as connection:
            await connection.execute(sa.delete(flow_set).where(flow_set.c.pin == pin))
            await connection.execute(sa.insert(flow_set).values(pin=pin, digests=dict(digests), at=at))
            newest = sa.select(flow_set.c.pin).order_by(flow_set.c.at.desc()).limit(self._sets_max)
            await connection.execute(sa.delete(flow_set).where(flow_set.c.pin.not_in(newest)))

    async def add_visits(self, day: date, counted: Mapping[Place, Passed], *, forget_before: date) -> None:
        """Adds what was counted in flows on a day."""
        async with self._database.transaction() as connection:
            for (flow, node), passed in counted.items():
                here = {"day": day, "flow": flow, "node": node}
                more = {"came": visit.c.came + passed.came, "hung_up": visit.c.hung_up + passed.hung_up}
                known = sa.update(visit).where(*(visit.c[name] == value for name, value in here.items()))
                if not (await connection.execute(known.values(more))).rowcount:
                    first = {**here, "came": passed.came, "hung_up": passed.hung_up}
                    await connection.execute(sa.insert(visit).values(first))
            await connection.execute(sa.delete(visit).where(visit.c.day < forget_before))

    async def visits_of(self, day: date) -> Mapping[Place, Passed]:
        """All that was counted on a day."""
        async with self._database.reading() as connection:
            rows = await connection.execute(sa.select(visit).where(visit.c.day == day))
            return {(row.flow, row.node): Passed(came=row.came, hung_up=row.hung_up) for row in rows}

    async def texts_of(self, pin: str) -> Mapping[str, str] | None:
        """The text of each flow of a set; None if it is not kept (any more)."""
        async with self._database.reading() as connection:
            digests = await connection.scalar(sa.select(flow_set.c.digests).where(flow_set.c.pin == pin))
            if digests is None:
                return None
            query = sa.select(version.c.flow, version.c.digest, version.c.text).where(
                version.c.digest.in_(digests.values())
            )
            found = {(row.flow, row.digest): row.text for row in await connection.execute(query)}
        texts = {name: found.get((name, digest)) for name, digest in digests.items()}
        return {name: text for name, text in texts.items() if text is not None}


async def _newest(connection: AsyncConnection, flow: str) -> Version | None:
    of_flow = sa.select(*_SHOWN).where(version.c.flow == flow, version.c.is_published)
    row = (await connection.execute(of_flow.order_by(version.c.number.desc()).limit(1))).first()
    return _version(row) if row is not None else None


async def _add(connection: AsyncConnection, one: Publication, at: datetime, *, is_published: bool) -> int:
    last = sa.select(sa.func.coalesce(sa.func.max(version.c.number), 0)).where(version.c.flow == one.flow)
    number = int(await connection.scalar(last) or 0) + 1
    row = {
        "flow": one.flow,
        "number": number,
        "digest": digest_of(one.text),
        "text": one.text,
        "origin": one.origin,
        "staff_id": one.staff,
        "comment": one.comment[:COMMENT_CHARACTERS_MAX],
        "at": at,
        "is_published": is_published,
    }
    await connection.execute(sa.insert(version).values(row))
    return number


async def _finish(connection: AsyncConnection, flow: str, number: int) -> None:
    this = (version.c.flow == flow, version.c.number == number)
    await connection.execute(sa.update(version).where(*this).values(is_published=True))


async def _forget_unfinished(connection: AsyncConnection, before: datetime) -> None:
    broken_off = (version.c.is_published.is_(False), version.c.at < before)
    await connection.execute(sa.delete(version).where(*broken_off))


async def _draft(connection: AsyncConnection, flow: str) -> Draft | None:
    row = (await connection.execute(sa.select(draft).where(draft.c.flow == flow))).first()
    return _as_draft(row) if row is not None else None


def _as_draft(row: Any) -> Draft:
    return Draft(
        flow=row.flow,
        text=row.text,
        revision=row.revision,
        based_on=row.based_on,
        staff=StaffId(row.staff_id),
        at=row.at,
    )


def _version(row: Any) -> Version:
    return Version(
        flow=row.flow,
        number=row.number,
        digest=row.digest,
        origin=row.origin,
        staff=StaffId(row.staff_id) if row.staff_id is not None else None,
        comment=row.comment,
        at=row.at,
    )
