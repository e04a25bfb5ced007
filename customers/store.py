"""Customers in the database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from customers.errors import MemberNumberTaken, NumberTaken
from customers.events import CustomerChanged
from customers.language_store import ChosenLanguages
from customers.model import Customer, KnownBy, Level, Recognised, Record, digits_of
from infra.database import BigId, Database, UtcDateTime, metadata
from infra.outbox import Outbox
from kernel.errors import NotFound
from kernel.ids import CallId, CustomerId

customers = sa.Table(
    "customer",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", sa.String(120), nullable=False, index=True),
    sa.Column("level", sa.String(20), nullable=False),
    sa.Column("language", sa.String(10), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("region", sa.String(80), nullable=False, server_default=""),
    sa.Column("member_number", sa.String(32), nullable=False, server_default=""),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

_HAS_MEMBER_NUMBER = sa.text("member_number != ''")
sa.Index(
    "uq_customer_member_number",
    customers.c.member_number,
    unique=True,
    sqlite_where=_HAS_MEMBER_NUMBER,
    postgresql_where=_HAS_MEMBER_NUMBER,
)

numbers = sa.Table(
    "customer_number",
    metadata,
    sa.Column("number", sa.String(24), primary_key=True),
    sa.Column("customer_id", sa.ForeignKey(customers.c.id, ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
)

identified = sa.Table(
    "identified_caller",
    metadata,
    sa.Column("call_id", sa.String(80), primary_key=True),
    sa.Column("customer_id", sa.ForeignKey(customers.c.id, ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("is_proven", sa.Boolean, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

# Asked for every call, hence put together only once.
_BY_NUMBER = sa.select(customers).join(numbers).where(numbers.c.number == sa.bindparam("number"))
_BY_MEMBER_NUMBER = sa.select(customers).where(
    customers.c.member_number == sa.bindparam("number"), customers.c.member_number != ""
)
_BY_CALL = sa.select(customers).join(identified).where(identified.c.call_id == sa.bindparam("call"))
_IS_PROVEN = sa.select(identified.c.is_proven).where(identified.c.call_id == sa.bindparam("call"))
_BY_NUMBERS = sa.select(customers).where(
    customers.c.id.in_(
        sa.select(numbers.c.customer_id).where(numbers.c.number.in_(sa.bindparam("numbers", expanding=True)))
    )
)
_NUMBERS_OF = (
    sa.select(numbers)
    .where(numbers.c.customer_id.in_(sa.bindparam("customers", expanding=True)))
    .order_by(numbers.c.position)
)


class CustomerStore:
    """Each method is one transaction."""

    def __init__(self, database: Database, outbox: Outbox) -> None:
        self._database = database
        self._outbox = outbox
        self.languages = ChosenLanguages(database=database)

    async def create(self, record: Record, now: datetime) -> Customer:
        """A new customer; raises `NumberTaken`, `MemberNumberTaken`."""
        values = {**_values(record), "created_at": now, "updated_at": now}
        try:
            async with self._database.transaction() as connection:
                created = await connection.execute(
                    customers.insert().values(values).returning(customers.c.id)
                )
                customer = CustomerId(created.scalar_one())
                await _write_numbers(connection, customer, record.numbers)
                await self._outbox.add(connection, CustomerChanged(at=now, customer=customer))
        except IntegrityError as error:
            raise _taken(error) from error
        return Customer(id=customer, record=record)

    async def replace(self, customer: Customer, now: datetime) -> None:
        """Writes the whole record; raises `NumberTaken`, `MemberNumberTaken`."""
        record, customer_id = customer.record, customer.id
        try:
            async with self._database.transaction() as connection:
                await connection.execute(
                    customers.update()
                    .where(customers.c.id == customer_id)
                    .values({**_values(record), "updated_at": now})
                )
                await connection.execute(numbers.delete().where(numbers.c.customer_id == customer_id))
                await _write_numbers(connection, customer_id, record.numbers)
                await self._outbox.add(connection, CustomerChanged(at=now, customer=customer_id))
        except IntegrityError as error:
            raise _taken(error) from error

    async def get(self, customer: CustomerId) -> Customer:
        """One customer; raises `NotFound`."""
        found = await self.get_many([customer])
        if customer not in found:
            raise NotFound(f"there is no customer {customer}")
        return found[customer]

    async def get_many(self, wanted: Iterable[CustomerId]) -> Mapping[CustomerId, Customer]:
        """Those of the customers that exist."""
        query = sa.select(customers).where(customers.c.id.in_(list(wanted)))
        async with self._database.reading() as connection:
            found = await _read(connection, query)
        return {customer.id: customer for customer in found}

    async def find_by_member_number(self, number: str) -> Customer | None:
        """The customer with this member number in its one spelling."""
        async with self._database.reading() as connection:
            found = await _read(connection, _BY_MEMBER_NUMBER, {"number": number})
        return found[0] if found else None

    async def identify(self, call: CallId, customer: CustomerId, now: datetime, *, is_proven: bool) -> None:
        """Who calls has said who they are; what is said last in a call counts."""
        values = {"customer_id": customer, "is_proven": is_proven, "at": now}
        async with self._database.transaction() as connection:
            changed = await connection.execute(
                identified.update().where(identified.c.call_id == call).values(values)
            )
            if not changed.rowcount:
                await connection.execute(identified.insert().values(call_id=call, **values))

    async def identified_in(self, call: CallId) -> Recognised | None:
        """Who has said in this call who they are."""
        async with self._database.reading() as connection:
            is_proven = await connection.scalar(_IS_PROVEN, {"call": call})
            if is_proven is None:
                return None
            found = await _read(connection, _BY_CALL, {"call": call})
        by = KnownBy.PROVEN if is_proven else KnownBy.TYPED
        return Recognised(customer=found[0], by=by) if found else None

    async def find_by_number(self, number: str) -> Customer | None:
        """The customer with this number in its one spelling."""
        async with self._database.reading() as connection:
            found = await _read(connection, _BY_NUMBER, {"number": number})
        return found[0] if found else None

    async def find_by_numbers(self, wanted: Collection[str]) -> Mapping[str, Customer]:
        """The customers with these numbers, each in its one spelling; strangers' are left out."""
        async with self._database.reading() as connection:
            found = await _read(connection, _BY_NUMBERS, {"numbers": list(wanted)})
        return {number: customer for customer in found for number in customer.record.numbers}

    async def search(
        self, text: str, *, spelled: str | None, limit: int, offset: int
    ) -> tuple[list[Customer], int]:
        """Customers whose name, note or number has the text in it, and how many there are."""
        where = _matching(text, spelled)
        found = sa.select(customers).where(where).order_by(customers.c.name, customers.c.id)
        counted = sa.select(sa.func.count()).select_from(customers).where(where)
        async with self._database.reading() as connection:
            total = (await connection.execute(counted)).scalar_one()
            return await _read(connection, found.limit(limit).offset(offset)), total


def _matching(text: str, spelled: str | None) -> sa.ColumnElement[bool]:
    ways = [
        customers.c.name.icontains(text, autoescape=True),
        customers.c.note.icontains(text, autoescape=True),
    ]
    # Without the zeros and the plus that a number begins with in one spelling and not in another.
    digits = digits_of(text).lstrip("+0")
    fits = [numbers.c.number == spelled] if spelled else []
    if len(digits) >= 3:
        fits.append(numbers.c.number.contains(digits))
        ways.append(customers.c.member_number.contains(text.strip(), autoescape=True))
    if fits:
        ways.append(customers.c.id.in_(sa.select(numbers.c.customer_id).where(sa.or_(*fits))))
    return sa.or_(*ways)


def _taken(error: IntegrityError) -> NumberTaken | MemberNumberTaken:
    if "member_number" in str(error.orig):
        return MemberNumberTaken("another customer has this member number")
    return NumberTaken("one of the numbers belongs to another customer")


async def _write_numbers(connection: AsyncConnection, customer: CustomerId, given: Sequence[str]) -> None:
    rows = [
        {"number": number, "customer_id": customer, "position": position}
        for position, number in enumerate(given)
    ]
    if rows:
        await connection.execute(numbers.insert(), rows)


async def _read(
    connection: AsyncConnection, query: sa.Select[Any], parameters: Mapping[str, object] | None = None
) -> list[Customer]:
    rows = (await connection.execute(query, parameters)).mappings().all()
    if not rows:
        return []
    owned = await connection.execute(_NUMBERS_OF, {"customers": [row["id"] for row in rows]})
    by_customer: dict[int, list[str]] = {}
    for number in owned.mappings():
        by_customer.setdefault(number["customer_id"], []).append(number["number"])
    return [_customer(row, by_customer.get(row["id"], [])) for row in rows]


def _values(record: Record) -> dict[str, Any]:
    return {
        "name": record.name,
        "level": record.level,
        "language": record.language,
        "note": record.note,
        "region": record.region,
        "member_number": record.member_number,
    }


def _customer(row: Mapping[Any, Any], owned: Sequence[str]) -> Customer:
    record = Record(
        name=row["name"],
        level=Level(row["level"]),
        language=row["language"],
        note=row["note"],
        region=row["region"],
        member_number=row["member_number"],
        numbers=tuple(owned),
    )
    return Customer(id=CustomerId(row["id"]), record=record)
