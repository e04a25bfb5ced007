"""Phones of the people signed in: minted secrets, which page owns a phone, and whether it is there.

A phone is one device of the switch for one person. The page that took it last owns it. What follows
from each event is decided in `phone_engine`; here it is done, one event of a phone after the other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from acd.events import AgentStateChanged
from acd.model import AgentState
from agent_ui.board import Board, only
from agent_ui.errors import NoDeskPhone, RingsElsewhere
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
    PhoneKind,
    Plan,
    Planned,
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
from agent_ui.phone_wishes import (
    NO_SECRET,
    ChoosePhone,
    DeskPhoneBook,
    PhoneBook,
    PhoneCredentials,
    TakePhone,
    browser_device,
    credentials_of,
    kind_of,
    minted,
    outside_device,
)
from agent_ui.ports import AgentPresence
from agent_ui.settings import WebSettings
from agent_ui.views import PhoneState, PlannedPhone
from infra.tasks import Tasks
from kernel.clock import Clock
from kernel.errors import HotlineError, InvalidInput
from kernel.events import Event
from kernel.ids import AgentId, DeviceId, StaffId
from telephony.errors import SwitchUnavailable
from telephony.events import DeviceRegistered, DeviceUnregistered, SwitchConnected
from telephony.model import Device
from telephony.port import Switch
from telephony.settings import IceServer

log = structlog.get_logger(__name__)

_ON_THE_PHONE = {AgentState.RESERVED, AgentState.RINGING, AgentState.TALKING}


class PhoneDesk:
    """Gives out phones and watches over their pages."""

    def __init__(  # noqa: PLR0913 - one collaborator each, joined in the composition root
        self,
        *,
        switch: Switch,
        presence: AgentPresence,
        book: PhoneBook,
        desk_phones: DeskPhoneBook,
        board: Board,
        tasks: Tasks,
        clock: Clock,
        settings: WebSettings,
        callable_number: Callable[[str], Awaitable[str]],
        ice_servers: Sequence[IceServer] = (),
    ) -> None:
        self._callable_number = callable_number
        self._ice_servers = ice_servers
        self._switch = switch
        self._presence = presence
        self._book = book
        self.desk_phones = desk_phones
        """Those that stay people's own, whoever is signed in."""
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
        self._engaged: set[StaffId] = set()
        """Whose phone rings, or has a call."""
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
        """Makes the page the owner, with a fresh secret; the page before it is told by the board.

        Raises `RingsElsewhere` where the person chose another phone, which a page does not take over.
        """
        lasting = self.desk_phones.find(staff)
        if staff not in self._desks and wish.kind == "browser" and lasting is not None and lasting.is_chosen:
            await self._take(staff, wish.page, lambda _: lasting.device)
        desk = self._desks.get(staff)
        if desk is not None and kind_of(desk.phone.device) is not PhoneKind.BROWSER:
            raise RingsElsewhere("Calls ring at another phone; choose this page first.")
        plan = desk.phone.plan if desk else None
        phone = await self._take(staff, wish.page, lambda before: browser_device(staff, wish, before), plan)
        expires_s = self._settings.phone_register_expires_s
        return credentials_of(phone, self._ice_servers, register_expires_s=expires_s)

    async def choose(self, staff: StaffId, wish: ChoosePhone) -> None:
        """The person's calls ring there from now on, or once the call in hand is over."""
        number = await self._callable_number(wish.number) if wish.kind is PhoneKind.OUTSIDE else ""
        plan = Plan(kind=wish.kind, page=wish.page, number=number, language=wish.language)
        if wish.kind is PhoneKind.DESK and self.desk_phones.find(staff) is None:
            raise NoDeskPhone("There is no desk phone yet; make one first.")
        desk = self._desks.get(staff)
        if staff in self._engaged and desk is not None:
            is_there = _rings_at(desk.phone.device, plan)
            await self._tell(staff, Planned(None if is_there else plan))
        else:
            await self._carry_out(staff, plan)

    async def desk_phone_changed(self, staff: StaffId) -> None:
        """The person's desk phone has another name from now on, or is no more."""
        desk, lasting = self._desks.get(staff), self.desk_phones.find(staff)
        if desk is None or not desk.phone.device.is_lasting:
            return
        kind = PhoneKind.BROWSER if lasting is None else PhoneKind.DESK
        plan = Plan(kind=kind, page=desk.phone.page)
        if staff in self._engaged:
            await self._tell(staff, Planned(plan))
        else:
            await self._carry_out(staff, plan)

    async def _carry_out(self, staff: StaffId, plan: Plan) -> None:
        await self.desk_phones.choose(staff, is_chosen=plan.kind is PhoneKind.DESK)
        await self._take(staff, plan.page, lambda before: self._planned_device(staff, plan, before))

    def _planned_device(self, staff: StaffId, plan: Plan, before: Device | None) -> Device:
        lasting = self.desk_phones.find(staff)
        if plan.kind is PhoneKind.DESK and lasting is not None:
            return lasting.device
        if plan.kind is PhoneKind.OUTSIDE:
            return outside_device(staff, plan)
        return browser_device(staff, TakePhone(page=plan.page), before)

    async def _take(
        self,
        staff: StaffId,
        page: str,
        choose: Callable[[Device | None], Device],
        plan: Plan | None = None,
    ) -> Phone:
        async with self._lock(staff):
            before = self._desks.get(staff)
            device = choose(before.phone.device if before else None)
            secret = NO_SECRET if device.is_lasting else minted(device)
            phone = Phone(staff=staff, page=page, device=device, secret=secret, plan=plan)
            phone = replace(phone, taken_at=self._clock.now(), provided_boot=self._boot)
            if not device.is_lasting:
                await self._switch.provide(phone.device, phone.secret)
            fresh = Desk(
                phone=phone,
                is_page_open=(staff, phone.page) in self._pages,
                is_registered=self._is_there(staff, device),
                boot=self._boot,
            )
            await self._follow(staff, taken(self._desks.get(staff), fresh, _now_s(), self._patience))
        log.info("phone taken", staff=staff, device=phone.device.id, kind=kind_of(device).value)
        return phone

    def _is_there(self, staff: StaffId, device: Device) -> bool:
        """Whether a desk phone can ring already; every other one has still to come."""
        lasting = self.desk_phones.find(staff) if device.is_lasting else None
        return lasting is not None and lasting.is_registered

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
            case AgentStateChanged():
                self._note_state(StaffId(event.agent), event.state)
            case _:
                pass

    def _note_state(self, staff: StaffId, state: AgentState) -> None:
        """A call in hand keeps its phone; what was planned meanwhile is done when it is over."""
        if state in _ON_THE_PHONE:
            self._engaged.add(staff)
            return
        self._engaged.discard(staff)
        desk = self._desks.get(staff)
        if desk is not None and desk.phone.plan is not None:
            change = self._change_as_planned(staff, desk.phone.plan)
            self._tasks.spawn(change, name=f"planned phone of {staff}")

    async def _change_as_planned(self, staff: StaffId, plan: Plan) -> None:
        try:
            await self._carry_out(staff, plan)
        except (SwitchUnavailable, InvalidInput) as error:
            log.warning("phone not changed as planned", staff=staff, error=str(error))
            await self._tell(staff, Planned(None))

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
                await self._presence.has_device(
                    AgentId(staff),
                    device.id,
                    must_accept=bool(device.number),
                    rings_at_once=device.is_lasting,
                )
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
            kind=kind_of(phone.device),
            number=phone.device.number,
            planned=PlannedPhone(kind=phone.plan.kind, number=phone.plan.number) if phone.plan else None,
        )
        self._board.put("phone", state.model_dump(mode="json"), only(staff))


def _now_s() -> float:
    return asyncio.get_running_loop().time()


def _rings_at(device: Device, plan: Plan) -> bool:
    """Whether calls ring there already."""
    return kind_of(device) is plan.kind and device.number == plan.number
