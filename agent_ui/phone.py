"""Phones of the people signed in: minted secrets, which page owns a phone, and whether it is there.

A phone is one device of the switch for one person. The page that took it last owns it. What follows
from each event is decided in `phone_engine`; here it is done, one event of a phone after the other.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Literal, Protocol

import structlog
from pydantic import BaseModel, Field

from agent_ui.board import Board, only
from agent_ui.open_pages import OpenPages
from agent_ui.phone_engine import (
    Desk,
    DeskEffect,
    DeskEvent,
    Forget,
    PageCame,
    PageDismissed,
    PageWent,
    Patience,
    Phone,
    Provide,
    ProvideDone,
    ProvideFailed,
    Registered,
    Save,
    SignedOut,
    SwitchThere,
    TellBack,
    TellDevice,
    TellLost,
    TellNoDevice,
    Tick,
    Unregistered,
    WayLost,
    Withdraw,
    restored,
    step,
    taken,
)
from agent_ui.ports import AgentPresence
from agent_ui.settings import WebSettings
from agent_ui.views import PhoneState
from infra.tasks import Tasks
from infra.web import Body
from kernel.clock import Clock
from kernel.errors import HotlineError
from kernel.events import Event
from kernel.ids import AgentId, DeviceId, StaffId
from telephony.errors import SwitchUnavailable
from telephony.events import DeviceRegistered, DeviceUnregistered, SwitchConnected
from telephony.model import Device, DeviceSecret
from telephony.port import Switch
from telephony.settings import IceServer

log = structlog.get_logger(__name__)

REALM = "hotline"
SOCKET_PATH = "/sip"


class TakePhone(Body):
    """Makes a page the owner of the person's phone."""

    page: str = Field(min_length=1, max_length=64)
    kind: Literal["browser", "sip"] = "browser"


class TakeOutside(Body):
    """Has the person's calls go out to a number."""

    page: str = Field(min_length=1, max_length=64)
    number: str = Field(min_length=3, max_length=40)
    """As people write it."""
    language: Literal["zh", "en"] = "zh"
    """In which whoever answers is asked to press 1."""


class IceServerView(BaseModel):
    """A server that helps sound through networks, as a browser takes it."""

    urls: str
    username: str
    credential: str


class PhoneCredentials(BaseModel):
    """With these the page registers; they are worth nothing after the next taking or sign-out."""

    device: str
    username: str
    realm: str
    ha1: str
    socket: str
    register_expires_s: int
    ice_servers: list[IceServerView]


class PhoneBook(Protocol):
    """Where phones are kept."""

    async def all(self) -> list[Phone]:
        """Every phone that is signed in."""
        ...

    async def save(self, phone: Phone) -> None:
        """Keeps it, in place of the person's earlier one."""
        ...

    async def delete(self, staff: StaffId) -> None:
        """Forgets the person's phone."""
        ...


class PhoneDesk:
    """Gives out phones and watches over their pages."""

    def __init__(  # noqa: PLR0913 - one collaborator each, joined in the composition root
        self,
        *,
        switch: Switch,
        presence: AgentPresence,
        book: PhoneBook,
        board: Board,
        tasks: Tasks,
        clock: Clock,
        settings: WebSettings,
        read_number: Callable[[str], str],
        ice_servers: Sequence[IceServer] = (),
    ) -> None:
        self._read_number = read_number
        self._ice_servers = [
            IceServerView(
                urls=server.urls, username=server.username, credential=server.credential.get_secret_value()
            )
            for server in ice_servers
        ]
        self._switch = switch
        self._presence = presence
        self._book = book
        self._board = board
        self._tasks = tasks
        self._clock = clock
        self._settings = settings
        self._patience = Patience(
            page_grace_s=settings.page_grace_s,
            page_return_s=settings.page_return_s,
            provide_retry_s=settings.provide_retry_s,
            provide_tries_max=settings.provide_tries_max,
        )
        self._desks: dict[StaffId, Desk] = {}
        self._pages = OpenPages()
        self._locks: dict[StaffId, asyncio.Lock] = {}
        self._alarms: dict[StaffId, asyncio.Task[None]] = {}
        self._boot = ""

    @property
    def holders(self) -> Mapping[StaffId, datetime | None]:
        """Who has a phone, and since when."""
        return {staff: desk.phone.taken_at for staff, desk in self._desks.items()}

    async def start(self) -> None:
        """Takes up the phones of before a restart; their pages have a while to come back."""
        for phone in await self._book.all():
            async with self._lock(phone.staff):
                await self._follow(phone.staff, restored(phone, _now_s(), self._patience))

    async def take(self, staff: StaffId, wish: TakePhone) -> PhoneCredentials:
        """Makes the page the owner, with a fresh secret; the page before it is told by the board."""
        phone = await self._take(staff, wish.page, lambda before: _device(staff, wish, before))
        return self._credentials(phone)

    async def take_outside(self, staff: StaffId, wish: TakeOutside) -> None:
        """The person's calls go out to a number from now on; no page is needed for them any more."""
        number = self._read_number(wish.number)
        device = replace(_new_device(staff), number=number, language=wish.language)
        await self._take(staff, wish.page, lambda _: device)

    async def _take(self, staff: StaffId, page: str, choose: Callable[[Device | None], Device]) -> Phone:
        async with self._lock(staff):
            before = self._desks.get(staff)
            device = choose(before.phone.device if before else None)
            phone = Phone(staff=staff, page=page, device=device, secret=_minted(device))
            phone = replace(phone, taken_at=self._clock.now(), provided_boot=self._boot)
            await self._switch.provide(phone.device, phone.secret)
            fresh = Desk(phone=phone, is_page_open=(staff, phone.page) in self._pages, boot=self._boot)
            await self._follow(staff, taken(self._desks.get(staff), fresh, _now_s(), self._patience))
        log.info("phone taken", staff=staff, device=phone.device.id, is_browser=phone.device.is_browser)
        return phone

    async def signed_out(self, staff: StaffId) -> None:
        """The person left: nothing rings for them any more."""
        await self._tell(staff, SignedOut())

    async def page_came(self, staff: StaffId, page: str) -> None:
        """A page's event socket is open."""
        self._pages.came((staff, page))
        await self._tell(staff, PageCame(), page)

    async def page_went(self, staff: StaffId, page: str) -> None:
        """A page's last event socket is closed."""
        gone_together = self._pages.went((staff, page), _now_s())
        await self._tell(staff, PageWent(), page)
        for other, its_page in gone_together:
            await self._tell(other, WayLost(), its_page)

    async def page_dismissed(self, staff: StaffId, page: str) -> None:
        """A page's session is over; its event socket is about to be closed."""
        await self._tell(staff, PageDismissed(), page)

    async def on_event(self, event: Event) -> None:
        """Hears of the switch and its devices; by one subscription, so that their order is kept."""
        match event:
            case SwitchConnected():
                self._boot = event.snapshot.boot_id
                for staff, desk in list(self._desks.items()):
                    is_registered = desk.phone.device.id in event.snapshot.registered
                    await self._tell(staff, SwitchThere(self._boot, is_registered=is_registered))
            case DeviceRegistered() | DeviceUnregistered() if owner := self._owner_of(event.device):
                is_registered = isinstance(event, DeviceRegistered)
                await self._tell(owner, Registered() if is_registered else Unregistered())
            case _:
                pass

    async def _tell(self, staff: StaffId, event: DeskEvent, page: str | None = None) -> None:
        """Hands an event to the person's desk, if it has one, and if `page`, where given, owns it."""
        now_s = _now_s()
        async with self._lock(staff):
            desk = self._desks.get(staff)
            if desk is not None and page in {None, desk.phone.page}:
                await self._follow(staff, step(desk, event, now_s, self._patience))

    async def _follow(self, staff: StaffId, after: tuple[Desk | None, Sequence[DeskEffect]]) -> None:
        desk, effects = after
        if desk is None:
            del self._desks[staff]
        else:
            self._desks[staff] = desk
        self._set_alarm(staff, desk)
        self._show(staff, desk)
        for effect in effects:
            await self._perform(staff, effect)

    async def _perform(self, staff: StaffId, effect: DeskEffect) -> None:
        match effect:
            case TellDevice():
                device = effect.device
                await self._presence.has_device(AgentId(staff), device.id, must_accept=bool(device.number))
            case TellNoDevice():
                await self._presence.has_no_device(AgentId(staff))
            case TellLost():
                log.info("page lost", staff=staff)
                await self._presence.page_lost(AgentId(staff))
            case TellBack():
                log.info("page back", staff=staff)
                await self._presence.page_back(AgentId(staff))
            case Provide():
                # Beside everything else: a switch that is slow to answer must keep no other phone waiting.
                self._tasks.spawn(self._provide(effect.phone), name=f"provide {effect.phone.device.id}")
            case Withdraw():
                await self._withdraw(effect.device)
            case Save() | Forget():
                await self._keep(staff, effect)

    async def _provide(self, phone: Phone) -> None:
        async with self._lock(phone.staff):
            desk = self._desks.get(phone.staff)
            if desk is None or desk.phone != phone:
                return
            try:
                await self._switch.provide(phone.device, phone.secret)
            except SwitchUnavailable as error:
                log.warning("phone not provided", device=phone.device.id, error=str(error))
                outcome: DeskEvent = ProvideFailed()
            else:
                outcome = ProvideDone()
            await self._follow(phone.staff, step(desk, outcome, _now_s(), self._patience))

    async def _withdraw(self, device: DeviceId) -> None:
        try:
            await self._switch.withdraw(device)
        except SwitchUnavailable:
            # Devices live in the switch's memory: one that is away has forgotten this one.
            log.warning("phone not withdrawn, the switch is away", device=device)

    async def _keep(self, staff: StaffId, effect: Save | Forget) -> None:
        try:
            await (self._book.save(effect.phone) if isinstance(effect, Save) else self._book.delete(staff))
        except HotlineError as error:
            # After a restart the page finds its phone refused, and takes it anew; nothing else is lost.
            log.warning("phone not kept", staff=staff, error=str(error))

    def _set_alarm(self, staff: StaffId, desk: Desk | None) -> None:
        if alarm := self._alarms.pop(staff, None):
            alarm.cancel()
        if desk and desk.wakeup_s is not None:
            wait = self._wake(staff, desk.wakeup_s)
            self._alarms[staff] = self._tasks.spawn(wait, name=f"phone of {staff}")

    async def _wake(self, staff: StaffId, at_s: float) -> None:
        await asyncio.sleep(at_s - _now_s())
        # From here on this task is no alarm any more, so that what it tells does not cancel it.
        del self._alarms[staff]
        await self._tell(staff, Tick())

    def _owner_of(self, device: DeviceId) -> StaffId | None:
        return next((staff for staff, desk in self._desks.items() if desk.phone.device.id == device), None)

    def _lock(self, staff: StaffId) -> asyncio.Lock:
        return self._locks.setdefault(staff, asyncio.Lock())

    def _show(self, staff: StaffId, desk: Desk | None) -> None:
        if desk is None:
            self._board.remove("phone", only(staff))
            return
        phone = desk.phone
        state = PhoneState(
            owner_page=phone.page,
            device=phone.device.id,
            is_registered=desk.is_registered,
            number=phone.device.number,
        )
        self._board.put("phone", state.model_dump(mode="json"), only(staff))

    def _credentials(self, phone: Phone) -> PhoneCredentials:
        return PhoneCredentials(
            device=phone.device.id,
            username=phone.secret.username,
            realm=phone.secret.realm,
            ha1=phone.secret.ha1,
            socket=SOCKET_PATH,
            register_expires_s=self._settings.phone_register_expires_s,
            ice_servers=self._ice_servers,
        )


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _device(staff: StaffId, wish: TakePhone, before: Device | None) -> Device:
    """The device stays the person's until they sign out, or take another kind."""
    is_browser = wish.kind == "browser"
    if before is not None and before.is_browser == is_browser and not before.number:
        return before
    return replace(_new_device(staff), is_browser=is_browser)


def _new_device(staff: StaffId) -> Device:
    device = DeviceId(f"agent-{staff}-{secrets.token_hex(4)}")
    return Device(id=device, agent=AgentId(staff), is_browser=False)


def _minted(device: Device) -> DeviceSecret:
    """Only the hash of the random password is ever known, which is all that digest sign-in needs."""
    material = f"{device.id}:{REALM}:{secrets.token_urlsafe(24)}"
    ha1 = hashlib.md5(material.encode(), usedforsecurity=False).hexdigest()
    return DeviceSecret(username=device.id, realm=REALM, ha1=ha1)
