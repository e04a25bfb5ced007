"""The API of calling: one's own calls, and who must not be called."""

from typing import Annotated, Any, Self

from pydantic import AwareDatetime, BaseModel, BeforeValidator, Field, model_validator

from infra.web import Body, Context, PageQuery, PlainText, Reply, Route, RowId
from kernel.access import Principal, Role
from kernel.ids import CallId, CustomerId, QueueId, TicketId
from kernel.numbers import half_width
from outbound.ports import Whom
from outbound.service import CallingDesk
from outbound.store import NotCalled, OutboundStore

SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})


def _as_typed(value: Any) -> Any:
    return half_width(value) if isinstance(value, str) else value


Typed = Annotated[
    str, Field(min_length=1, max_length=40, pattern=r"^\+?[0-9 ().-]+$"), BeforeValidator(_as_typed)
]
"""A number as a person types it, with an input method on or off."""


class CallOrder(Body):
    """Whom to call: exactly one of the first four."""

    number: Typed | None = None
    customer_id: RowId | None = None
    ticket_id: RowId | None = None
    missed_call_id: str | None = Field(default=None, min_length=1, max_length=80)
    """The last call of somebody who reached nobody."""
    queue: str | None = Field(default=None, min_length=1, max_length=80)
    """In whose name; by itself the queue they had called, or the first of one's own."""
    key: str = Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9-]+$")
    """Made up by the page for each press, so that two of the same are one call."""

    @model_validator(mode="after")
    def _one_person(self) -> Self:
        wanted = (self.number, self.customer_id, self.ticket_id, self.missed_call_id)
        if sum(one is not None for one in wanted) != 1:
            raise ValueError("say exactly one of number, customer_id, ticket_id, missed_call_id")
        return self


class CallPlaced(BaseModel):
    """The call that is being placed; what becomes of it is told on the board."""

    call_id: str


class NotCalledView(BaseModel):
    """Somebody who must not be called."""

    number: str
    reason: str
    added_at: AwareDatetime


class NotCalledList(BaseModel):
    """People who must not be called, and how many there are."""

    items: list[NotCalledView]
    total: int


class Block(Body):
    """Somebody who must not be called."""

    number: Annotated[Typed, Field(min_length=3)]
    reason: PlainText = Field(default="", max_length=200)


def calling_routes(desk: CallingDesk) -> list[Route]:
    """Calling somebody."""

    async def call(context: Context[CallOrder, None]) -> Reply:
        order = context.body
        whom = await _whom(desk, context.user, order)
        queue = QueueId(order.queue) if order.queue else None
        return CallPlaced(call_id=await desk.call(context.user, whom, queue=queue, press=order.key))

    return [
        Route(
            method="POST",
            path="/api/calls",
            handler=call,
            summary="Call somebody: one's own phone is rung first",
            roles=frozenset({Role.AGENT}),
            body=CallOrder,
            response=CallPlaced,
        ),
    ]


def do_not_call_routes(desk: CallingDesk, store: OutboundStore) -> list[Route]:
    """The list of those who must not be called."""

    async def listed(context: Context[None, PageQuery]) -> Reply:
        query = context.query
        found, total = await store.listed(query.search, limit=query.limit, offset=query.offset)
        return NotCalledList(items=[_view(one) for one in found], total=total)

    async def block(context: Context[Block, None]) -> Reply:
        return _view(await desk.block(context.user, context.body.number, context.body.reason))

    async def unblock(context: Context[None, None]) -> Reply:
        await desk.unblock(context.user, context.path["number"])
        return None

    return [
        Route(
            method="GET",
            path="/api/do-not-call",
            handler=listed,
            summary="Who must not be called, the latest first",
            roles=SUPERVISORS,
            query=PageQuery,
            response=NotCalledList,
        ),
        Route(
            method="POST",
            path="/api/do-not-call",
            handler=block,
            summary="This person must not be called",
            roles=SUPERVISORS,
            body=Block,
            response=NotCalledView,
        ),
        Route(
            method="DELETE",
            path="/api/do-not-call/{number}",
            handler=unblock,
            summary="This person may be called again",
            roles=SUPERVISORS,
        ),
    ]


async def _whom(desk: CallingDesk, user: Principal, order: CallOrder) -> Whom:
    if order.customer_id is not None:
        return await desk.people.customer(CustomerId(order.customer_id))
    if order.ticket_id is not None:
        return await desk.people.of_ticket(TicketId(order.ticket_id))
    if order.missed_call_id is not None:
        return await desk.people.missed(user, CallId(order.missed_call_id))
    return Whom(number=order.number or "")


def _view(one: NotCalled) -> NotCalledView:
    return NotCalledView(number=one.number, reason=one.reason, added_at=one.added_at)
