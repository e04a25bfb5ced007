"""Phones: fresh secrets, one owning page, and what routing hears when a page vanishes."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from typing_extensions import override

from agent_ui.board import Board, only
from agent_ui.phone import PhoneDesk, TakePhone
from agent_ui.phone_engine import Phone
from agent_ui.phone_review import PhoneReview
from agent_ui.settings import WebSettings
from infra.tasks import Tasks
from kernel.errors import DatabaseUnavailable
from kernel.ids import AgentId, DeviceId, StaffId
from telephony.errors import SwitchUnavailable
from telephony.events import DeviceRegistered, DeviceUnregistered, SwitchConnected
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
        del self.known[device]

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

    async def has_device(self, agent: AgentId, device: DeviceId) -> None:
        assert device.startswith(f"agent-{agent}-")
        self._note("device", agent)

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
class Scene:
    """One phone desk with all around it."""

    tasks: Tasks
    switch: Devices = field(default_factory=Devices)
    heard: Heard = field(default_factory=Heard)
    book: Pages = field(default_factory=Pages)
    board: Board = field(default_factory=lambda: Board(backlog_keys_max=10))
    time: datetime = NOW

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def desk(self, *, page_grace_s: float = 60.0, page_return_s: float = 60.0) -> PhoneDesk:
        return PhoneDesk(
            switch=self.switch,  # type: ignore[arg-type]  # the part of it that is used
            presence=self.heard,
            book=self.book,
            board=self.board,
            tasks=self.tasks,
            clock=self,
            ice_servers=[TURN],
            settings=WebSettings(
                page_grace_s=page_grace_s, page_return_s=page_return_s, provide_retry_s=0.01
            ),
        )

    def registered(self) -> DeviceRegistered:
        return DeviceRegistered(at=NOW, device=self.book.phones[LI].device.id)


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    tasks = Tasks()
    yield Scene(tasks)
    await tasks.close()


def wish(page: str = "tab-1", *, kind: str = "browser") -> TakePhone:
    return TakePhone.model_validate({"page": page, "kind": kind})


def connected(boot: str, *registered: DeviceId) -> SwitchConnected:
    snapshot = Snapshot(boot_id=boot, calls=(), legs=(), registered=frozenset(registered))
    return SwitchConnected(at=NOW, snapshot=snapshot)


async def test_a_secret_is_minted_at_each_taking_and_the_device_stays(scene: Scene) -> None:
    desk = scene.desk()
    first, second = await desk.take(LI, wish()), await desk.take(LI, wish())
    assert first.ha1 != second.ha1
    assert first.device == second.device
    assert scene.switch.known == {DeviceId(second.device): scene.book.phones[LI].secret}
    assert len(second.ha1) == 32
    assert [server.model_dump() for server in second.ice_servers] == [
        {"urls": "turn:turn.example", "username": "desk", "credential": "geheim"}
    ]


async def test_the_board_tells_which_page_owns_the_phone_and_whether_it_can_ring(scene: Scene) -> None:
    desk = scene.desk()
    credentials = await desk.take(LI, wish("tab-2"))
    await desk.on_event(scene.registered())
    assert scene.board.get("phone", only(LI)) == {
        "owner_page": "tab-2",
        "device": credentials.device,
        "is_registered": True,
    }
    await desk.on_event(DeviceUnregistered(at=NOW, device=DeviceId(credentials.device)))
    shown = scene.board.get("phone", only(LI))
    assert shown is not None
    assert shown["is_registered"] is False


async def test_a_page_that_stays_away_is_lost_and_back_when_it_can_ring_again(scene: Scene) -> None:
    desk = scene.desk(page_grace_s=0.01)
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    await desk.on_event(scene.registered())
    scene.heard.changed.clear()
    await desk.page_went(LI, "tab-1")
    await scene.heard.changed.wait()
    assert scene.heard.words[-1] == ("lost", 1)
    await desk.page_came(LI, "tab-1")
    assert scene.heard.words[-1] == ("back", 1)


async def test_a_page_back_within_its_grace_was_never_lost(scene: Scene) -> None:
    desk = scene.desk()
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    await desk.page_went(LI, "tab-1")
    await desk.page_came(LI, "tab-1")
    assert scene.heard.words == [("device", 1)]


async def test_pages_that_all_go_at_once_are_given_the_time_that_an_edge_needs_to_be_back(
    scene: Scene,
) -> None:
    desk = scene.desk(page_grace_s=0.01, page_return_s=0.3)
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    await desk.page_came(StaffId(2), "another")
    await desk.page_went(LI, "tab-1")
    await desk.page_went(StaffId(2), "another")
    scene.heard.changed.clear()
    began_s = asyncio.get_running_loop().time()
    await scene.heard.changed.wait()
    assert scene.heard.words[-1] == ("lost", 1)
    assert asyncio.get_running_loop().time() - began_s >= 0.25


async def test_a_page_that_goes_while_others_stay_is_lost_soon(scene: Scene) -> None:
    desk = scene.desk(page_grace_s=0.01)
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    await desk.page_came(StaffId(2), "another")
    scene.heard.changed.clear()
    await desk.page_went(LI, "tab-1")
    await scene.heard.changed.wait()
    assert scene.heard.words[-1] == ("lost", 1)


async def test_a_reloaded_page_lost_its_sound_and_is_back_once_it_registered(scene: Scene) -> None:
    desk = scene.desk()
    await desk.take(LI, wish("before"))
    await desk.page_came(LI, "before")
    await desk.on_event(scene.registered())
    await desk.page_went(LI, "before")
    await desk.page_came(LI, "after")
    await desk.take(LI, wish("after"))
    assert scene.heard.words == [("device", 1), ("lost", 1), ("device", 1)]
    await desk.on_event(scene.registered())
    assert scene.heard.words[-1] == ("back", 1)


async def test_a_second_tab_takes_the_phone_without_ending_what_the_first_talks(scene: Scene) -> None:
    desk = scene.desk()
    await desk.take(LI, wish("first"))
    await desk.page_came(LI, "first")
    await desk.take(LI, wish("second"))
    assert ("lost", 1) not in scene.heard.words


async def test_a_desk_phone_needs_no_page(scene: Scene) -> None:
    desk = scene.desk(page_grace_s=0.01)
    await desk.take(LI, wish(kind="sip"))
    await desk.page_came(LI, "tab-1")
    await desk.page_went(LI, "tab-1")
    assert "phone of 1" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_a_restarted_switch_is_told_every_phone_again_also_after_it_refused_one(scene: Scene) -> None:
    desk = scene.desk()
    await desk.on_event(connected("boot-1"))
    for staff in (1, 2, 3):
        await desk.take(StaffId(staff), wish())
        assert await scene.switch.provided.get() == staff
    before = dict(scene.switch.known)
    scene.switch.known.clear()
    scene.switch.refusals = {AgentId(1): 3}
    await desk.on_event(connected("boot-1"))
    await desk.on_event(connected("boot-2"))
    assert [await scene.switch.provided.get() for _ in range(3)] == [2, 3, 1]
    assert scene.switch.known == before


async def test_phones_outlive_a_restart_of_the_server(scene: Scene) -> None:
    before = scene.desk()
    await before.on_event(connected("boot-1"))
    device = DeviceId((await before.take(LI, wish())).device)
    scene.switch.known.clear()
    after = scene.desk(page_return_s=0.01)
    scene.heard.changed.clear()
    await after.start()
    await after.on_event(connected("boot-1", device))
    assert scene.switch.known == {}
    assert scene.board.get("phone", only(LI)) == {
        "owner_page": "tab-1",
        "device": device,
        "is_registered": True,
    }
    while ("lost", 1) not in scene.heard.words:
        scene.heard.changed.clear()
        await scene.heard.changed.wait()


async def test_a_page_that_takes_its_phone_once_more_is_not_lost_by_what_was_before(scene: Scene) -> None:
    desk = scene.desk(page_grace_s=0.02)
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    await desk.on_event(scene.registered())
    await desk.page_went(LI, "tab-1")
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    assert "phone of 1" not in {task.get_name() for task in asyncio.all_tasks() if not task.cancelling()}
    shown = scene.board.get("phone", only(LI))
    assert shown is not None
    assert shown["is_registered"] is True


async def test_a_phone_that_cannot_be_kept_is_given_out_all_the_same(scene: Scene) -> None:
    scene.book.is_away = True
    desk = scene.desk()
    await desk.take(LI, wish())
    assert scene.heard.words == [("device", 1)]
    await desk.signed_out(LI)
    assert scene.heard.words[-1] == ("no device", 1)


async def test_signing_out_takes_the_phone_away_even_when_the_switch_is_away(scene: Scene) -> None:
    desk = scene.desk()
    await desk.take(LI, wish())
    scene.switch.is_away = True
    await desk.signed_out(LI)
    await desk.signed_out(LI)
    assert scene.heard.words == [("device", 1), ("lost", 1), ("no device", 1)]
    assert scene.book.phones == {}
    assert scene.board.get("phone", only(LI)) is None


@dataclass
class Office:
    """Who is an agent."""

    members: dict[StaffId, datetime | None]

    async def agents(self) -> dict[StaffId, datetime | None]:
        return self.members


@dataclass
class Talks:
    """Who talks."""

    talking: set[AgentId] = field(default_factory=set)

    def is_talking(self, agent: AgentId) -> bool:
        return agent in self.talking


async def test_a_page_whose_session_is_over_is_lost_at_once(scene: Scene) -> None:
    desk = scene.desk()
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    await desk.on_event(scene.registered())
    await desk.page_dismissed(LI, "another tab")
    assert scene.heard.words[-1] == ("device", 1)
    await desk.page_dismissed(LI, "tab-1")
    await desk.page_went(LI, "tab-1")
    assert scene.heard.words == [("device", 1), ("lost", 1)]
    await desk.take(LI, wish())
    await desk.page_came(LI, "tab-1")
    assert scene.heard.words[-1] == ("back", 1)


async def test_a_phone_is_taken_back_from_who_is_no_agent_any_more(scene: Scene) -> None:
    desk, office = scene.desk(), Office({LI: None, StaffId(2): None})
    await desk.take(LI, wish(kind="sip"))
    await desk.take(StaffId(2), wish())
    talks = Talks()
    review = PhoneReview(desk, office, talks, WebSettings())
    await review.review()
    assert desk.holders.keys() == {LI, StaffId(2)}
    del office.members[LI]
    talks.talking.add(AgentId(LI))
    await review.review()
    assert desk.holders.keys() == {LI, StaffId(2)}, "nobody's caller is cut off"
    talks.talking.clear()
    await review.review()
    assert desk.holders.keys() == {StaffId(2)}
    assert scene.heard.words[-1] == ("no device", 1)
    assert [device.split("-")[1] for device in scene.switch.known] == ["2"]


async def test_a_phone_that_is_taken_while_agents_are_read_is_not_taken_back(scene: Scene) -> None:
    desk = scene.desk()

    class Hiring(Office):
        @override
        async def agents(self) -> dict[StaffId, datetime | None]:
            read = dict(self.members)
            await desk.take(StaffId(2), wish())
            return read

    await desk.take(LI, wish())
    await PhoneReview(desk, Hiring({LI: None}), Talks(), WebSettings()).review()
    assert desk.holders.keys() == {LI, StaffId(2)}


async def test_who_is_signed_out_everywhere_has_no_phone_until_they_take_one_again(scene: Scene) -> None:
    desk, office, talks = scene.desk(), Office({LI: None}), Talks({AgentId(LI)})
    review = PhoneReview(desk, office, talks, WebSettings())
    await desk.take(LI, wish(kind="sip"))
    scene.time = office.members[LI] = NOW + timedelta(hours=1)
    await review.review()
    assert desk.holders.keys() == {LI}, "nobody's caller is cut off"
    talks.talking.clear()
    await review.review()
    assert (desk.holders.keys(), scene.switch.known) == (set(), {})
    scene.time += timedelta(minutes=1)
    await desk.take(LI, wish(kind="sip"))
    await review.review()
    assert desk.holders == {LI: scene.time}
