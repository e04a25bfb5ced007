"""The HTTP routes of workflows."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from infra.web import Body, Context, Moment, PlainText, Reply, Route
from kernel.ids import TicketId
from kernel.site_yaml import Name
from tickets.model import State
from tickets.workflow.engine import (
    TEXT_MAX,
    handler_of,
    lacks_visit,
    may,
    missing,
    open_ways,
    values_of,
)
from tickets.workflow.model import CHECKS_MAX, FIELDS_MAX, FieldName, FieldType, Key, Said, StepKey
from tickets.workflow.place import Filled, Taken
from tickets.workflow.service import Standing, Workflows


class WorkflowStep(BaseModel):
    """A step by its name."""

    key: str
    name: Name


class StepFieldView(BaseModel):
    """Something to be filled in at this step, or filled in before."""

    key: str
    name: Name | None
    """None of what every ticket has, such as `product`."""
    type: FieldType
    value: str
    """Of the workflow's own fields: 3.5, 2026-11-24, yes, no; what every ticket has stands in the ticket."""
    is_required: bool
    is_missing: bool


class StepCheckView(BaseModel):
    """A point of the step's check list."""

    key: str
    zh: str
    en: str
    is_passed: bool


class StepWayView(BaseModel):
    """A step that may come next."""

    to: str
    name: Name
    is_open: bool
    """The condition holds by what is filled in now."""


class StepWhoView(BaseModel):
    """Who does the step; all None is whoever has the ticket."""

    department: str | None
    role: str | None
    person: str | None


class WorkflowView(BaseModel):
    """Where a ticket is, what is to be done there, and what may come next."""

    key: str
    name: Name
    digest: str
    """Of the version in which the ticket began, and stays."""
    version: int
    """To be sent with what is done, so that two people do not do it twice."""
    step: WorkflowStep
    state: State
    """The ticket's while somebody works at this step."""
    entered_at: datetime
    within_s: int | None
    """Of business time."""
    handler: StepWhoView
    is_mine: bool
    """Who asks may do the step."""
    instruction: Said | None
    fields: list[StepFieldView]
    checks: list[StepCheckView]
    is_visit: bool
    visit_at: datetime | None
    is_done: bool
    """Nothing is missing for a next step."""
    next: list[StepWayView]
    steps: list[WorkflowStep]
    """All of the workflow, as its file has them."""


class TicketWorkflow(BaseModel):
    """A ticket's workflow; None where its type has none."""

    workflow: WorkflowView | None


class StepEntriesBody(Body):
    """What is written down at a step; what is left out stays, an empty text takes an entry away."""

    version: Annotated[int, Field(ge=1)]
    values: dict[FieldName, Annotated[PlainText, StringConstraints(max_length=TEXT_MAX)]] = Field(
        default_factory=dict, max_length=FIELDS_MAX
    )
    checks: dict[Key, bool] = Field(default_factory=dict, max_length=CHECKS_MAX)
    visit_at: Moment | None = None


class TakeStepBody(Body):
    """The next step."""

    version: Annotated[int, Field(ge=1)]
    to: StepKey
    why: Annotated[PlainText, StringConstraints(max_length=500, strip_whitespace=True)] = ""


class PictureQuery(BaseModel):
    """In which language."""

    language: Literal["zh", "en"] = "zh"


class WorkflowPicture(BaseModel):
    """The version in which the ticket began, as a picture."""

    svg: str


def view_of(standing: Standing, context: Context[Any, Any]) -> WorkflowView:
    """A workflow as the one who asks sees it."""
    workflow, place, about = standing.workflow, standing.place, standing.about
    step, written = workflow.step(place.step), workflow.written
    whom = handler_of(workflow, place.step, values_of(workflow, place, about))
    within = workflow.limit(place.step)
    checks = [
        StepCheckView(key=one.key, zh=one.zh, en=one.en, is_passed=one.key in place.passed)
        for one in step.checks
    ]
    fields = _fields(standing)
    is_done = not any(one.is_missing for one in fields) and all(one.is_passed for one in checks)
    return WorkflowView(
        key=workflow.key,
        name=written.name,
        digest=place.digest,
        version=place.version,
        step=WorkflowStep(key=place.step, name=step.name),
        state=step.state,
        entered_at=place.entered_at,
        within_s=round(within[0].total_seconds()) if within is not None else None,
        handler=StepWhoView(
            department=whom.department if whom else None,
            role=whom.role if whom else None,
            person=whom.person if whom else None,
        ),
        is_mine=may(workflow, place, context.user, about),
        instruction=step.instruction,
        fields=fields,
        checks=checks,
        is_visit=step.visit,
        visit_at=place.visit_at,
        is_done=is_done and not lacks_visit(workflow, place),
        next=[
            StepWayView(to=way.to, name=way.name or written.steps[way.to].name, is_open=is_open)
            for way, is_open in open_ways(workflow, place, about)
        ],
        steps=[WorkflowStep(key=key, name=one.name) for key, one in written.steps.items()],
    )


def _fields(standing: Standing) -> list[StepFieldView]:
    workflow, place = standing.workflow, standing.place
    own, required = workflow.written.fields, workflow.step(place.step).required
    lacking = missing(workflow, place, standing.about)
    shown = [*required, *(key for key in own if key not in required)]
    return [
        StepFieldView(
            key=key,
            name=own[key].name if key in own else None,
            type=own[key].type if key in own else "text",
            value=place.values.get(key, ""),
            is_required=key in required,
            is_missing=key in lacking,
        )
        for key in shown
    ]


class WorkflowHandlers:
    """Parses, calls the service, shows."""

    def __init__(self, workflows: Workflows) -> None:
        self._workflows = workflows

    async def show(self, context: Context[None, None]) -> Reply:
        """Where a ticket is."""
        return await self._view(context)

    async def fill(self, context: Context[StepEntriesBody, None]) -> Reply:
        """Something is written down at the step."""
        body = context.body
        filled = Filled(by=context.user, values=body.values, passed=body.checks, visit_at=body.visit_at)
        await self._workflows.fill(_ticket(context), body.version, filled)
        return await self._view(context)

    async def take(self, context: Context[TakeStepBody, None]) -> Reply:
        """The next step is taken."""
        body = context.body
        taken = Taken(by=context.user, to=body.to, why=body.why)
        await self._workflows.take(_ticket(context), body.version, taken)
        return await self._view(context)

    async def diagram(self, context: Context[None, PictureQuery]) -> Reply:
        """The ticket's workflow as a picture."""
        return WorkflowPicture(svg=await self._workflows.picture(_ticket(context), context.query.language))

    async def _view(self, context: Context[Any, Any]) -> TicketWorkflow:
        standing = await self._workflows.standing(_ticket(context))
        return TicketWorkflow(workflow=view_of(standing, context) if standing is not None else None)


def _ticket(context: Context[Any, Any]) -> TicketId:
    return TicketId(context.id("ticket_id"))


def workflow_routes(workflows: Workflows) -> list[Route]:
    """The routes of workflows."""
    serve = WorkflowHandlers(workflows)
    one = "/api/tickets/{ticket_id}/workflow"
    return [
        Route(
            method="GET",
            path=one,
            handler=serve.show,
            summary="Show where a ticket is in its workflow",
            response=TicketWorkflow,
        ),
        Route(
            method="POST",
            path=f"{one}/entries",
            handler=serve.fill,
            summary="Write something down at a ticket's step",
            body=StepEntriesBody,
            response=TicketWorkflow,
        ),
        Route(
            method="POST",
            path=f"{one}/steps",
            handler=serve.take,
            summary="Take a ticket's next step",
            body=TakeStepBody,
            response=TicketWorkflow,
        ),
        Route(
            method="GET",
            path=f"{one}/diagram",
            handler=serve.diagram,
            summary="Draw a ticket's workflow",
            query=PictureQuery,
            response=WorkflowPicture,
        ),
    ]
