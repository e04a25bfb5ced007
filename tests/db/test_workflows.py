"""Tickets go through workflows, on both databases: begun once, versioned, raced for, not lost."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from infra.database import Database
from tests.db.ticket_parts import BOSS, LI
from tests.db.workflow_parts import Desk
from tickets.errors import StaleVersion, StepDecides
from tickets.model import State, Ticket, TicketType
from tickets.service import Draft
from tickets.workflow.errors import NotYourStep, StepUnfinished
from tickets.workflow.place import Filled, Taken

QUALITY = Draft(
    type=TicketType.COMPLAINT,
    title="同批次三台异响",
    description="脱水时异响",
    facts={"category": "质量", "product": "XQG100"},
)
ENQUIRY = Draft(type=TicketType.INQUIRY, title="保修多久", description="洗衣机保修期")
RACERS = 8


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return Desk(database, tmp_path)


async def begun(desk: Desk, draft: Draft = QUALITY) -> Ticket:
    ticket = await desk.site.tickets.create(draft, LI)
    await desk.hears(ticket.id)
    return ticket


async def test_a_new_ticket_begins_once_however_often_that_is_told(desk: Desk) -> None:
    ticket = await desk.site.tickets.create(QUALITY, LI)
    await asyncio.gather(*(desk.hears(ticket.id) for _ in range(RACERS)))
    await desk.hears(ticket.id)
    standing = await desk.stands(ticket.id)
    assert (standing.workflow.key, standing.place.step, standing.place.version) == ("quality", "receive", 1)
    assert await desk.lines(ticket.id) == [
        ("created", "", ticket.number),
        ("workflow", "", "quality"),
        ("step", "", "receive"),
    ]
    assert (await desk.ticket(ticket.id)).version == 1


async def test_a_ticket_of_a_type_without_a_workflow_goes_on_as_before(desk: Desk) -> None:
    ticket = await begun(desk, Draft(type=TicketType.SUGGESTION, title="延长营业时间"))
    assert await desk.workflows.standing(ticket.id) is None
    await desk.site.tickets.change(ticket.id, 1, {"state": State.RESOLVED}, None, by=LI)
    assert (await desk.ticket(ticket.id)).matter.state is State.RESOLVED


async def test_a_ticket_from_before_the_workflow_goes_on_without_it(desk: Desk) -> None:
    (desk.files / "enquiry.yaml").rename(desk.files / "enquiry.away")
    ticket = await begun(desk, ENQUIRY)
    desk.site.clock.time = desk.site.clock.time.replace(hour=5)
    await begun(desk)
    (desk.files / "enquiry.away").rename(desk.files / "enquiry.yaml")
    desk.site.clock.time = desk.site.clock.time.replace(hour=6)
    await desk.hears(ticket.id)
    assert await desk.workflows.standing(ticket.id) is None
    later = await begun(desk, ENQUIRY)
    assert (await desk.stands(later.id)).workflow.key == "enquiry"


async def test_steps_state_and_department_go_together_and_stay_in_the_history(desk: Desk) -> None:
    ticket = await begun(desk)
    with pytest.raises(StepUnfinished):
        await desk.take(ticket.id, "inspect")
    await desk.fill(ticket.id, batch="B-2026-11")
    await desk.take(ticket.id, "inspect", why="客户寄来样品")
    matter = (await desk.ticket(ticket.id)).matter
    assert (matter.state, matter.owner, matter.department) == (State.PENDING_ASSIGNMENT, None, "quality")
    assert (await desk.lines(ticket.id))[3:] == [
        ("batch", "", "B-2026-11"),
        ("check", "", "photos"),
        ("check", "", "stopped"),
        ("step", "receive", "inspect"),
        ("state", "processing", "pending_assignment"),
        ("owner", "1", ""),
        ("department", "", "quality"),
    ]
    history = await desk.site.tickets.store.history_of(ticket.id)
    assert [line.why for line in history if line.change.field == "step"] == ["", "客户寄来样品"]


async def test_of_two_who_take_a_step_at_once_one_does(desk: Desk) -> None:
    ticket = await begun(desk)
    await desk.fill(ticket.id, batch="B1")
    taken = Taken(by=BOSS, to="inspect")
    version = (await desk.stands(ticket.id)).place.version
    takes = (desk.workflows.take(ticket.id, version, taken) for _ in range(RACERS))
    results = await asyncio.gather(*takes, return_exceptions=True)
    assert sum(result is None for result in results) == 1
    assert all(isinstance(result, StaleVersion) for result in results if result is not None)
    steps = [line for line in await desk.lines(ticket.id) if line[0] == "step"]
    assert steps == [("step", "", "receive"), ("step", "receive", "inspect")]


async def test_what_others_write_in_the_ticket_meanwhile_is_kept(desk: Desk) -> None:
    ticket = await begun(desk)
    await desk.fill(ticket.id, batch="B1")
    version = (await desk.stands(ticket.id)).place.version

    async def write(text: str) -> None:
        await desk.site.tickets.change(ticket.id, 1, {"description": text}, None, by=LI)

    taken = Taken(by=LI, to="inspect")
    await asyncio.gather(write("脱水时异响，已录像"), desk.workflows.take(ticket.id, version, taken))
    matter = (await desk.ticket(ticket.id)).matter
    assert (matter.description, matter.department) == ("脱水时异响，已录像", "quality")


async def test_running_tickets_stay_on_the_version_in_which_they_began(desk: Desk) -> None:
    old = await begun(desk, ENQUIRY)
    file = desk.files / "enquiry.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("{to: answered, name: {zh: 已答复", "{to: filed, name: {zh: 已答复"), encoding="utf-8"
    )
    new = await begun(desk, ENQUIRY)
    await desk.take(old.id, "answered")
    await desk.take(new.id, "filed")
    assert (await desk.ticket(old.id)).matter.state is State.RESOLVED
    assert (await desk.ticket(new.id)).matter.state is State.CLOSED
    file.unlink()
    await desk.take(old.id, "filed")
    assert (await desk.ticket(old.id)).matter.state is State.CLOSED


async def test_after_a_restart_a_ticket_is_where_it_was(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    ticket = await begun(desk)
    await desk.fill(ticket.id, batch="B1")
    (desk.files / "quality.yaml").write_text("broken: [", encoding="utf-8")
    again = Desk(database, tmp_path)
    standing = await again.stands(ticket.id)
    assert standing.place == (await desk.stands(ticket.id)).place
    await again.hears(ticket.id)
    await again.take(ticket.id, "inspect")
    assert (await again.stands(ticket.id)).place.step == "inspect"


async def test_what_only_a_step_can_bring_is_refused_by_hand(desk: Desk) -> None:
    ticket = await begun(desk, ENQUIRY)
    with pytest.raises(StepDecides):
        await desk.site.tickets.change(ticket.id, 1, {"state": State.RESOLVED}, None, by=BOSS)
    await desk.take(ticket.id, "waiting")
    assert (await desk.ticket(ticket.id)).matter.state is State.PENDING_FEEDBACK


async def test_a_ticket_that_comes_back_begins_its_workflow_again(desk: Desk) -> None:
    ticket = await begun(desk, ENQUIRY)
    await desk.take(ticket.id, "answered")
    await desk.take(ticket.id, "filed")
    version = (await desk.ticket(ticket.id)).version
    await desk.site.tickets.change(ticket.id, version, {"state": State.PROCESSING}, None, by=LI)
    await desk.hears(ticket.id)
    await desk.hears(ticket.id)
    assert (await desk.stands(ticket.id)).place.step == "answer"
    assert (await desk.lines(ticket.id))[-1] == ("step", "filed", "answer")


@pytest.mark.parametrize("draft", [QUALITY, ENQUIRY])
async def test_a_ticket_that_turns_out_to_be_another_matter_changes_over_while_nothing_was_done(
    desk: Desk, draft: Draft
) -> None:
    ticket = await begun(desk, draft)
    wishes: dict[str, Any] = {"type": TicketType.TECHNICAL_SUPPORT, "category": ""}
    await desk.site.tickets.change(ticket.id, 1, wishes, None, by=LI)
    await desk.hears(ticket.id)
    standing = await desk.stands(ticket.id)
    assert (standing.workflow.key, standing.place.step) == ("technical_support", "diagnose")
    await desk.fill(ticket.id, fault="电源板")
    await desk.site.tickets.change(ticket.id, 2, {"type": TicketType.INQUIRY}, None, by=LI)
    await desk.hears(ticket.id)
    assert (await desk.stands(ticket.id)).workflow.key == "technical_support"


async def test_a_department_claims_its_step_and_nobody_else_goes_on_with_it(desk: Desk) -> None:
    ticket = await begun(desk)
    await desk.fill(ticket.id, batch="B1")
    await desk.take(ticket.id, "inspect")
    version = (await desk.ticket(ticket.id)).version
    await desk.site.tickets.change(ticket.id, version, {"state": State.PROCESSING}, None, by=BOSS)
    with pytest.raises(NotYourStep):
        await desk.workflows.fill(
            ticket.id, (await desk.stands(ticket.id)).place.version, Filled(by=LI, values={"finding": "轴承"})
        )
    await desk.fill(ticket.id, BOSS, finding="轴承磨损", defects="3")
    assert (await desk.stands(ticket.id)).place.values == {
        "batch": "B1",
        "finding": "轴承磨损",
        "defects": "3",
    }
