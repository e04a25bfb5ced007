"""What follows from each thing that happens to one person's phone; no clock, no I/O.

A browser's phone lives and dies with the page that took it last. Routing must hear of the loss of that
page within seconds, because the switch itself notices only after its sound has been away for long;
a page that comes back in time (same tab, short network loss) is no loss.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from kernel.ids import DeviceId, StaffId
from telephony.model import Device, DeviceSecret


class PhoneKind(StrEnum):
    """Where an agent's calls ring."""

    BROWSER = "browser"
    DESK = "desk"
    OUTSIDE = "outside"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Where a person wants their calls to ring once the call in hand is over."""

    kind: PhoneKind
    page: str
    number: str = ""
    """In E.164."""
    language: str = "zh"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """One person's phone, as it must survive a restart of the server."""

    staff: StaffId
    page: str
    device: Device
    secret: DeviceSecret
    taken_at: datetime | None = None
    """When the page took it; None for one kept by an earlier version."""
    provided_boot: str = ""
    """The boot of the switch that knows this secret."""
    plan: Plan | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long is waited, and how often is tried."""

    page_grace_s: float
    """For a page whose socket is gone."""
    page_return_s: float
    """For a page whose way to us was gone: the server's or the edge's restart."""
    provide_retry_s: float
    """Before the switch is told of a phone once more; twice as long each time."""
    provide_tries_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What is known of one phone right now. Times are the loop's."""

    phone: Phone
    is_page_open: bool
    is_registered: bool = False
    is_lost: bool = False
    """Routing was told that the page is gone, and not yet that it is back."""
    lost_at_s: float | None = None
    """When the page, unless it is back before, counts as lost."""
    boot: str = ""
    """The boot of the switch that is there; it is told of the phone if the phone's is another."""
    provide_failures: int = 0
    provide_at_s: float | None = None

    @property
    def wakeup_s(self) -> float | None:
        """When to send a `Tick` if nothing comes first."""
        return min((at_s for at_s in (self.lost_at_s, self.provide_at_s) if at_s is not None), default=None)


@dataclass(frozen=True, slots=True)
class PageCame:
    """The owning page is connected."""


@dataclass(frozen=True, slots=True)
class PageWent:
    """The owning page is connected no more."""


@dataclass(frozen=True, slots=True)
class PageDismissed:
    """The session of the owning page is over: it is shown no call any more, and lets go of its own."""


@dataclass(frozen=True, slots=True)
class WayLost:
    """The owning page went together with all others: it was not the page that ended."""


@dataclass(frozen=True, slots=True)
class Registered:
    """The phone can ring."""


@dataclass(frozen=True, slots=True)
class Unregistered:
    """The phone cannot ring."""


@dataclass(frozen=True, slots=True)
class SwitchThere:
    """The switch is connected: a new one knows no phone of before."""

    boot: str
    is_registered: bool


@dataclass(frozen=True, slots=True)
class ProvideDone:
    """The switch knows the phone."""


@dataclass(frozen=True, slots=True)
class ProvideFailed:
    """The switch could not be told of the phone."""


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The person gives the phone back."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Calls are to ring elsewhere once the call in hand is over; None: they stay."""

    plan: Plan | None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


PageEvent = PageCame | PageWent | PageDismissed | WayLost
SwitchEvent = SwitchThere | ProvideDone | ProvideFailed
Change = PageEvent | SwitchEvent | Registered | Unregistered | Planned | Tick
DeskEvent = Change | SignedOut


@dataclass(frozen=True, slots=True)
class Provide:
    """Tell the switch of the phone; `ProvideDone` or `ProvideFailed` comes back."""

    phone: Phone


@dataclass(frozen=True, slots=True)
class Withdraw:
    """The switch may forget this device."""

    device: DeviceId


@dataclass(frozen=True, slots=True)
class Save:
    """Keep the phone for after a restart."""

    phone: Phone


@dataclass(frozen=True, slots=True)
class Forget:
    """Nothing of the phone is kept."""


@dataclass(frozen=True, slots=True)
class TellDevice:
    """Routing rings this device."""

    device: Device


@dataclass(frozen=True, slots=True)
class TellNoDevice:
    """Routing has nothing to ring."""


@dataclass(frozen=True, slots=True)
class TellLost:
    """Routing hears that the page is gone."""


@dataclass(frozen=True, slots=True)
class TellBack:
    """Routing hears that the page is there and can ring."""


DeskEffect = Provide | Withdraw | Save | Forget | TellDevice | TellNoDevice | TellLost | TellBack
After = tuple[Desk | None, list[DeskEffect]]


def restored(phone: Phone, now_s: float, patience: Patience) -> After:
    """The server was started again; the phone was given out before, and its page has a while to come back."""
    desk = Desk(phone=phone, is_page_open=False)
    return _await_page(desk, now_s + patience.page_return_s), [TellDevice(phone.device)]


def taken(before: Desk | None, fresh: Desk, now_s: float, patience: Patience) -> After:
    """A page owns the phone from now on; `before` is the person's desk until now, `fresh` the new page's."""
    phone = fresh.phone
    after, effects = _take_over(before, fresh) if before is not None else (fresh, [])
    if not after.is_page_open:
        after = _await_page(after, _lost_at_s(before, phone, now_s, patience))
    after, more = _settle(after)
    effects = [*effects, TellDevice(phone.device), *more, Save(phone)]
    if _is_lent(phone) and phone.provided_boot != after.boot:
        effects.append(Provide(phone))
    return after, effects


def _lost_at_s(before: Desk | None, phone: Phone, now_s: float, patience: Patience) -> float:
    """When a page that has taken the phone, and is not connected yet, counts as lost."""
    if before is None or before.phone.page != phone.page:
        return now_s + patience.page_return_s
    # It was connected: taking its phone once more neither ends nor renews the time it had.
    return max(before.lost_at_s or 0.0, now_s + patience.page_grace_s)


def step(desk: Desk, event: DeskEvent, now_s: float, patience: Patience) -> After:
    """The desk after an event, and what is to be done, in order."""
    if isinstance(event, SignedOut):
        # A browser's phone is gone with this: whoever talks on it is lost to it, and served by another one.
        lost: list[DeskEffect] = [TellLost()] if _is_watched(desk) and not desk.is_lost else []
        return None, [*lost, TellNoDevice(), Forget(), *_taken_back(desk.phone)]
    after, effects = _changed(desk, event, now_s, patience)
    after, more = _settle(after)
    return after, [*effects, *more]


Changed = tuple[Desk, list[DeskEffect]]


def _changed(desk: Desk, event: Change, now_s: float, patience: Patience) -> Changed:
    match event:
        case Registered() | Unregistered():
            return replace(desk, is_registered=isinstance(event, Registered)), []
        case Tick():
            return _time_passed(desk, now_s)
        case Planned():
            phone = replace(desk.phone, plan=event.plan)
            return replace(desk, phone=phone), [Save(phone)]
        case SwitchThere() | ProvideDone() | ProvideFailed():
            return _switch_told(desk, event, now_s, patience)
        case _:
            return _page_told(desk, event, now_s, patience)


def _page_told(desk: Desk, event: PageEvent, now_s: float, patience: Patience) -> Changed:
    match event:
        case PageCame():
            return replace(desk, is_page_open=True, lost_at_s=None), []
        case PageWent():
            return _await_page(replace(desk, is_page_open=False), now_s + patience.page_grace_s), []
        case PageDismissed():
            # Nothing to wait for: it comes back by signing in, if at all.
            return _time_passed(_await_page(replace(desk, is_page_open=False), now_s), now_s)
        case WayLost():
            is_awaited = desk.lost_at_s is not None
            return _await_page(desk, now_s + patience.page_return_s) if is_awaited else desk, []


def _take_over(before: Desk, after: Desk) -> Changed:
    if before.phone.device.id != after.phone.device.id:
        # Routing takes a new device for a present one: whatever was lost was the other's.
        lost: list[DeskEffect] = [TellLost()] if _is_page_gone(before) else []
        return after, [*lost, *_taken_back(before.phone)]
    if before.phone.page == after.phone.page:
        return replace(after, is_registered=before.is_registered, is_lost=before.is_lost), []
    # What the page before talked on is gone with it, unless it is still open in another tab.
    # Its registration says nothing of the new page's.
    is_gone = _is_page_gone(before)
    return replace(after, is_lost=before.is_lost or is_gone), [TellLost()] if is_gone else []


def _is_page_gone(desk: Desk) -> bool:
    return _is_watched(desk) and not desk.is_page_open and not desk.is_lost


def _switch_told(desk: Desk, event: SwitchEvent, now_s: float, patience: Patience) -> Changed:
    match event:
        case SwitchThere():
            there = replace(desk, boot=event.boot, is_registered=event.is_registered)
            there = replace(there, provide_failures=0, provide_at_s=None)
            is_known = desk.phone.provided_boot == event.boot or not _is_lent(desk.phone)
            return there, [] if is_known else [Provide(desk.phone)]
        case ProvideDone():
            phone = replace(desk.phone, provided_boot=desk.boot)
            return replace(desk, phone=phone, provide_failures=0, provide_at_s=None), [Save(phone)]
        case ProvideFailed():
            failures = desk.provide_failures + 1
            pause_s = patience.provide_retry_s * 2 ** (failures - 1)
            again_at_s = now_s + pause_s if failures < patience.provide_tries_max else None
            return replace(desk, provide_failures=failures, provide_at_s=again_at_s), []


def _time_passed(desk: Desk, now_s: float) -> Changed:
    effects: list[DeskEffect] = []
    if desk.lost_at_s is not None and desk.lost_at_s <= now_s:
        effects += [] if desk.is_lost else [TellLost()]
        desk = replace(desk, lost_at_s=None, is_lost=True)
    if desk.provide_at_s is not None and desk.provide_at_s <= now_s:
        effects.append(Provide(desk.phone))
        desk = replace(desk, provide_at_s=None)
    return desk, effects


def _settle(desk: Desk) -> Changed:
    """A page is back once it is connected and its phone can ring."""
    if desk.is_lost and desk.is_page_open and desk.is_registered:
        return replace(desk, is_lost=False), [TellBack()]
    return desk, []


def _await_page(desk: Desk, lost_at_s: float) -> Desk:
    return replace(desk, lost_at_s=lost_at_s) if _is_watched(desk) else desk


def _is_watched(desk: Desk) -> bool:
    """A desk phone rings without a page; only the browser's phone lives and dies with one."""
    return desk.phone.device.is_browser


def _is_lent(phone: Phone) -> bool:
    """Given out for this sign-in; a desk phone is known to the switch whoever is signed in."""
    return not phone.device.is_lasting


def _taken_back(phone: Phone) -> list[DeskEffect]:
    return [Withdraw(phone.device.id)] if _is_lent(phone) else []
