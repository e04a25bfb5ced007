"""A ticket in its workflow: what may be done at a step, and what follows; at last, anything in any order."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kernel.access import Principal, Role
from kernel.errors import HotlineError
from kernel.ids import StaffId
from server.installation import EXAMPLE_SITE
from tickets.model import OPEN_STATES, Matter, Priority, State, TicketType
from tickets.workflow.engine import (
    About,
    begin,
    handed,
    handle,
    lacks_visit,
    may,
    missing,
    open_ways,
    unchecked,
    values_of,
)
from tickets.workflow.errors import NoSuchStep, NotYourStep, StepUnfinished, WayClosed, WrongEntry
from tickets.workflow.file import Surroundings, load_workflow
from tickets.workflow.model import Whom, Workflow
from tickets.workflow.place import Effect, Event, Filled, Hands, Notes, Place, Reopened, Stands, Taken

NOW = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
LI = Principal(staff_id=StaffId(1), name="li", roles=frozenset({Role.AGENT}))
WANG = Principal(staff_id=StaffId(2), name="wang", roles=frozenset({Role.AGENT}))
BOSS = Principal(staff_id=StaffId(3), name="boss", roles=frozenset({Role.SUPERVISOR}))
PEOPLE = {one.name: one.staff_id for one in (LI, WANG, BOSS)}
MATTER = Matter(
    type=TicketType.COMPLAINT,
    priority=Priority.HIGH,
    state=State.PROCESSING,
    title="洗衣机异响",
    category="质量",
    owner=LI.staff_id,
)
REPAIR = """\
name: {zh: 维修, en: Repair}
tickets: {type: [complaint]}
start: receive
fields:
  cost: {name: {zh: 费用, en: Cost}, type: number}
  day: {name: {zh: 日期, en: Day}, type: date}
  fine: {name: {zh: 合格, en: Fine}, type: yes_no}
steps:
  receive:
    name: {zh: 受理, en: Receive}
    required: [product, cost]
    checks: [{key: seen, zh: 已看过, en: Seen}]
    next:
      - {to: visit, when: cost > 100}
      - {to: review}
  visit:
    name: {zh: 上门, en: Visit}
    handler: {person: wang}
    visit: true
    next: [{to: wait}]
  wait:
    name: {zh: 待客户, en: Waiting}
    state: pending_feedback
    next: [{to: done}]
  review:
    name: {zh: 审核, en: Review}
    handler: {role: supervisor}
    next: [{to: done}]
  done:
    name: {zh: 完成, en: Done}
    state: closed
"""


def loaded(text: str, key: str = "repair") -> Workflow:
    workflow, problems = load_workflow(text, file=key, key=key, around=Surroundings())
    assert workflow is not None, problems
    return workflow


REPAIR_FLOW = loaded(REPAIR)


class Ticket:
    """A ticket whose effects are performed at once."""

    def __init__(self, workflow: Workflow = REPAIR_FLOW, matter: Matter = MATTER) -> None:
        self.workflow = workflow
        self.matter = matter
        self.now = NOW
        self.notes: list[Notes] = []
        self.place = Place(
            workflow="", digest="", step="", goal=State.PROCESSING, begun_at=NOW, entered_at=NOW
        )
        self._perform(begin(workflow, self.about, self.now), None)

    @property
    def about(self) -> About:
        return About(matter=self.matter, level="vip")

    def happens(self, event: Event) -> list[Effect]:
        self.now += timedelta(minutes=1)
        effects = handle(self.workflow, self.place, event, self.about, self.now)
        by = None if isinstance(event, Reopened) else event.by.staff_id
        self._perform(effects, by)
        return effects

    def fill(self, by: Principal = LI, /, **values: str) -> None:
        self.happens(Filled(by=by, values=values))

    def take(self, to: str, by: Principal = LI) -> None:
        self.happens(Taken(by=by, to=to))

    def _perform(self, effects: list[Effect], by: StaffId | None) -> None:
        for effect in effects:
            match effect:
                case Stands():
                    self.place = effect.place
                case Hands():
                    person = PEOPLE.get(effect.to.person or "") if effect.to else None
                    self.matter = handed(self.matter, effect, person=person, by=by)
                case Notes():
                    self.notes.append(effect)

    @property
    def stands(self) -> tuple[str, State, int | None, str]:
        return self.place.step, self.matter.state, self.matter.owner, self.matter.department


def ready(workflow: Workflow = REPAIR_FLOW) -> Ticket:
    """At the first step, with all that it asks for."""
    ticket = Ticket(workflow, replace(MATTER, product="XQG100"))
    ticket.happens(Filled(by=LI, values={"cost": "20"}, passed={"seen": True}))
    return ticket


def test_a_ticket_that_begins_stays_with_whoever_has_it() -> None:
    ticket = Ticket()
    assert ticket.stands == ("receive", State.PROCESSING, 1, "")
    assert [(one.change.field, one.change.after) for one in ticket.notes] == [
        ("workflow", "repair"),
        ("step", "receive"),
    ]


def test_a_ticket_does_not_go_on_before_the_step_is_done_and_says_what_is_missing() -> None:
    ticket = Ticket()
    with pytest.raises(StepUnfinished) as refused:
        ticket.take("review")
    assert refused.value.details == {"fields": ["product", "cost"], "checks": ["seen"], "visit": False}
    ticket.matter = replace(ticket.matter, product="XQG100")
    ticket.happens(Filled(by=LI, values={"cost": "20"}, passed={"seen": True}))
    ticket.take("review")
    assert ticket.place.step == "review"


def test_a_way_whose_condition_does_not_hold_is_closed() -> None:
    ticket = ready()
    with pytest.raises(WayClosed):
        ticket.take("visit")
    ticket.fill(cost="100.5")
    ticket.take("visit")
    assert ticket.stands == ("visit", State.PENDING_ACCEPTANCE, 2, "")


def test_steps_that_no_way_leads_to_cannot_be_taken() -> None:
    with pytest.raises(NoSuchStep):
        ready().take("done")


def test_a_step_of_a_role_waits_for_somebody_who_has_it() -> None:
    ticket = ready()
    ticket.take("review")
    assert ticket.stands == ("review", State.PENDING_ASSIGNMENT, None, "")
    with pytest.raises(NotYourStep):
        ticket.take("done")
    ticket.take("done", BOSS)
    assert ticket.matter.state is State.CLOSED


def test_a_step_of_a_colleague_is_done_by_them_or_a_supervisor() -> None:
    ticket = ready()
    ticket.fill(cost="200")
    ticket.take("visit")
    assert may(ticket.workflow, ticket.place, WANG, ticket.about)
    assert may(ticket.workflow, ticket.place, BOSS, ticket.about)
    assert not may(ticket.workflow, ticket.place, LI, ticket.about)


def test_a_visit_needs_its_agreed_time_and_each_visit_its_own() -> None:
    ticket = ready()
    ticket.fill(cost="200")
    ticket.take("visit")
    with pytest.raises(StepUnfinished) as refused:
        ticket.take("wait", WANG)
    assert refused.value.details is not None
    assert refused.value.details["visit"] is True
    ticket.happens(Filled(by=WANG, visit_at=NOW + timedelta(days=1)))
    ticket.take("wait", WANG)
    assert ticket.stands == ("wait", State.PENDING_FEEDBACK, 2, "")
    assert ticket.place.visit_at is None


def test_what_comes_back_begins_again_and_keeps_what_was_filled_in() -> None:
    ticket = ready()
    ticket.take("review")
    ticket.take("done", BOSS)
    ticket.matter = replace(ticket.matter, state=State.PROCESSING, owner=LI.staff_id)
    ticket.happens(Reopened())
    assert ticket.stands == ("receive", State.PROCESSING, 1, "")
    assert dict(ticket.place.values) == {"cost": "20"}
    assert ticket.place.passed == frozenset()
    assert ticket.happens(Reopened()) == []


@pytest.mark.parametrize(
    "values",
    [
        {"cost": "viel"},
        {"cost": "NaN"},
        {"cost": "1e99999"},
        {"day": "明天"},
        {"fine": "是"},
        {"colour": "red"},
    ],
)
def test_what_is_not_of_the_fields_kind_is_refused(values: dict[str, str]) -> None:
    with pytest.raises(WrongEntry):
        Ticket().happens(Filled(by=LI, values=values))


def test_points_of_another_step_and_visits_where_nobody_goes_are_refused() -> None:
    with pytest.raises(WrongEntry):
        Ticket().happens(Filled(by=LI, passed={"photo": True}))
    with pytest.raises(WrongEntry):
        Ticket().happens(Filled(by=LI, visit_at=NOW))


def test_every_entry_is_a_line_of_the_history_and_the_same_one_is_none() -> None:
    ticket = ready()
    before = len(ticket.notes)
    ticket.happens(Filled(by=LI, values={"cost": "20"}, passed={"seen": True}))
    assert len(ticket.notes) == before
    ticket.happens(Filled(by=LI, values={"cost": ""}, passed={"seen": False}))
    lines = [(one.change.field, one.change.before, one.change.after) for one in ticket.notes[before:]]
    assert lines == [("cost", "20", ""), ("check", "seen", "")]
    assert "cost" not in values_of(ticket.workflow, ticket.place, ticket.about)


def test_a_department_that_has_it_already_goes_on_with_it() -> None:
    hands = Hands(to=Whom(department="quality"), goal=State.PROCESSING)
    matter = replace(MATTER, department="quality")
    assert handed(matter, hands, person=None, by=StaffId(1)) == matter
    other = handed(replace(matter, department="sales"), hands, person=None, by=StaffId(1))
    assert (other.department, other.owner, other.state) == ("quality", None, State.PENDING_ASSIGNMENT)


SHIPPED = {
    file.stem: loaded(file.read_text(encoding="utf-8"), file.stem)
    for file in sorted((EXAMPLE_SITE / "workflows").glob("*.yaml"))
}
ENTRIES = st.sampled_from(["", "0", "1", "250.5", "2026-11-24", "yes", "no", "密封圈老化", "NaN"])


class AnythingHappens(RuleBasedStateMachine):
    """Whatever people try in whichever order, with a workflow of those that are shipped."""

    @initialize(workflow=st.sampled_from([*SHIPPED.values(), REPAIR_FLOW]))
    def begins(self, workflow: Workflow) -> None:
        self.ticket = Ticket(workflow)

    def try_(self, event: Event) -> None:
        before = (self.ticket.place, self.ticket.matter, len(self.ticket.notes))
        try:
            effects = self.ticket.happens(event)
        except HotlineError:
            assert before == (self.ticket.place, self.ticket.matter, len(self.ticket.notes))
            return
        assert self.ticket.place.version == before[0].version + (1 if effects else 0)
        if isinstance(event, Taken):
            step = before[0].step
            assert event.to in {way.to for way in self.ticket.workflow.step(step).next}
            assert self.ticket.place.step == event.to
            assert self.ticket.notes[-1].change.before == step

    @rule(data=st.data(), by=st.sampled_from([LI, WANG, BOSS]))
    def somebody_fills_in(self, data: st.DataObject, by: Principal) -> None:
        names = [*self.ticket.workflow.written.fields, "nonsense"]
        points = [one.key for one in self.ticket.workflow.step(self.ticket.place.step).checks]
        values = data.draw(st.dictionaries(st.sampled_from(names), ENTRIES, max_size=3))
        passed = {point: data.draw(st.booleans()) for point in points}
        visit_at = data.draw(st.none() | st.just(self.ticket.now))
        self.try_(Filled(by=by, values=values, passed=passed, visit_at=visit_at))

    @rule(data=st.data(), by=st.sampled_from([LI, WANG, BOSS]))
    def somebody_goes_on(self, data: st.DataObject, by: Principal) -> None:
        self.try_(Taken(by=by, to=data.draw(st.sampled_from(sorted(self.ticket.workflow.written.steps)))))

    @rule()
    def everything_is_there(self) -> None:
        """A supervisor can always go on: no workflow that is shipped has a dead end."""
        ticket, step = self.ticket, self.ticket.workflow.step(self.ticket.place.step)
        ticket.matter = replace(
            ticket.matter,
            product="XQG100",
            order_number="1",
            demand="退款",
            description="异响",
            occurred_at=NOW,
        )
        right = {"number": "5", "date": "2026-11-24", "yes_no": "yes", "text": "有"}
        fields = ticket.workflow.written.fields
        ticket.happens(
            Filled(
                by=BOSS,
                values={name: right[fields[name].type] for name in step.required if name in fields},
                passed={one.key: True for one in step.checks},
                visit_at=ticket.now if step.visit else None,
            )
        )
        ways = [way.to for way, is_open in open_ways(ticket.workflow, ticket.place, ticket.about) if is_open]
        assert ways or step.is_end
        if ways:
            ticket.take(ways[0], BOSS)

    @precondition(lambda self: self.ticket.matter.state is State.PENDING_ASSIGNMENT)
    @rule(by=st.sampled_from([LI, WANG, BOSS]))
    def somebody_takes_it_up(self, by: Principal) -> None:
        self.ticket.matter = replace(self.ticket.matter, owner=by.staff_id, state=State.PROCESSING)

    @precondition(lambda self: self.ticket.matter.state not in OPEN_STATES)
    @rule()
    def it_comes_back(self) -> None:
        ticket = self.ticket
        ticket.matter = replace(ticket.matter, owner=LI.staff_id, state=State.PROCESSING)
        ticket.happens(Reopened())
        assert ticket.place.step == ticket.workflow.written.start

    @invariant()
    def the_ticket_is_at_a_step_with_its_state(self) -> None:
        ticket = self.ticket
        step = ticket.workflow.step(ticket.place.step)
        assert ticket.place.goal == step.state
        is_over = ticket.matter.state in {State.RESOLVED, State.CLOSED}
        assert is_over == step.is_end
        waits = {State.PENDING_ASSIGNMENT, State.PENDING_ACCEPTANCE, State.PROCESSING}
        assert is_over or ticket.matter.state in {*waits, step.state}
        assert ticket.matter.state is not State.PENDING_ASSIGNMENT or ticket.matter.owner is None
        assert ticket.place.passed <= {one.key for one in step.checks}
        assert ticket.place.values.keys() <= ticket.workflow.written.fields.keys()
        assert set(missing(ticket.workflow, ticket.place, ticket.about)) <= set(step.required)
        assert not (lacks_visit(ticket.workflow, ticket.place) and not step.visit)
        assert len(unchecked(ticket.workflow, ticket.place)) <= len(step.checks)


AnythingHappens.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestAnythingHappens = AnythingHappens.TestCase
