"""The HTTP routes of tickets."""

from typing import Any

from infra.web import Context, FileReply, Reply, Route
from kernel.ids import CallId, CustomerId, TicketId
from tickets.model import TicketFilter
from tickets.service import Draft, Tickets
from tickets.views import (
    NewTicketBody,
    ReadBody,
    ReadingView,
    TicketChangeBody,
    TicketList,
    TicketQuery,
    TicketSummary,
    TicketView,
    findings_of,
    summary_of,
    view_of,
)


def ticket_id_of(context: Context[Any, Any]) -> TicketId:
    """The ticket that the path names."""
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
        return TicketList(items=[TicketSummary(**summary_of(each)) for each in found], total=total)

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
            facts=body.facts(),
        )
        made = await self._tickets.create(draft, context.user)
        return view_of(await self._tickets.show(made.id))

    async def read(self, context: Context[ReadBody, None]) -> Reply:
        """What is read out of a text that is being typed."""
        return ReadingView(findings=findings_of(await self._tickets.read(context.body.text)))

    async def show(self, context: Context[None, None]) -> Reply:
        """One ticket."""
        return view_of(await self._tickets.show(ticket_id_of(context)))

    async def change(self, context: Context[TicketChangeBody, None]) -> Reply:
        """A changed ticket."""
        body, ticket = context.body, ticket_id_of(context)
        wishes = {
            name.removesuffix("_id"): getattr(body, name)
            for name in body.model_fields_set - {"version", "call_id", "why"}
        }
        link = CallId(body.call_id) if body.call_id is not None else None
        await self._tickets.change(ticket, body.version, wishes, link, by=context.user, why=body.why)
        return view_of(await self._tickets.show(ticket))

    async def voicemail(self, context: Context[None, None]) -> Reply:
        """The recording of a message."""
        ticket, by = ticket_id_of(context), context.user.staff_id
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
