"""Phones of the people signed in: minted secrets, which page owns a phone, and whether it is there.

A phone is one device of the switch for one person. The page that took it last owns it. Losing that
page is what routing must hear of within seconds, because the switch itself notices only after its
sound has been away for long; a page that comes back in time (same tab, short network loss) is no loss.
"""

import asyncio
import hashlib
import secrets
from dataclasses import dataclass, field, replace
from typing import Literal, Protocol

import structlog
from pydantic import BaseModel, ConfigDict, Field

from agent_ui.board import Board, only
from agent_ui.open_pages import OpenPages
from agent_ui.ports import AgentPresence
from agent_ui.settings import WebSettings
from agent_ui.views import PhoneState
from infra.tasks import Tasks
from kernel.ids import AgentId, DeviceId, StaffId
from telephony.errors import SwitchUnavailable
from telephony.events import DeviceRegistered, DeviceUnregistered, SwitchConnected
from telephony.model import Device, DeviceSecret
from telephony.port import Switch

log = structlog.get_logger(__name__)

REALM = "hotline"
SOCKET_PATH = "/sip"


class TakePhone(BaseModel):
    """Makes a page the owner of the person's phone."""

    model_config = ConfigDict(extra="forbid")

    page: str = Field(min_length=1, max_length=64)
    kind: Literal["browser", "sip"] = "browser"


class PhoneCredentials(BaseModel):
    """With these the page registers; they are worth nothing after the next taking or sign-out."""

    device: str
    username: str
    realm: str
    ha1: str
    socket: str
    register_expires_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One person's phone, as it must survive a restart of the server."""

    staff: StaffId
    page: str
    device: Device
    secret: DeviceSecret
    provided_boot: str = ""
    """The boot of the switch that knows this secret."""


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


@dataclass(slots=True)
class _Desk:
    """What is known of one phone right now."""

    phone: Phone
    is_registered: bool = False
    is_lost: bool = False
    timer: asyncio.Task[None] | None = field(default=None, repr=False)


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
        settings: WebSettings,
    ) -> None:
        self._switch = switch
        self._presence = presence
        self._book = book
        self._board = board
        self._tasks = tasks
        self._settings = settings
        self._desks: dict[StaffId, _Desk] = {}
        self._pages = OpenPages()
        self._locks: dict[StaffId, asyncio.Lock] = {}
        self._boot = ""

    async def start(self) -> None:
        """Takes up the phones of before a restart; their pages have a while to come back."""
        for phone in await self._book.all():
            desk = self._desks[phone.staff] = _Desk(phone)
            await self._presence.has_device(AgentId(phone.staff), phone.device.id)
            self._await_page(desk, self._settings.page_return_s)
            self._show(desk)

    async def take(self, staff: StaffId, wish: TakePhone) -> PhoneCredentials:
        """Makes the page the owner, with a fresh secret; the page before it is told by the board."""
        async with self._lock(staff):
            before = self._desks.get(staff)
            if before and before.phone.page != wish.page and self._watches(before):
                await self._leave(before)
            phone = _minted(staff, wish, before.phone if before else None)
            await self._switch.provide(phone.device, phone.secret)
            phone = replace(phone, provided_boot=self._boot)
            await self._book.save(phone)
            desk = _Desk(phone, is_lost=before.is_lost if before else False)
            self._desks[staff] = desk
            await self._presence.has_device(AgentId(staff), phone.device.id)
            self._show(desk)
            log.info("phone taken", staff=staff, device=phone.device.id, is_browser=phone.device.is_browser)
            return self._credentials(phone)

    async def signed_out(self, staff: StaffId) -> None:
        """The person left: nothing rings for them any more."""
        async with self._lock(staff):
            desk = self._desks.pop(staff, None)
            if desk is None:
                return
            self._stop_timer(desk)
            await self._book.delete(staff)
            await self._presence.has_no_device(AgentId(staff))
            self._board.remove("phone", only(staff))
            try:
                await self._switch.withdraw(desk.phone.device.id)
            except SwitchUnavailable:
                # Devices live in the switch's memory: one that is away has forgotten this one.
                log.warning("phone not withdrawn, the switch is away", device=desk.phone.device.id)

    async def page_came(self, staff: StaffId, page: str) -> None:
        """A page's event socket is open."""
        self._pages.came((staff, page))
        desk = self._desks.get(staff)
        if desk and desk.phone.page == page:
            self._stop_timer(desk)
            await self._return_if_back(desk)

    async def page_went(self, staff: StaffId, page: str) -> None:
        """A page's last event socket is closed."""
        self._pages.went((staff, page), asyncio.get_running_loop().time())
        desk = self._desks.get(staff)
        if desk and desk.phone.page == page and self._watches(desk):
            self._await_page(desk, self._settings.page_grace_s)

    async def on_registered(self, event: DeviceRegistered) -> None:
        """The phone can ring."""
        if desk := self._of_device(event.device):
            desk.is_registered = True
            self._show(desk)
            await self._return_if_back(desk)

    async def on_unregistered(self, event: DeviceUnregistered) -> None:
        """The phone cannot ring."""
        if desk := self._of_device(event.device):
            desk.is_registered = False
            self._show(desk)

    async def on_connected(self, event: SwitchConnected) -> None:
        """A switch that was restarted knows no phone: all are told to it again."""
        self._boot = event.snapshot.boot_id
        for desk in list(self._desks.values()):
            desk.is_registered = desk.phone.device.id in event.snapshot.registered
            if desk.phone.provided_boot != self._boot:
                await self._switch.provide(desk.phone.device, desk.phone.secret)
                desk.phone = replace(desk.phone, provided_boot=self._boot)
                await self._book.save(desk.phone)
            self._show(desk)

    async def _leave(self, desk: _Desk) -> None:
        """Another page takes over. If the owner's page is gone, what it talked on is gone with it."""
        self._stop_timer(desk)
        if (desk.phone.staff, desk.phone.page) not in self._pages:
            await self._lose(desk)

    def _await_page(self, desk: _Desk, grace_s: float) -> None:
        if not self._watches(desk):
            return
        self._stop_timer(desk)
        desk.timer = self._tasks.spawn(self._lose_after(desk, grace_s), name=f"page of {desk.phone.staff}")

    async def _lose_after(self, desk: _Desk, grace_s: float) -> None:
        went_at_s = asyncio.get_running_loop().time()
        await asyncio.sleep(grace_s)
        if self._pages.went_with_all(went_at_s):
            # The edge is being started again: conversations go on, and the pages come back by themselves.
            await asyncio.sleep(max(0.0, self._settings.page_return_s - grace_s))
        desk.timer = None
        await self._lose(desk)

    async def _lose(self, desk: _Desk) -> None:
        if not desk.is_lost:
            desk.is_lost = True
            log.info("page lost", staff=desk.phone.staff, device=desk.phone.device.id)
            await self._presence.page_lost(AgentId(desk.phone.staff))

    async def _return_if_back(self, desk: _Desk) -> None:
        has_page = (desk.phone.staff, desk.phone.page) in self._pages
        if desk.is_lost and has_page and desk.is_registered:
            desk.is_lost = False
            log.info("page back", staff=desk.phone.staff, device=desk.phone.device.id)
            await self._presence.page_back(AgentId(desk.phone.staff))

    def _watches(self, desk: _Desk) -> bool:
        """A desk phone rings without a page; only the browser's phone lives and dies with one."""
        return desk.phone.device.is_browser

    def _stop_timer(self, desk: _Desk) -> None:
        if desk.timer:
            desk.timer.cancel()
            desk.timer = None

    def _of_device(self, device: DeviceId) -> _Desk | None:
        return next((desk for desk in self._desks.values() if desk.phone.device.id == device), None)

    def _lock(self, staff: StaffId) -> asyncio.Lock:
        return self._locks.setdefault(staff, asyncio.Lock())

    def _show(self, desk: _Desk) -> None:
        phone = desk.phone
        state = PhoneState(owner_page=phone.page, device=phone.device.id, is_registered=desk.is_registered)
        self._board.put("phone", state.model_dump(mode="json"), only(phone.staff))

    def _credentials(self, phone: Phone) -> PhoneCredentials:
        return PhoneCredentials(
            device=phone.device.id,
            username=phone.secret.username,
            realm=phone.secret.realm,
            ha1=phone.secret.ha1,
            socket=SOCKET_PATH,
            register_expires_s=self._settings.phone_register_expires_s,
        )


def _minted(staff: StaffId, wish: TakePhone, before: Phone | None) -> Phone:
    """A phone with a new secret; the device stays the person's until they sign out.

    Only the hash of the random password is ever known, which is all that digest sign-in needs.
    """
    is_browser = wish.kind == "browser"
    if before and before.device.is_browser == is_browser:
        device = before.device
    else:
        device_id = DeviceId(f"agent-{staff}-{secrets.token_hex(4)}")
        device = Device(id=device_id, agent=AgentId(staff), is_browser=is_browser)
    material = f"{device.id}:{REALM}:{secrets.token_urlsafe(24)}"
    ha1 = hashlib.md5(material.encode(), usedforsecurity=False).hexdigest()
    secret = DeviceSecret(username=device.id, realm=REALM, ha1=ha1)
    return Phone(staff=staff, page=wish.page, device=device, secret=secret)
