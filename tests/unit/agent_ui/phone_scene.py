"""A phone desk with switch, routing and phone book in memory."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic import SecretStr

from acd.events import AgentStateChanged
from acd.model import AgentState
from agent_ui.board import Board
from agent_ui.desk_phones import DeskPhone, DeskPhones, SipPlace
from agent_ui.phone import PhoneDesk
from agent_ui.phone_engine import Phone
from agent_ui.phone_wishes import ChoosePhone, TakePhone
from agent_ui.settings import WebSettings
from infra.tasks import Tasks
from kernel.errors import DatabaseUnavailable
from kernel.ids import AgentId, DeviceId, StaffId
from telephony.errors import SwitchUnavailable
from telephony.events import DeviceRegistered, SwitchConnected
from telephony.model import Device, DeviceSecret, Snapshot
from telephony.settings import IceServer

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LI = StaffId(1)
TURN = IceServer(urls="turn:turn.example", username="desk", credential=SecretStr("geheim"))


@dataclass
class Devices:
    """The part of a switch that keeps devices."""

    known: dict[DeviceId, DeviceSecret] = field(default_factory=dict)
    is_away: bool = False
    refusals: dict[AgentId, int] = field(default_factory=dict)
    """How often the device of an agent is still refused."""
    provided: asyncio.Queue[AgentId] = field(default_factory=asyncio.Queue)

    async def provide(self, device: Device, secret: DeviceSecret) -> None:
        self._reach()
        if left := self.refusals.get(device.agent, 0):
            self.refusals[device.agent] = left - 1
            raise SwitchUnavailable("refused")
        self.known[device.id] = secret
        self.provided.put_nowait(device.agent)

    async def withdraw(self, device: DeviceId) -> None:
        self._reach()
        self.known.pop(device, None)

    def _reach(self) -> None:
        if self.is_away:
            raise SwitchUnavailable("away")


@dataclass
class Heard:
    """What routing hears, in order; `changed` is set at each word."""

    words: list[tuple[str, int]] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def page_lost(self, agent: AgentId) -> None:
        self._note("lost", agent)

    async def page_back(self, agent: AgentId) -> None:
        self._note("back", agent)

    async def has_device(
        self, agent: AgentId, device: DeviceId, *, must_accept: bool = False, rings_at_once: bool = False
    ) -> None:
        assert device.startswith("desk-" if rings_at_once else f"agent-{agent}-")
        self._note("number" if must_accept else "desk phone" if rings_at_once else "device", agent)

    async def has_no_device(self, agent: AgentId) -> None:
        self._note("no device", agent)

    def _note(self, word: str, agent: AgentId) -> None:
        self.words.append((word, agent))
        self.changed.set()


@dataclass
class Pages:
    """A phone book in memory."""

    phones: dict[StaffId, Phone] = field(default_factory=dict)
    is_away: bool = False

    async def all(self) -> list[Phone]:
        return list(self.phones.values())

    async def save(self, phone: Phone) -> None:
        self._reach()
        self.phones[phone.staff] = phone

    async def delete(self, staff: StaffId) -> None:
        self._reach()
        self.phones.pop(staff, None)

    def _reach(self) -> None:
        if self.is_away:
            raise DatabaseUnavailable("away")


@dataclass
class Drawer:
    """Desk phones in memory, what is noted of them, and who may have one."""

    phones: dict[StaffId, DeskPhone] = field(default_factory=dict)
    noted: list[tuple[int, str, str]] = field(default_factory=list)
    people: set[StaffId] = field(default_factory=lambda: {LI})

    async def all(self) -> list[DeskPhone]:
        return list(self.phones.values())

    async def save(self, phone: DeskPhone) -> None:
        self.phones[phone.staff] = phone

    async def delete(self, staff: StaffId) -> None:
        del self.phones[staff]

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        self.noted.append((staff, action, subject))

    async def agents(self) -> set[StaffId]:
        return self.people


@dataclass
class Scene:
    """One phone desk with all around it."""

    tasks: Tasks
    switch: Devices = field(default_factory=Devices)
    heard: Heard = field(default_factory=Heard)
    book: Pages = field(default_factory=Pages)
    board: Board = field(default_factory=lambda: Board(backlog_keys_max=10))
    time: datetime = NOW
    drawer: Drawer = field(default_factory=Drawer)
    tls_port: int | None = None

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def desk_phones(self) -> DeskPhones:
        return DeskPhones(
            switch=self.switch,  # type: ignore[arg-type]  # the part of it that is used
            shelf=self.drawer,
            board=self.board,
            trail=self.drawer,
            people=self.drawer,
            tasks=self.tasks,
            clock=self,
            settings=WebSettings(provide_retry_s=0.01),
            place=SipPlace(address="pbx.example", port=5060, tls_port=self.tls_port, is_loopback=False),
        )

    def desk(
        self,
        *,
        page_grace_s: float = 60.0,
        page_return_s: float = 60.0,
        desk_phones: DeskPhones | None = None,
    ) -> PhoneDesk:
        return PhoneDesk(
            desk_phones=desk_phones or self.desk_phones(),
            switch=self.switch,  # type: ignore[arg-type]  # the part of it that is used
            presence=self.heard,
            book=self.book,
            board=self.board,
            tasks=self.tasks,
            clock=self,
            callable_number=at_home,
            ice_servers=[TURN],
            settings=WebSettings(
                page_grace_s=page_grace_s, page_return_s=page_return_s, provide_retry_s=0.01
            ),
        )

    def registered(self) -> DeviceRegistered:
        return DeviceRegistered(at=NOW, device=self.book.phones[LI].device.id)


@asynccontextmanager
async def playing() -> AsyncIterator[Scene]:
    tasks = Tasks()
    try:
        yield Scene(tasks)
    finally:
        await tasks.close()


async def at_home(written: str) -> str:
    """The number of a country in which all may be called."""
    return f"+86{written}"


def wish(page: str = "tab-1", *, kind: str = "browser") -> TakePhone:
    return TakePhone.model_validate({"page": page, "kind": kind})


def connected(boot: str, *registered: DeviceId) -> SwitchConnected:
    snapshot = Snapshot(boot_id=boot, calls=(), legs=(), registered=frozenset(registered))
    return SwitchConnected(at=NOW, snapshot=snapshot)


def choice(kind: str, number: str = "", page: str = "tab-1") -> ChoosePhone:
    return ChoosePhone.model_validate({"page": page, "kind": kind, "number": number, "language": "en"})


def state(agent: StaffId, now: AgentState) -> AgentStateChanged:
    return AgentStateChanged(
        at=NOW, agent=AgentId(agent), state=now, since=NOW, reason="", call=None, until=None
    )


def tasks_named(begin: str) -> list[asyncio.Task[object]]:
    """What is being done beside the test."""
    return [task for task in asyncio.all_tasks() if task.get_name().startswith(begin)]
