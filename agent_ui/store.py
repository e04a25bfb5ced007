"""The phones that are given out, kept so that a restart of the server costs nobody their phone."""

from dataclasses import asdict

import sqlalchemy as sa
import structlog

from agent_ui.desk_phones import DeskPhone
from agent_ui.phone_engine import Phone, PhoneKind, Plan
from infra.database import Database, UtcDateTime, metadata
from infra.sealed import Seal, SealBroken
from kernel.ids import AgentId, DeviceId, StaffId
from telephony.model import Device, DeviceSecret

log = structlog.get_logger(__name__)

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
    sa.Column("is_lasting", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("plan", sa.JSON),
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
            is_lasting=values["is_lasting"],
        ),
        secret=DeviceSecret(username=values["username"], realm=values["realm"], ha1=values["ha1"]),
        taken_at=values["taken_at"],
        provided_boot=values["provided_boot"],
        plan=_plan(values["plan"]),
    )


def _plan(kept: dict[str, str] | None) -> Plan | None:
    if kept is None:
        return None
    where = {name: value for name, value in kept.items() if name != "kind"}
    return Plan(kind=PhoneKind(kept["kind"]), **where)


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
        "is_lasting": phone.device.is_lasting,
        "plan": asdict(phone.plan) if phone.plan else None,
    }


desk_phones = sa.Table(
    "desk_phone",
    metadata,
    sa.Column("staff_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("username", sa.String(80), nullable=False, unique=True),
    sa.Column("realm", sa.String(80), nullable=False),
    sa.Column("sealed_ha1", sa.String(255), nullable=False),
    sa.Column("is_encrypted", sa.Boolean, nullable=False),
    sa.Column("is_chosen", sa.Boolean, nullable=False),
    sa.Column("made_at", UtcDateTime, nullable=False),
)


class DeskPhoneStore:
    """Desk phones in the database; what they prove themselves with is sealed."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def all(self) -> list[DeskPhone]:
        """Everybody's; those whose secret cannot be read any more must be renewed, and are left out."""
        async with self._database.reading() as connection:
            rows = await connection.execute(sa.select(desk_phones).order_by(desk_phones.c.staff_id))
            return [phone for row in rows.mappings() if (phone := self._phone(row)) is not None]

    async def save(self, phone: DeskPhone) -> None:
        """Keeps it, in place of the person's earlier one."""
        values = {
            "staff_id": phone.staff,
            "username": phone.secret.username,
            "realm": phone.secret.realm,
            "sealed_ha1": self._seal.close(phone.secret.ha1),
            "is_encrypted": phone.device.is_encrypted,
            "is_chosen": phone.is_chosen,
            "made_at": phone.made_at,
        }
        async with self._database.transaction() as connection:
            await connection.execute(sa.delete(desk_phones).where(desk_phones.c.staff_id == phone.staff))
            await connection.execute(sa.insert(desk_phones).values(values))

    async def delete(self, staff: StaffId) -> None:
        """Forgets the person's."""
        async with self._database.transaction() as connection:
            await connection.execute(sa.delete(desk_phones).where(desk_phones.c.staff_id == staff))

    def _phone(self, row: sa.RowMapping) -> DeskPhone | None:
        staff, name = StaffId(row["staff_id"]), row["username"]
        try:
            ha1 = self._seal.open(row["sealed_ha1"])
        except SealBroken as error:
            log.error("a desk phone must be renewed", staff=staff, reason=str(error))  # noqa: TRY400 - its words say all
            return None
        return DeskPhone(
            staff=staff,
            device=Device(
                id=DeviceId(name),
                agent=AgentId(staff),
                is_browser=False,
                is_lasting=True,
                is_encrypted=row["is_encrypted"],
            ),
            secret=DeviceSecret(username=name, realm=row["realm"], ha1=ha1),
            made_at=row["made_at"],
            is_chosen=row["is_chosen"],
        )
