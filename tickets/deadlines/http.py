"""The HTTP routes of deadlines."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StringConstraints

from infra.web import Body, Context, PlainText, Reply, Route
from kernel.ids import StaffId, TicketId
from tickets.deadlines.model import Kind, MarkKind, Notice
from tickets.deadlines.service import Deadlines, Standing

NOTICES_MAX = 200
OnSeen = Callable[[StaffId], Awaitable[None]]
ContactChannel = Literal["phone", "sms", "email", "chat", "wechat", "visit"]


class DeadlineView(BaseModel):
    """Something that has to be done in time. Times that are counted are business time, in seconds."""

    kind: Kind
    step: str | None
    """The state, or the step of a workflow, whose work it is."""
    rule: str
    calendar: str
    started_at: datetime
    due_at: datetime | None
    """None while it is paused."""
    ended_at: datetime | None
    """When it was done, in time or not."""
    amount_s: int
    spent_s: int
    left_s: int
    """Negative when more was spent than there was."""
    is_paused: bool
    paused_since: datetime | None
    is_overdue: bool


class DeadlineList(BaseModel):
    """A ticket's deadlines."""

    items: list[DeadlineView]


class ContactBody(Body):
    """Somebody has been in contact with the customer."""

    channel: ContactChannel
    note: Annotated[PlainText, StringConstraints(max_length=400, strip_whitespace=True)] = ""


class NoticeView(BaseModel):
    """What somebody was told of a deadline."""

    id: int
    ticket_id: int
    number: str
    title: str
    kind: Kind
    step: str | None
    mark: MarkKind
    offset_s: int
    """Of business time: before it was due when negative, else after."""
    due_at: datetime | None
    at: datetime
    seen_at: datetime | None


class NoticeList(BaseModel):
    """What somebody was told, the newest first."""

    items: list[NoticeView]


class NoticeQuery(BaseModel):
    """Which notices."""

    new: bool = False
    """Only those that were not marked as seen."""
    limit: Annotated[int, Field(ge=1, le=NOTICES_MAX)] = 50


def _view(standing: Standing) -> DeadlineView:
    one = standing.deadline
    return DeadlineView(
        kind=one.kind,
        step=one.step,
        rule=one.rule,
        calendar=one.calendar,
        started_at=one.started_at,
        due_at=one.due_at,
        ended_at=one.ended_at,
        amount_s=round(one.amount.total_seconds()),
        spent_s=round(standing.spent.total_seconds()),
        left_s=round(standing.left.total_seconds()),
        is_paused=standing.is_paused,
        paused_since=one.paused_since,
        is_overdue=standing.is_overdue,
    )


def notice_view(notice: Notice) -> NoticeView:
    """A notice as pages show it."""
    return NoticeView(
        id=notice.id,
        ticket_id=notice.ticket_id,
        number=notice.number,
        title=notice.title,
        kind=notice.kind,
        step=notice.step,
        mark=notice.mark,
        offset_s=notice.offset_s,
        due_at=notice.due_at,
        at=notice.at,
        seen_at=notice.seen_at,
    )


class DeadlineHandlers:
    """Parses, calls the service, shows."""

    def __init__(self, deadlines: Deadlines, on_seen: OnSeen) -> None:
        self._deadlines = deadlines
        self._on_seen = on_seen

    async def of_ticket(self, context: Context[None, None]) -> Reply:
        """A ticket's deadlines as they stand now."""
        return await self._list(TicketId(context.id("ticket_id")))

    async def contact(self, context: Context[ContactBody, None]) -> Reply:
        """The deadlines after a contact with the customer."""
        ticket, body = TicketId(context.id("ticket_id")), context.body
        await self._deadlines.log_contact(ticket, body.channel, body.note, by=context.user)
        return await self._list(ticket)

    async def notices(self, context: Context[None, NoticeQuery]) -> Reply:
        """What the person was told."""
        query = context.query
        found = await self._deadlines.notices(context.user, only_new=query.new, limit=query.limit)
        return NoticeList(items=[notice_view(one) for one in found])

    async def see(self, context: Context[None, None]) -> Reply:
        """The person has seen one of theirs."""
        await self._deadlines.see(context.id("notice_id"), context.user)
        await self._on_seen(context.user.staff_id)
        return None

    async def _list(self, ticket: TicketId) -> DeadlineList:
        return DeadlineList(items=[_view(one) for one in await self._deadlines.standings(ticket)])


def deadline_routes(deadlines: Deadlines, on_seen: OnSeen) -> list[Route]:
    """The routes of deadlines; `on_seen` hears of whoever has marked a notice as seen."""
    serve = DeadlineHandlers(deadlines, on_seen)
    one: dict[str, Any] = {"response": DeadlineList}
    return [
        Route(
            method="GET",
            path="/api/tickets/{ticket_id}/deadlines",
            handler=serve.of_ticket,
            summary="Show how a ticket's deadlines stand",
            **one,
        ),
        Route(
            method="POST",
            path="/api/tickets/{ticket_id}/contacts",
            handler=serve.contact,
            summary="Log a contact with the customer",
            body=ContactBody,
            **one,
        ),
        Route(
            method="GET",
            path="/api/deadline-notices",
            handler=serve.notices,
            summary="List what you were told of deadlines",
            query=NoticeQuery,
            response=NoticeList,
        ),
        Route(
            method="POST",
            path="/api/deadline-notices/{notice_id}/seen",
            handler=serve.see,
            summary="Mark a notice as seen",
        ),
    ]
