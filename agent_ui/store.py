"""The phones that are given out, kept so that a restart of the server costs nobody their phone."""

import sqlalchemy as sa

from agent_ui.phone_engine import Phone
from infra.database import Database, UtcDateTime, metadata
from kernel.ids import AgentId, DeviceId, StaffId
from telephony.model import Device, DeviceSecret

phones = sa.Table(
    "phone",
    metadata,
    sa.Column("staff_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("page", sa.String(64), nullable=False),
    sa.Column("device", sa.String(80), nullable=False),
    sa.Column("is_browser", sa.Boolean, nullable=False),
    sa.Column("username", sa.String(80), nullable=False),
    sa.Column("realm", sa.String(80), nullable=False),
    sa.Column("ha1", sa.String(32), nullable=False),
    sa.Column("provided_boot", sa.String(80), nullable=False),
    sa.Column("taken_at", UtcDateTime),
    sa.Column("number", sa.String(24), nullable=False, server_default=""),
    sa.Column("language", sa.String(10), nullable=False, server_default="zh"),
)


class PhoneStore:
    """The phone book in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[Phone]:
        """Every phone that is signed in."""
        async with self._database.reading() as connection:
            rows = await connection.execute(sa.select(phones).order_by(phones.c.staff_id))
            return [_phone(row) for row in rows]

    async def save(self, phone: Phone) -> None:
        """Keeps it, in place of the person's earlier one."""
        async with self._database.transaction() as connection:
            await connection.execute(sa.delete(phones).where(phones.c.staff_id == phone.staff))
            await connection.execute(sa.insert(phones).values(_values(phone)))

    async def delete(self, staff: StaffId) -> None:
        """Forgets the person's phone."""
        async with self._database.transaction() as connection:
            await connection.execute(sa.delete(phones).where(phones.c.staff_id == staff))


def _phone(row: sa.Row[tuple[object, ...]]) -> Phone:
    values = row._mapping  # noqa: SLF001 - SQLAlchemy's documented name
    staff = values["staff_id"]
    return Phone(
        staff=StaffId(staff),
        page=values["page"],
        device=Device(
            id=DeviceId(values["device"]),
            agent=AgentId(staff),
            is_browser=values["is_browser"],
            number=values["number"],
            language=values["language"],
        ),
        secret=DeviceSecret(username=values["username"], realm=values["realm"], ha1=values["ha1"]),
        taken_at=values["taken_at"],
        provided_boot=values["provided_boot"],
    )


def _values(phone: Phone) -> dict[str, object]:
    return {
        "staff_id": phone.staff,
        "page": phone.page,
        "device": phone.device.id,
        "is_browser": phone.device.is_browser,
        "username": phone.secret.username,
        "realm": phone.secret.realm,
        "ha1": phone.secret.ha1,
        "provided_boot": phone.provided_boot,
        "taken_at": phone.taken_at,
        "number": phone.device.number,
        "language": phone.device.language,
    }
