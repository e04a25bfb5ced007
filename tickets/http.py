"""The HTTP routes of tickets."""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from infra.web import Body, Context, FileReply, PageQuery, Reply, Route, RowId
from kernel.briefs import CallBrief, CustomerBrief
from kernel.ids import CallId, CustomerId, TicketId
from kernel.text import harmless
from tickets.engine import NEXT_STATES
from tickets.model import Priority, State, TicketFilter, TicketType, TranscriptState
from tickets.reading.model import Field as ReadField
from tickets.reading.model import Finding, Source
from tickets.service import Draft, Named, Shown, Tickets

Title = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    AfterValidator(harmless),
]
Description = Annotated[str, Field(max_length=20_000), AfterValidator(harmless)]
Call = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,80}$")]
Sort = Literal[
    "number",
    "-number",
    "priority",
    "-priority",
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "due_at",
    "-due_at",
]


class TicketSummary(BaseModel):
    """A ticket as a list shows it."""

    id: int
    number: str
    type: TicketType
    priority: Priority
    state: State
    title: str
    customer: CustomerBrief | None
    owner: str | None
    owner_id: int | None
    created_at: datetime
    updated_at: datetime
    due_at: datetime | None
    """The first deadline that is still to be met; none while the ticket waits for the customer."""


class TicketList(BaseModel):
    """The tickets of one page, and how many there are in all."""

    items: list[TicketSummary]
    total: int


class VoicemailView(BaseModel):
    """The message of a ticket."""

    seconds: float
    transcript: str | None
    transcript_state: TranscriptState


class HistoryEntry(BaseModel):
    """Who changed what; nobody means Hotline itself."""

    at: datetime
    by: str | None
    field: str
    before: str
    after: str


class WordsView(BaseModel):
    """A part of the text that was read, and where it stands there."""

    text: str
    start: int
    end: int


class FindingView(BaseModel):
    """Something that a text says, by which words, and how sure that is."""

    field: ReadField
    value: str
    confidence: float
    source: Source
    words: list[WordsView]
    name_zh: str
    name_en: str
    """What people call the value, where the site has names for it."""


class ReadBody(Body):
    """What somebody said, or wrote of it."""

    text: Description


class ReadingView(BaseModel):
    """What a text says."""

    findings: list[FindingView]


class TicketView(TicketSummary):
    """A ticket with all that hangs on it."""

    description: str
    version: int
    next_states: list[State]
    """Where it can go from here."""
    calls: list[CallBrief]
    voicemail: VoicemailView | None
    findings: list[FindingView]
    """What was read out of the message."""
    history: list[HistoryEntry]


class NewTicketBody(Body):
    """A ticket to be made."""

    type: TicketType
    priority: Priority | None = None
    """By default that of the type."""
    title: Title
    description: Description = ""
    customer_id: RowId | None = None
    call_id: Call | None = None


class TicketChangeBody(Body):
    """What is to be changed; what is left out stays. `version` is the one that was seen."""

    version: Annotated[int, Field(ge=1)]
    type: TicketType | None = None
    priority: Priority | None = None
    state: State | None = None
    title: Title | None = None
    description: Description | None = None
    customer_id: RowId | None = None
    owner_id: RowId | None = None
    call_id: Call | None = None
    """A further call that belongs to the ticket."""

    @model_validator(mode="after")
    def _only_people_can_be_taken_out(self) -> "TicketChangeBody":
        for name in ("type", "priority", "state", "title", "description", "call_id"):
            if name in self.model_fields_set and getattr(self, name) is None:
                raise ValueError(f"{name} cannot be empty")
        return self


class TicketQuery(PageQuery):
    """Which tickets, and in which order."""

    state: State | None = None
    type: TicketType | None = None
    mine: bool = False
    overdue: bool = False
    """Only those with a deadline that was missed and is still to be met."""
    customer_id: RowId | None = None
    sort: Sort = "-created_at"


def _summary(named: Named) -> dict[str, Any]:
    ticket, matter = named.ticket, named.ticket.matter
    return {
        "id": ticket.id,
        "number": ticket.number,
        "type": matter.type,
        "priority": matter.priority,
        "state": matter.state,
        "title": matter.title,
        "customer": named.customer,
        "owner": named.owner,
        "owner_id": matter.owner,
        "created_at": ticket.created_at,
        "updated_at": ticket.updated_at,
        "due_at": ticket.due_at,
    }


def _view(shown: Shown) -> TicketView:
    ticket, voicemail = shown.named.ticket, shown.details.voicemail
    return TicketView(
        **_summary(shown.named),
        description=ticket.matter.description,
        version=ticket.version,
        next_states=[state for state in State if state in NEXT_STATES[ticket.matter.state]],
        calls=list(shown.calls),
        voicemail=VoicemailView(
            seconds=voicemail.message.seconds,
            transcript=voicemail.transcript,
            transcript_state=voicemail.transcript_state,
        )
        if voicemail
        else None,
        findings=_findings(shown.details.findings),
        history=[
            HistoryEntry(
                at=line.at,
                by=name,
                field=line.change.field,
                before=line.change.before,
                after=line.change.after,
            )
            for line, name in shown.history
        ],
    )


def _findings(found: Iterable[Finding]) -> list[FindingView]:
    return [FindingView.model_validate(asdict(one)) for one in found]


def _ticket_id(context: Context[Any, Any]) -> TicketId:
    return TicketId(context.id("ticket_id"))


class TicketHandlers:
    """Parses, calls the service, shows."""

    def __init__(self, tickets: Tickets) -> None:
        self._tickets = tickets

    async def index(self, context: Context[None, TicketQuery]) -> Reply:
        """The tickets of one page."""
        query = context.query
        wanted = TicketFilter(
            state=query.state,
            type=query.type,
            owner=context.user.staff_id if query.mine else None,
            customer=CustomerId(query.customer_id) if query.customer_id is not None else None,
            due_before=self._tickets.clock.now() if query.overdue else None,
            search=query.search,
            sort=query.sort,
            limit=query.limit,
            offset=query.offset,
        )
        found, total = await self._tickets.find(wanted)
        return TicketList(items=[TicketSummary(**_summary(each)) for each in found], total=total)

    async def create(self, context: Context[NewTicketBody, None]) -> Reply:
        """A new ticket."""
        body = context.body
        draft = Draft(
            type=body.type,
            title=body.title,
            description=body.description,
            priority=body.priority,
            customer=CustomerId(body.customer_id) if body.customer_id is not None else None,
            call=CallId(body.call_id) if body.call_id is not None else None,
        )
        made = await self._tickets.create(draft, context.user)
        return _view(await self._tickets.show(made.id))

    async def read(self, context: Context[ReadBody, None]) -> Reply:
        """What is read out of a text that is being typed."""
        return ReadingView(findings=_findings(await self._tickets.read(context.body.text)))

    async def show(self, context: Context[None, None]) -> Reply:
        """One ticket."""
        return _view(await self._tickets.show(_ticket_id(context)))

    async def change(self, context: Context[TicketChangeBody, None]) -> Reply:
        """A changed ticket."""
        body, ticket = context.body, _ticket_id(context)
        wishes = {
            name.removesuffix("_id"): getattr(body, name)
            for name in body.model_fields_set - {"version", "call_id"}
        }
        link = CallId(body.call_id) if body.call_id is not None else None
        await self._tickets.change(ticket, body.version, wishes, link, by=context.user)
        return _view(await self._tickets.show(ticket))

    async def voicemail(self, context: Context[None, None]) -> Reply:
        """The recording of a message."""
        ticket, by = _ticket_id(context), context.user.staff_id
        path, number = await self._tickets.play_voicemail(ticket, by=by)
        return FileReply(path=path, content_type="audio/wav", download_name=f"{number}.wav")


def ticket_routes(tickets: Tickets) -> list[Route]:
    """The routes of tickets."""
    serve = TicketHandlers(tickets)
    one = "/api/tickets/{ticket_id}"
    return [
        Route(
            method="GET",
            path="/api/tickets",
            handler=serve.index,
            summary="Find tickets",
            query=TicketQuery,
            response=TicketList,
        ),
        Route(
            method="POST",
            path="/api/tickets",
            handler=serve.create,
            summary="Make a ticket",
            body=NewTicketBody,
            response=TicketView,
        ),
        Route(
            method="POST",
            path="/api/tickets/read",
            handler=serve.read,
            summary="Read what a ticket needs out of a text",
            body=ReadBody,
            response=ReadingView,
        ),
        Route(method="GET", path=one, handler=serve.show, summary="Show a ticket", response=TicketView),
        Route(
            method="PATCH",
            path=one,
            handler=serve.change,
            summary="Change a ticket",
            body=TicketChangeBody,
            response=TicketView,
        ),
        Route(
            method="GET",
            path=f"{one}/voicemail",
            handler=serve.voicemail,
            summary="Play a ticket's message",
        ),
    ]
