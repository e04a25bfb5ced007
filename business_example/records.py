"""The company's records in their database."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

PHONE_DIGITS = 11
_TABLES = """
CREATE TABLE IF NOT EXISTS orders (
    number TEXT PRIMARY KEY, phone TEXT NOT NULL, goods TEXT NOT NULL, price TEXT NOT NULL,
    state TEXT NOT NULL, ordered_on TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS deliveries (
    number TEXT PRIMARY KEY REFERENCES orders (number), carrier TEXT NOT NULL, arrives_on TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS warranties (
    serial TEXT PRIMARY KEY, model TEXT NOT NULL, sold_on TEXT NOT NULL, ends_on TEXT NOT NULL
);
"""
STATES = {
    "paid": {"zh": "已付款，正在备货", "en": "is paid and being packed"},
    "shipped": {"zh": "已发货，正在配送", "en": "is on its way"},
    "delivered": {"zh": "已签收", "en": "has been delivered"},
    "returned": {"zh": "已退货，退款处理中", "en": "came back, and the refund is being made"},
}
_ORDERS = (
    ("60010001", "13812345678", "海蓝滚筒洗衣机", "3299.00", "shipped", -3, ("顺丰速运", 2)),
    ("60010002", "13812345678", "洗衣机底座", "89.90", "delivered", -20, ("中通快递", -16)),
    ("60010003", "13987654321", "海蓝双门冰箱", "2599.00", "paid", -1, None),
    ("60010004", "13700001234", "海蓝壁挂空调", "1999.00", "returned", -12, ("京东物流", -9)),
)
_WARRANTIES = (("88001234", "海蓝滚筒洗衣机", -200), ("88005678", "海蓝壁挂空调", -1200))
WARRANTY_DAYS = 3 * 365


class Records:
    """Reads what customers ask about; makes an example of it where there is none."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def prepare(self, today: date) -> None:
        """Tables, and on the first start the example's rows, as of that day."""
        with self._open() as database:
            database.executescript(_TABLES)
            if not database.execute("SELECT 1 FROM orders").fetchone():
                _fill(database, today)
            database.commit()

    def order(self, number: str, phone: str) -> dict[str, Any] | None:
        """An order of whose phone that is; None for everybody else's."""
        with self._open() as database:
            row = database.execute("SELECT * FROM orders WHERE number = ?", (number,)).fetchone()
            if row is None or not phone or phone[-PHONE_DIGITS:] != row["phone"]:
                return None
            found = dict(row)
            found["state"] = {"code": row["state"], **STATES[row["state"]]}
            found["price"] = float(row["price"])
            found["delivery"] = _row(database, "SELECT * FROM deliveries WHERE number = ?", number)
            del found["phone"]
            return found

    def delivery(self, number: str) -> dict[str, Any] | None:
        """By whom an order comes, and when."""
        with self._open() as database:
            return _row(database, "SELECT * FROM deliveries WHERE number = ?", number)

    def warranty(self, serial: str, today: date) -> dict[str, Any] | None:
        """Until when the company mends a device for nothing."""
        with self._open() as database:
            found = _row(database, "SELECT * FROM warranties WHERE serial = ?", serial)
        return None if found is None else {**found, "covered": found["ends_on"] >= today.isoformat()}

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._file)) as database:
            database.row_factory = sqlite3.Row
            yield database


def _row(database: sqlite3.Connection, query: str, key: str) -> dict[str, Any] | None:
    row = database.execute(query, (key,)).fetchone()
    return dict(row) if row is not None else None


def _fill(database: sqlite3.Connection, today: date) -> None:
    def day(after: int) -> str:
        return (today + timedelta(days=after)).isoformat()

    for number, phone, goods, price, state, ordered, delivery in _ORDERS:
        database.execute(
            "INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", (number, phone, goods, price, state, day(ordered))
        )
        if delivery is not None:
            carrier, arrives = delivery
            database.execute("INSERT INTO deliveries VALUES (?, ?, ?)", (number, carrier, day(arrives)))
    for serial, model, sold in _WARRANTIES:
        row = (serial, model, day(sold), day(sold + WARRANTY_DAYS))
        database.execute("INSERT INTO warranties VALUES (?, ?, ?, ?)", row)
