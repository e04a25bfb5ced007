"""The HTTP routes of what is looked at while a flow is written."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
)

from infra.web import Body, Context, PlainText, Reply, Route
from ivr.cases import DifferenceKind
from ivr.http import SUPERVISORS, FlowText, ProblemView, flow_in, shown_problem
from ivr.names import NAME_PATTERN
from ivr.nodes import QueueExit
from ivr.trial import Script
from ivr.visits import Visits
from ivr.words import Language
from ivr.workbench import Diagram, ImaginedCall, Workbench

KEYS_MAX, SAYINGS_MAX, EXITS_MAX = 200, 50, 20


class LookBody(Body):
    """A flow as somebody writes it."""

    text: FlowText
    language: Language = "zh"
    """In which the diagram is."""


class BoxView(BaseModel):
    """A node of the diagram; x and y are those of its left upper corner, `line` where it is written."""

    name: str
    type: str
    x: int
    y: int
    line: int


class DiagramView(BaseModel):
    """A flow as it is drawn."""

    svg: str
    width: int
    height: int
    boxes: list[BoxView]


class LookView(BaseModel):
    """All errors of a text; the diagram as far as the errors leave one."""

    problems: list[ProblemView]
    diagram: DiagramView | None


def _moment(moment: datetime) -> datetime:
    if not datetime(1970, 1, 2).timestamp() < moment.timestamp() < datetime(9999, 12, 30).timestamp():  # noqa: DTZ001 - its day matters
        raise ValueError("is no moment of a call")
    return moment


class TryBody(Body):
    """An imagined call."""

    text: FlowText
    keys: Annotated[str, StringConstraints(pattern=r"^[0-9*#, -]*$", max_length=KEYS_MAX)] = ""
    """In order; - is silence."""
    says: Annotated[list[PlainText], Field(max_length=SAYINGS_MAX, default_factory=list)]
    """What the caller says once all keys are pressed."""
    sent_away: Annotated[list[QueueExit], Field(max_length=EXITS_MAX, default_factory=list)]
    """What queues do with the caller, in order."""
    hangs_up: bool = False
    """The caller hangs up when there is nothing more to press or say."""
    at: Annotated[datetime, AfterValidator(_moment)] | None = None
    """Without a zone in the site's time; by itself now."""
    number: Annotated[PlainText, Field(max_length=40)] = ""
    dialled: Annotated[PlainText, Field(max_length=40)] = ""
    level: Annotated[PlainText, Field(max_length=40)] = "normal"
    language: Language | None = None


class StepsView(BaseModel):
    """What was said and done, as `ivr try --json` has it."""

    steps: list[dict[str, Any]]


class DifferenceView(BaseModel):
    """What was not as a case expects it."""

    kind: DifferenceKind
    wanted: str
    """What was to be heard or done, or not to be, or how the call was to end."""
    found: str
    """What was heard or done: last before what is missing ("": nothing), or unwanted; or how it ended."""
    field: str
    """Of the end: node, queue or outcome; "" otherwise."""


class CaseView(BaseModel):
    """A test case after it was tried."""

    flow: str
    """Whose case it is: this flow's, or one's from which callers come into it."""
    name: str
    line: int
    differences: list[DifferenceView]
    """None where all was as it was to be."""


class CasesView(BaseModel):
    """The test cases of a flow."""

    cases: list[CaseView]


class TextBody(Body):
    """A flow as somebody writes it."""

    text: FlowText


class FieldsBody(Body):
    """Which node of a text."""

    text: FlowText
    node: Annotated[PlainText, Field(max_length=40)]


class FieldView(BaseModel):
    """A single value of a node; its path begins with the node's name."""

    path: list[str | int]
    value: str | int | float | bool
    line: int


class FieldsView(BaseModel):
    """The single values of a node, in the order of the text."""

    fields: list[FieldView]


class ChangeBody(Body):
    """Another value for one place of a text."""

    text: FlowText
    path: Annotated[list[StrictStr | StrictInt], Field(min_length=2, max_length=10)]
    value: StrictStr | StrictInt | StrictFloat | StrictBool


class OptionBody(Body):
    """One more key for a menu of a text."""

    text: FlowText
    menu: Annotated[PlainText, Field(max_length=40)]
    key: Annotated[str, StringConstraints(pattern=r"^[0-9*#]$")]
    to: Annotated[str, StringConstraints(pattern=NAME_PATTERN)]
    """The node where callers go who press it."""
    label: dict[Language, Annotated[PlainText, Field(min_length=1, max_length=100)]] = Field(
        default_factory=dict
    )
    """What agents read of the choice, and callers may say."""


class ChangedView(BaseModel):
    """The text after that; all else in it is as it was."""

    text: str


class VisitView(BaseModel):
    """Callers at a node: who is there now, how many came today, how many hung up there."""

    node: str
    now: int
    came: int
    hung_up: int


class VisitsView(BaseModel):
    """The nodes of a flow at which anybody is, or was today."""

    nodes: list[VisitView]


class WorkbenchHandlers:
    """Parses, calls the workbench, shows."""

    def __init__(self, bench: Workbench, visits: Visits) -> None:
        self._bench = bench
        self._visits = visits

    async def look(self, context: Context[LookBody, None]) -> Reply:
        """Errors and diagram."""
        looked = await self._bench.look(flow_in(context), context.body.text, context.body.language)
        diagram = shown_diagram(looked.diagram) if looked.diagram is not None else None
        return LookView(problems=[shown_problem(one) for one in looked.problems], diagram=diagram)

    async def fields(self, context: Context[FieldsBody, None]) -> Reply:
        """What a form shows of a node."""
        found = await self._bench.fields(context.body.text, context.body.node)
        return FieldsView(
            fields=[FieldView(path=list(one.path), value=one.value, line=one.line) for one in found]
        )

    async def change(self, context: Context[ChangeBody, None]) -> Reply:
        """One value changed."""
        body = context.body
        return ChangedView(text=await self._bench.set_field(body.text, tuple(body.path), body.value))

    async def add_option(self, context: Context[OptionBody, None]) -> Reply:
        """One key more."""
        body = context.body
        return ChangedView(
            text=await self._bench.add_option(body.text, body.menu, body.key, body.to, body.label)
        )

    async def callers(self, context: Context[None, None]) -> Reply:
        """Who is where."""
        found = self._visits.of(flow_in(context))
        return VisitsView(
            nodes=[
                VisitView(node=node, now=one.now, came=one.came, hung_up=one.hung_up)
                for node, one in sorted(found.items())
            ]
        )

    async def try_call(self, context: Context[TryBody, None]) -> Reply:
        """What a caller would hear."""
        body = context.body
        call = ImaginedCall(
            script=Script(
                keys=body.keys,
                says=tuple(body.says),
                exits=tuple(body.sent_away),
                hangs_up=body.hangs_up,
            ),
            number=body.number,
            level=body.level,
            language=body.language,
            dialled=body.dialled,
            at=body.at,
        )
        return StepsView(steps=list(await self._bench.try_call(flow_in(context), body.text, call)))

    async def run_cases(self, context: Context[TextBody, None]) -> Reply:
        """What the test cases say."""
        tried = await self._bench.run_cases(flow_in(context), context.body.text)
        return CasesView(cases=[CaseView.model_validate(one.told()) for one in tried])


def workbench_routes(bench: Workbench, visits: Visits) -> list[Route]:
    """The routes of the workbench."""
    serve = WorkbenchHandlers(bench, visits)
    flow = "/api/site/flows/{name}"
    return [
        *_field_routes(serve, flow),
        Route(
            method="GET",
            path=f"{flow}/callers",
            handler=serve.callers,
            summary="Where callers are in a flow now, and how many came and hung up at each node today",
            roles=SUPERVISORS,
            response=VisitsView,
        ),
        Route(
            method="POST",
            path=f"{flow}/check",
            handler=serve.look,
            summary="All errors of a text, as it would stand in this site, and its diagram",
            roles=SUPERVISORS,
            body=LookBody,
            response=LookView,
        ),
        Route(
            method="POST",
            path=f"{flow}/try",
            handler=serve.try_call,
            summary="What a caller would hear in a text",
            roles=SUPERVISORS,
            body=TryBody,
            response=StepsView,
        ),
        Route(
            method="POST",
            path=f"{flow}/test",
            handler=serve.run_cases,
            summary="The test cases that decide whether a text may be published",
            roles=SUPERVISORS,
            body=TextBody,
            response=CasesView,
        ),
    ]


def _field_routes(serve: WorkbenchHandlers, flow: str) -> list[Route]:
    """Single values of a node, by a form."""
    return [
        Route(
            method="POST",
            path=f"{flow}/fields",
            handler=serve.fields,
            summary="The single values of a node in a text",
            roles=SUPERVISORS,
            body=FieldsBody,
            response=FieldsView,
        ),
        Route(
            method="PATCH",
            path=f"{flow}/fields",
            handler=serve.change,
            summary="A text with one value changed; comments and all else stay as they are",
            roles=SUPERVISORS,
            body=ChangeBody,
            response=ChangedView,
        ),
        Route(
            method="POST",
            path=f"{flow}/options",
            handler=serve.add_option,
            summary="A text with one more key at a menu; comments and all else stay as they are",
            roles=SUPERVISORS,
            body=OptionBody,
            response=ChangedView,
        ),
    ]


def shown_diagram(diagram: Diagram) -> DiagramView:
    """A diagram as pages get it."""
    drawing = diagram.drawing
    return DiagramView(
        svg=diagram.svg,
        width=drawing.width,
        height=drawing.height,
        boxes=[
            BoxView(name=box.name, type=box.type, x=box.x, y=box.y, line=diagram.lines.get(box.name, 1))
            for box in drawing.boxes
        ],
    )
