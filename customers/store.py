"""Customers in the database."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from customers.errors import NumberTaken
from customers.events import CustomerChanged
from customers.model import Customer, Level, Record, digits_of
from infra.database import BigId, Database, UtcDateTime, metadata
from infra.outbox import Outbox
from kernel.errors import NotFound
from kernel.ids import CustomerId

customers = sa.Table(
    "customer",
    metadata,
    sa.Column("id", BigId, primary_key=True),
    sa.Column("name", sa.String(120), nullable=False, index=True),
    sa.Column("level", sa.String(20), nullable=False),
    sa.Column("language", sa.String(10), nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("region", sa.String(80), nullable=False, server_default=""),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("updated_at", UtcDateTime, nullable=False),
)

numbers = sa.Table(
    "customer_number",
    metadata,
    sa.Column("number", sa.String(24), primary_key=True),
    sa.Column("customer_id", sa.ForeignKey(customers.c.id, ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("position", sa.Integer, nullable=False),
)

# Asked for every call, hence put together only once.
_BY_NUMBER = sa.select(customers).join(numbers).where(numbers.c.number == sa.bindparam("number"))
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

    async def create(self, record: Record, now: datetime) -> Customer:
        """A new customer; raises `NumberTaken`."""
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
            raise NumberTaken("one of the numbers belongs to another customer") from error
        return Customer(id=customer, record=record)

    async def replace(self, customer: Customer, now: datetime) -> None:
        """Writes the whole record; raises `NumberTaken`."""
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
            raise NumberTaken("one of the numbers belongs to another customer") from error

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
    if fits:
        ways.append(customers.c.id.in_(sa.select(numbers.c.customer_id).where(sa.or_(*fits))))
    return sa.or_(*ways)


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
    }


def _customer(row: Mapping[Any, Any], owned: Sequence[str]) -> Customer:
    record = Record(
        name=row["name"],
        level=Level(row["level"]),
        language=row["language"],
        note=row["note"],
        region=row["region"],
        numbers=tuple(owned),
    )
    return Customer(id=CustomerId(row["id"]), record=record)
