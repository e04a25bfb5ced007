"""Desk phones that people have of their own: made, renewed, revoked, and known to the switch all the time.

A desk phone registers whether or not its person is signed in; whether calls ring there is for `PhoneDesk`.
Its password is shown once. A renewed one has another name too, so that what is registered by the old one is
gone with it, whatever the phone itself does.
"""

import asyncio
import secrets
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import structlog
from pydantic import BaseModel
from typing_extensions import override

from agent_ui.board import Board, only
from agent_ui.errors import NoDeskPhone, NoEncryption
from agent_ui.phone_wishes import DeskPhoneBook, LastingPhone, secret_of
from agent_ui.settings import WebSettings
from agent_ui.views import DeskPhoneState
from infra.tasks import Tasks
from infra.web import Body
from kernel.clock import Clock
from kernel.errors import HotlineError, NotFound
from kernel.events import Event
from kernel.ids import AgentId, DeviceId, StaffId
from telephony.errors import SwitchUnavailable
from telephony.events import DeviceRegistered, DeviceUnregistered, SwitchConnected
from telephony.model import Device, DeviceSecret
from telephony.port import Switch

log = structlog.get_logger(__name__)

PREFIX = "desk-"
_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""Typed on the keys of a phone by somebody who reads them from a screen: no 0 and o, no 1 and l."""
NAME_LETTERS = 8
PASSWORD_LETTERS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPhone:
    """One person's, as it is kept."""

    staff: StaffId
    device: Device
    secret: DeviceSecret
    made_at: datetime
    is_chosen: bool = False


class Shelf(Protocol):
    """Where desk phones are kept."""

    async def all(self) -> list[DeskPhone]:
        """Everybody's."""
        ...

    async def save(self, phone: DeskPhone) -> None:
        """Keeps it, in place of the person's earlier one."""
        ...

    async def delete(self, staff: StaffId) -> None:
        """Forgets the person's."""
        ...


class People(Protocol):
    """Who works here."""

    async def agents(self) -> Collection[StaffId]:
        """Everybody who may sign in as an agent."""
        ...


class Trail(Protocol):
    """Where it is noted who did what."""

    async def note(self, staff: StaffId, action: str, subject: str) -> None:
        """Adds to the trail."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SipPlace:
    """Where phones register."""

    address: str
    """"" where it is the address by which pages are reached, too."""
    port: int
    tls_port: int | None
    is_loopback: bool
    """Only programs on this machine get there."""


class MakeDeskPhone(Body):
    """A desk phone, in place of the one before if there is one."""

    is_encrypted: bool = False
    """By TLS and SRTP, and never without."""


class DeskPhoneView(BaseModel):
    """What is known of a person's desk phone; never its password."""

    username: str
    is_registered: bool
    is_encrypted: bool
    made_at: datetime


class DeskPhoneReport(BaseModel):
    """A person's desk phone, if there is one, and where phones register."""

    phone: DeskPhoneView | None
    address: str
    """"" where it is the address by which the page was reached."""
    port: int
    tls_port: int | None
    is_loopback: bool


class NewDeskPhone(BaseModel):
    """What is typed into the phone. The password is shown this once."""

    username: str
    password: str
    is_encrypted: bool


class DeskPhones(DeskPhoneBook):
    """All desk phones of the site."""

    def __init__(  # noqa: PLR0913 - one collaborator each, joined in the composition root
        self,
        *,
        switch: Switch,
        shelf: Shelf,
        board: Board,
        trail: Trail,
        people: People,
        tasks: Tasks,
        clock: Clock,
        settings: WebSettings,
        place: SipPlace,
    ) -> None:
        self._switch = switch
        self._shelf = shelf
        self._board = board
        self._trail = trail
        self._people = people
        self._tasks = tasks
        self._clock = clock
        self._settings = settings
        self._place = place
        self._phones: dict[StaffId, DeskPhone] = {}
        self._registered: set[DeviceId] = set()
        self._locks: dict[StaffId, asyncio.Lock] = {}
        """So that what is being told to the switch is never told after it was revoked."""

    @property
    @override
    def holders(self) -> Collection[StaffId]:
        """Who has one."""
        return self._phones.keys()

    @override
    def find(self, staff: StaffId) -> LastingPhone | None:
        phone = self._phones.get(staff)
        if phone is None:
            return None
        is_registered = phone.device.id in self._registered
        return LastingPhone(device=phone.device, is_registered=is_registered, is_chosen=phone.is_chosen)

    @override
    async def choose(self, staff: StaffId, *, is_chosen: bool) -> None:
        async with self._lock(staff):
            phone = self._phones.get(staff)
            if phone is None or phone.is_chosen is is_chosen:
                return
            self._phones[staff] = replace(phone, is_chosen=is_chosen)
            try:
                await self._shelf.save(self._phones[staff])
            except HotlineError as error:
                # For the next sign-in alone; calls ring there now all the same.
                log.warning("choice of phone not kept", staff=staff, error=str(error))

    async def start(self) -> None:
        """Takes up those of before a restart; the switch is told of them as soon as it is there."""
        for phone in await self._shelf.all():
            self._phones[phone.staff] = phone
            self._show(phone.staff)

    def report(self, staff: StaffId) -> DeskPhoneReport:
        """The person's, and where phones register."""
        phone = self._phones.get(staff)
        return DeskPhoneReport(
            phone=self._view(phone) if phone else None,
            address=self._place.address,
            port=self._place.port,
            tls_port=self._place.tls_port,
            is_loopback=self._place.is_loopback,
        )

    async def make(self, staff: StaffId, wish: MakeDeskPhone, *, by: StaffId) -> NewDeskPhone:
        """A new name and password; what the person had before is refused from now on."""
        if wish.is_encrypted and self._place.tls_port is None:
            raise NoEncryption("Encrypted phones need telephony.tls_port.")
        if staff not in await self._people.agents():
            raise NotFound(f"there is no agent {staff}")
        name, password = f"{PREFIX}{_chance(NAME_LETTERS)}", _chance(PASSWORD_LETTERS)
        device = Device(
            id=DeviceId(name),
            agent=AgentId(staff),
            is_browser=False,
            is_lasting=True,
            is_encrypted=wish.is_encrypted,
        )
        async with self._lock(staff):
            before = self._phones.get(staff)
            phone = DeskPhone(
                staff=staff,
                device=device,
                secret=secret_of(name, password),
                made_at=self._clock.now(),
                is_chosen=before is not None and before.is_chosen,
            )
            # Noted first: who could not write it down has made nothing.
            action = "desk_phone_made" if before is None else "desk_phone_renewed"
            await self._trail.note(by, action, f"{staff} {name}")
            await self._shelf.save(phone)
            self._phones[staff] = phone
            self._spawn_telling(phone)
            if before is not None:
                await self._take_away(before.device.id)
        self._show(staff)
        return NewDeskPhone(username=name, password=password, is_encrypted=wish.is_encrypted)

    async def revoke(self, staff: StaffId, *, by: StaffId) -> None:
        """The person has no desk phone any more; what is registered by it is gone."""
        async with self._lock(staff):
            phone = self._phones.get(staff)
            if phone is None:
                raise NoDeskPhone("There is no desk phone.")
            await self._trail.note(by, "desk_phone_revoked", f"{staff} {phone.device.id}")
            await self._forget(phone)

    @override
    async def take_back(self, gone: Collection[StaffId]) -> None:
        for staff in gone:
            async with self._lock(staff):
                if phone := self._phones.get(staff):
                    log.info("desk phone taken back", staff=staff)
                    await self._forget(phone)

    async def on_event(self, event: Event) -> None:
        """Hears of the switch and its devices; by one subscription, so that their order is kept."""
        match event:
            case SwitchConnected():
                await self._tell_switch(event.snapshot.registered)
            case DeviceRegistered() | DeviceUnregistered() if event.device.startswith(PREFIX):
                is_there = isinstance(event, DeviceRegistered)
                (self._registered.add if is_there else self._registered.discard)(event.device)
                if owner := next((s for s, p in self._phones.items() if p.device.id == event.device), None):
                    self._show(owner)
            case _:
                pass

    async def _tell_switch(self, registered: Collection[DeviceId]) -> None:
        """It may be a new one, which knows no phone of before; what it knows too much of, it forgets."""
        known = {phone.device.id for phone in self._phones.values()}
        self._registered = {device for device in registered if device.startswith(PREFIX)}
        for phone in self._phones.values():
            self._show(phone.staff)
            self._spawn_telling(phone)
        for stray in self._registered - known:
            await self._take_away(stray)

    def _spawn_telling(self, phone: DeskPhone) -> None:
        self._tasks.spawn(self._provide(phone), name=f"provide {phone.device.id}")

    async def _provide(self, phone: DeskPhone) -> None:
        """Tells the switch, which may refuse for a while; one that was away asks for all of them again."""
        pause_s = self._settings.provide_retry_s
        for _ in range(self._settings.provide_tries_max):
            if await self._is_provided(phone):
                break
            await asyncio.sleep(pause_s)
            pause_s *= 2

    async def _is_provided(self, phone: DeskPhone) -> bool:
        """Tells the switch once; True also where there is nothing to be told any more."""
        async with self._lock(phone.staff):
            known = self._phones.get(phone.staff)
            if known is None or known.device != phone.device:
                return True
            try:
                await self._switch.provide(phone.device, phone.secret)
            except SwitchUnavailable as error:
                log.warning("desk phone not provided", device=phone.device.id, error=str(error))
                return False
            return True

    async def _forget(self, phone: DeskPhone) -> None:
        await self._shelf.delete(phone.staff)
        del self._phones[phone.staff]
        await self._take_away(phone.device.id)
        self._show(phone.staff)

    async def _take_away(self, device: DeviceId) -> None:
        self._registered.discard(device)
        try:
            await self._switch.withdraw(device)
        except SwitchUnavailable:
            # Where it was only away, it is told when it is back: nobody knows the device any more.
            log.warning("desk phone not withdrawn, the switch is away", device=device)

    def _lock(self, staff: StaffId) -> asyncio.Lock:
        return self._locks.setdefault(staff, asyncio.Lock())

    def _view(self, phone: DeskPhone) -> DeskPhoneView:
        return DeskPhoneView(
            username=phone.device.id,
            is_registered=phone.device.id in self._registered,
            is_encrypted=phone.device.is_encrypted,
            made_at=phone.made_at,
        )

    def _show(self, staff: StaffId) -> None:
        phone = self._phones.get(staff)
        if phone is None:
            self._board.remove("desk_phone", only(staff))
            return
        state = DeskPhoneState(**self._view(phone).model_dump())
        self._board.put("desk_phone", state.model_dump(mode="json"), only(staff))


def _chance(letters: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(letters))
