"""Neighbours of tickets as tests need them."""

import wave
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.database import Database
from infra.jobs import Jobs
from infra.outbox import Outbox
from kernel.access import Principal, Role
from kernel.briefs import CallBrief, CustomerBrief
from kernel.ids import CallId, CustomerId, StaffId
from server.installation import EXAMPLE_SITE
from telephony.spool import About, Part
from telephony.spool_folder import SpoolFolder
from tickets.reading.book import Reader
from tickets.reading.rules_file import parse_reading
from tickets.service import Neighbours, Tickets
from tickets.settings import TicketSettings
from tickets.store import TicketStore

LI = Principal(staff_id=StaffId(1), name="li", roles=frozenset({Role.AGENT}))
BOSS = Principal(staff_id=StaffId(2), name="boss", roles=frozenset({Role.SUPERVISOR}))
ZHANG = CustomerBrief(id=CustomerId(5), name="张伟", level="vip")
RULES = parse_reading((EXAMPLE_SITE / "reading.yaml").read_text(encoding="utf-8"))
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
        self.said: dict[CallId, CustomerId] = {}
        """Who callers have said to be."""

    async def customers(self, wanted: Iterable[CustomerId]) -> Mapping[CustomerId, CustomerBrief]:
        return {ZHANG.id: ZHANG} if ZHANG.id in set(wanted) else {}

    async def who_calls(self, call: CallId, number: str) -> CustomerId | None:
        return self.said.get(call) or (ZHANG.id if number == NUMBER else None)

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
            reader=Reader(RULES, lambda: None, timezone="Asia/Shanghai", region="CN"),
        )


CALL = CallId("site1-1795320000.12")
ABOUT = About(caller_number=NUMBER, dialled="4008101234", language="zh")
SECONDS = 3


class Words:
    """A recogniser that knows what was said."""

    def __init__(self, text: str | None = "请尽快回电", failures: int = 0) -> None:
        self.heard: list[tuple[str, str]] = []
        self.lengths_s: list[float] = []
        self.text = text
        self._failures = failures

    async def transcribe(self, path: Path, language: str) -> str | None:
        with wave.open(str(path)) as file:
            self.lengths_s.append(file.getnframes() / file.getframerate())
        self.heard.append((path.name, language))
        if self._failures:
            self._failures -= 1
            raise RuntimeError("识别器崩溃")
        return self.text


LEFT_AT = datetime(2026, 11, 22, 0, 30, tzinfo=UTC)


def leave(
    site: Site, call: str = CALL, *, seconds: float = SECONDS, after_s: float = 0, about: About = ABOUT
) -> Part:
    """A part of a message as the telephone side leaves it."""
    part = site.spool.begin(CallId(call), about, LEFT_AT + timedelta(seconds=after_s))
    with wave.open(str(site.spool.recording(part)), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(b"\x01\x02" * int(seconds * 8_000))
    return part
