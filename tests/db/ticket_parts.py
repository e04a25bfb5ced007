"""Neighbours of tickets as tests need them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from kernel.access import Principal, Role
from kernel.briefs import CallBrief, CustomerBrief
from kernel.ids import CallId, CustomerId, StaffId
from telephony.spool_folder import SpoolFolder
from tickets.service import Neighbours, Tickets
from tickets.settings import TicketSettings
from tickets.store import TicketStore

LI = Principal(staff_id=StaffId(1), name="li", roles=frozenset({Role.AGENT}))
BOSS = Principal(staff_id=StaffId(2), name="boss", roles=frozenset({Role.SUPERVISOR}))
ZHANG = CustomerBrief(id=CustomerId(5), name="张伟", level="vip")
NO_CALL = CallId("nosuch")
COLLEAGUES_CALL = CallId("site1-9.9")
NUMBER = "+8613812341234"


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()


class Directory:
    """One customer, two members of staff, and every call that is asked for but one."""

    def __init__(self) -> None:
        self.trail: list[tuple[int, str, str]] = []

    async def customers(self, wanted: Iterable[CustomerId]) -> Mapping[CustomerId, CustomerBrief]:
        return {ZHANG.id: ZHANG} if ZHANG.id in set(wanted) else {}

    async def with_number(self, number: str) -> CustomerId | None:
        return ZHANG.id if number == NUMBER else None

    async def names(self, wanted: Iterable[StaffId]) -> Mapping[StaffId, str]:
        known = {LI.staff_id: "李娜", BOSS.staff_id: "王主任"}
        return {staff: known[staff] for staff in wanted if staff in known}

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        self.trail.append((staff, action, subject))

    async def calls(self, wanted: Sequence[CallId]) -> Sequence[CallBrief]:
        at = datetime(2026, 11, 22, 0, 59, tzinfo=UTC)
        return [CallBrief(call_id=call, at=at, number_shown=NUMBER) for call in wanted if call != NO_CALL]

    async def may_see(self, user: Principal, call: CallId) -> bool:
        return call != NO_CALL and (call != COLLEAGUES_CALL or user.has(Role.SUPERVISOR))


class Site:
    """Tickets on a database, with all that hangs on them."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.clock = Clock()
        self.directory = Directory()
        self.jobs = Jobs(database, self.clock)
        self.outbox = Outbox(self.jobs)
        self.spool_folder = folder / "spool"
        self.spool_folder.mkdir(exist_ok=True)
        self.spool = SpoolFolder(self.spool_folder, min_s=1.0)
        self.tickets = Tickets(
            store=TicketStore(database, self.outbox, self.jobs),
            near=Neighbours(customers=self.directory, staff=self.directory, calls=self.directory),
            clock=self.clock,
            settings=TicketSettings(),
            recordings=folder / "recordings",
        )
