"""One phone's story, event by event, with time as a number."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from agent_ui import phone_engine
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
)
from kernel.ids import AgentId, DeviceId, StaffId
from telephony.model import Device, DeviceSecret

PATIENCE = Patience(page_grace_s=2.0, page_return_s=20.0, provide_retry_s=1.0, provide_tries_max=3)
DEVICE = DeviceId("agent-1-aa")


def phone(page: str = "one", *, device: str = DEVICE, is_browser: bool = True, boot: str = "b1") -> Phone:
    known = Device(id=DeviceId(device), agent=AgentId(1), is_browser=is_browser)
    secret = DeviceSecret(username=device, realm="hotline", ha1=f"of {page}")
    return Phone(staff=StaffId(1), page=page, device=known, secret=secret, provided_boot=boot)


def taken(desk: Desk | None, by: Phone, now_s: float = 0.0, *, open_: bool = True) -> "Story":
    fresh = Desk(phone=by, is_page_open=open_, boot="b1")
    return Story(*phone_engine.taken(desk, fresh, now_s, PATIENCE))


class Story:
    """A desk with what its last event led to."""

    def __init__(self, desk: Desk | None, effects: Iterable[DeskEffect]) -> None:
        self.desk, self.effects = desk, list(effects)

    def then(self, event: DeskEvent, now_s: float = 0.0) -> "Story":
        return Story(*step(self.known, event, now_s, PATIENCE))

    @property
    def known(self) -> Desk:
        assert self.desk is not None
        return self.desk

    @property
    def told(self) -> list[DeskEffect]:
        return [effect for effect in self.effects if isinstance(effect, TellLost | TellBack)]


def ringable() -> Story:
    return taken(None, phone()).then(Registered())


def test_a_taken_phone_is_told_and_kept() -> None:
    assert taken(None, phone()).effects == [TellDevice(phone().device), Save(phone())]


def test_a_page_away_for_two_seconds_is_lost_and_back_once_it_is_connected_and_can_ring() -> None:
    gone = ringable().then(PageWent(), 10.0)
    assert gone.known.wakeup_s == 12.0
    assert gone.then(Tick(), 11.9).told == []
    lost = gone.then(Tick(), 12.0)
    assert lost.told == [TellLost()]
    away = lost.then(Unregistered()).then(PageCame())
    assert away.told == []
    assert away.then(Registered()).told == [TellBack()]


def test_a_page_back_within_its_grace_was_never_lost() -> None:
    back = ringable().then(PageWent(), 10.0).then(PageCame(), 11.5)
    assert back.known.wakeup_s is None
    assert back.then(Tick(), 12.0).told == []


def test_the_same_page_takes_its_phone_anew_without_a_loss() -> None:
    again = taken(ringable().then(PageWent(), 10.0).known, phone(), 11.0, open_=False)
    assert again.told == []
    assert again.known.is_registered
    assert again.known.wakeup_s == 13.0
    assert again.then(PageCame(), 12.5).known.wakeup_s is None


def test_the_same_page_taking_its_phone_after_a_loss_is_back_once_connected() -> None:
    lost = ringable().then(PageWent(), 10.0).then(Tick(), 12.0)
    again = taken(lost.known, phone(), 13.0, open_=False)
    assert again.told == []
    assert again.then(PageCame(), 14.0).told == [TellBack()]


def test_another_page_takes_over_what_a_gone_page_talked_on() -> None:
    over = taken(ringable().then(PageWent(), 10.0).known, phone("two"), 10.5)
    assert over.effects == [TellLost(), TellDevice(phone("two").device), Save(phone("two"))]
    assert not over.known.is_registered
    assert over.then(Registered()).told == [TellBack()]


def test_another_tab_takes_over_while_the_first_talks_on() -> None:
    assert taken(ringable().known, phone("two")).told == []


def test_a_page_that_took_the_phone_and_never_connects_is_lost_in_the_end() -> None:
    unseen = taken(None, phone(), 10.0, open_=False)
    assert unseen.known.wakeup_s == 30.0
    assert unseen.then(Tick(), 30.0).told == [TellLost()]


def test_pages_whose_way_was_lost_have_longer() -> None:
    gone = ringable().then(PageWent(), 10.0).then(WayLost(), 10.8)
    assert gone.then(Tick(), 12.0).told == []
    assert gone.then(Tick(), 30.8).told == [TellLost()]
    assert ringable().then(WayLost()).known.wakeup_s is None


def test_a_phone_of_another_kind_ends_the_one_before() -> None:
    desk_phone = phone("two", device="agent-1-bb", is_browser=False)
    over = taken(ringable().then(PageWent(), 10.0).known, desk_phone, 11.0, open_=False)
    assert over.effects[:3] == [TellLost(), Withdraw(DEVICE), TellDevice(desk_phone.device)]
    assert not over.known.is_lost


def test_a_desk_phone_needs_no_page() -> None:
    standing = taken(None, phone(is_browser=False)).then(PageWent(), 10.0)
    assert standing.known.wakeup_s is None
    assert taken(standing.known, phone("two", is_browser=False), 11.0).told == []


def test_a_restarted_switch_is_told_of_the_phone_and_asked_again_a_bounded_number_of_times() -> None:
    there = ringable().then(SwitchThere("b2", is_registered=False))
    assert there.effects == [Provide(phone())]
    first = there.then(ProvideFailed(), 1.0)
    assert first.known.wakeup_s == 2.0
    second = first.then(Tick(), 2.0)
    assert second.effects == [Provide(phone())]
    second = second.then(ProvideFailed(), 2.0)
    assert second.known.wakeup_s == 4.0
    assert second.then(Tick(), 4.0).then(ProvideFailed(), 4.0).known.wakeup_s is None


def test_a_phone_that_was_told_is_kept_with_the_boot_that_knows_it() -> None:
    there = ringable().then(SwitchThere("b2", is_registered=False)).then(ProvideFailed())
    told = there.then(Tick(), 1.0).then(ProvideDone())
    assert told.effects == [Save(phone(boot="b2"))]
    assert told.then(SwitchThere("b2", is_registered=True)).effects == []


def test_a_new_switch_gives_a_phone_that_was_given_up_new_tries() -> None:
    given_up = ringable().then(SwitchThere("b2", is_registered=False))
    for _ in range(PATIENCE.provide_tries_max):
        given_up = given_up.then(ProvideFailed())
    there = given_up.then(SwitchThere("b3", is_registered=False))
    assert there.effects == [Provide(phone())]
    assert there.then(ProvideFailed(), 1.0).known.wakeup_s == 2.0


def test_a_phone_taken_while_the_switch_was_restarted_is_told_again() -> None:
    assert taken(None, phone(boot="b0")).effects[-1] == Provide(phone(boot="b0"))


@pytest.mark.parametrize("boot", ["b1", "b2"])
def test_after_a_restart_of_the_server_pages_have_a_while_to_come_back(boot: str) -> None:
    again = Story(*restored(phone(), 5.0, PATIENCE))
    assert again.effects == [TellDevice(phone().device)]
    there = again.then(SwitchThere(boot, is_registered=True))
    assert there.effects == ([] if boot == "b1" else [Provide(phone())])
    assert there.then(PageCame(), 6.0).known.wakeup_s is None
    assert there.then(Tick(), 25.0).told == [TellLost()]


def test_signing_out_leaves_nothing_and_nobody_who_talks_on_a_page_that_let_go() -> None:
    out = ringable().then(PageWent(), 1.0).then(SignedOut())
    assert out.desk is None
    assert out.effects == [TellLost(), TellNoDevice(), Forget(), Withdraw(DEVICE)]
    lost = ringable().then(PageWent(), 1.0).then(Tick(), 3.0)
    assert lost.then(SignedOut()).told == []


def test_on_a_desk_phone_a_conversation_outlives_signing_out() -> None:
    assert taken(None, phone(is_browser=False)).then(SignedOut()).told == []


def test_a_page_whose_session_is_over_is_lost_at_once_and_back_after_signing_in_again() -> None:
    over = ringable().then(PageDismissed(), 10.0)
    assert over.told == [TellLost()]
    gone = over.then(PageWent(), 10.1)
    assert gone.then(Tick(), 12.1).told == []
    again = taken(gone.known, phone(), 13.0, open_=False)
    assert again.then(PageCame(), 13.1).told == [TellBack()]
    assert taken(None, phone(is_browser=False)).then(PageDismissed(), 10.0).told == []


def test_a_loss_is_told_once() -> None:
    lost = ringable().then(PageWent(), 1.0).then(Tick(), 3.0)
    assert lost.then(PageWent(), 4.0).then(Tick(), 6.0).told == []
    over = taken(lost.known, phone("two"), 7.0)
    assert over.told == []


def test_the_switch_is_neither_told_of_a_lasting_phone_nor_made_to_forget_it() -> None:
    lasting = replace(
        phone(boot="b0"),
        device=Device(id=DeviceId("desk-abc"), agent=AgentId(1), is_browser=False, is_lasting=True),
    )
    over = taken(ringable().known, lasting)
    assert Provide(lasting) not in over.effects
    assert over.then(SwitchThere("b2", is_registered=True)).effects == []
    assert over.then(SignedOut()).effects == [TellNoDevice(), Forget()]
    back = taken(over.known, phone("two"))
    assert Withdraw(lasting.device.id) not in back.effects
