"""Who may not have a phone any more loses it, whoever changed that."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from typing_extensions import override

from agent_ui.desk_phones import MakeDeskPhone
from agent_ui.phone_review import PhoneReview
from agent_ui.settings import WebSettings
from kernel.ids import AgentId, StaffId
from tests.unit.agent_ui.phone_scene import LI, NOW, Scene, playing, wish


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with playing() as scene:
        yield scene


@dataclass
class Office:
    """Who is an agent."""

    members: dict[StaffId, datetime | None]
    leaders: set[StaffId] = field(default_factory=set)

    async def supervisors(self) -> set[StaffId]:
        return self.leaders

    async def agents(self) -> dict[StaffId, datetime | None]:
        return self.members


@dataclass
class Talks:
    """Who talks, and who hears others."""

    talking: set[AgentId] = field(default_factory=set)
    hearing: set[AgentId] = field(default_factory=set)

    def listeners(self) -> list[AgentId]:
        return sorted(self.hearing)

    async def stop(self, by: AgentId) -> None:
        self.hearing.remove(by)

    def is_talking(self, agent: AgentId) -> bool:
        return agent in self.talking


async def test_a_phone_is_taken_back_from_who_is_no_agent_any_more(scene: Scene) -> None:
    desk, office = scene.desk(), Office({LI: None, StaffId(2): None})
    await desk.take(LI, wish(kind="sip"))
    await desk.take(StaffId(2), wish())
    talks = Talks()
    review = PhoneReview(desk, office, talks, talks, WebSettings())
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
    await PhoneReview(desk, Hiring({LI: None}), Talks(), Talks(), WebSettings()).review()
    assert desk.holders.keys() == {LI, StaffId(2)}


async def test_who_is_signed_out_everywhere_has_no_phone_until_they_take_one_again(scene: Scene) -> None:
    desk, office, talks = scene.desk(), Office({LI: None}), Talks({AgentId(LI)})
    review = PhoneReview(desk, office, talks, talks, WebSettings())
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


async def test_who_is_no_supervisor_any_more_hears_nothing_and_keeps_the_phone(scene: Scene) -> None:
    desk, office = scene.desk(), Office({LI: None}, {LI, StaffId(2)})
    await desk.take(LI, wish(kind="sip"))
    talks = Talks(hearing={AgentId(LI), AgentId(2)})
    review = PhoneReview(desk, office, talks, talks, WebSettings())
    await review.review()
    assert talks.hearing == {LI, 2}
    office.leaders.remove(LI)
    await review.review()
    assert (talks.hearing, desk.holders.keys()) == ({2}, {LI})


async def test_a_desk_phone_goes_with_its_person_even_if_they_were_never_signed_in(scene: Scene) -> None:
    lasting = scene.desk_phones()
    desk, office, talks = scene.desk(desk_phones=lasting), Office({LI: None}), Talks({AgentId(LI)})
    await lasting.make(LI, MakeDeskPhone(), by=LI)
    await scene.switch.provided.get()
    review = PhoneReview(desk, office, talks, talks, WebSettings())
    await review.review()
    del office.members[LI]
    await review.review()
    assert lasting.holders == {LI}, "nobody's caller is cut off"
    talks.talking.clear()
    await review.review()
    assert (set(lasting.holders), scene.switch.known, scene.drawer.phones) == (set(), {}, {})
