"""The API of messages."""

from pydantic import AwareDatetime, BaseModel, Field

from infra.web import Context, PageQuery, Reply, Route
from kernel.access import Role
from kernel.ids import CallId
from messaging.model import Message, MessageFilter, MessageState
from messaging.service import Messaging

SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})


class MessageQuery(PageQuery):
    """Which messages."""

    state: MessageState | None = None
    call_id: str | None = Field(default=None, min_length=1, max_length=80)


class MessageView(BaseModel):
    """A message, and what became of it."""

    id: int
    number: str
    text: str
    language: str
    call_id: str | None
    state: MessageState
    written_at: AwareDatetime


class MessageList(BaseModel):
    """One page of messages, the newest first, and how many there are in all."""

    items: list[MessageView]
    total: int


def message_routes(messaging: Messaging) -> list[Route]:
    """What customers were told, or were to be."""

    async def listed(context: Context[None, MessageQuery]) -> Reply:
        query = context.query
        wanted = MessageFilter(
            search=query.search,
            state=query.state,
            call=CallId(query.call_id) if query.call_id else None,
            limit=query.limit,
            offset=query.offset,
        )
        found, total = await messaging.find(wanted)
        return MessageList(items=[_view(one) for one in found], total=total)

    return [
        Route(
            method="GET",
            path="/api/messages",
            handler=listed,
            summary="Messages to customers, the newest first, also those that were not sent",
            roles=SUPERVISORS,
            query=MessageQuery,
            response=MessageList,
        ),
    ]


def _view(message: Message) -> MessageView:
    return MessageView(
        id=message.id,
        number=message.number,
        text=message.text,
        language=message.language,
        call_id=message.call,
        state=message.state,
        written_at=message.written_at,
    )
