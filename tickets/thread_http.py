"""The HTTP routes of what is said and done about a ticket."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints, model_validator

from infra.web import Body, Context, Reply, Route
from kernel.briefs import CallBrief
from kernel.ids import CustomerId, StaffId
from kernel.text import harmless
from tickets.conversation import Conversation, Note, Story
from tickets.http import ticket_id_of
from tickets.model import ChangedField, Channel
from tickets.thread import Change, Direction, Entry, Moment, SentMessage

Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=20_000, strip_whitespace=True),
    AfterValidator(harmless),
]


class NoteBody(Body):
    """Something to be written down of a ticket."""

    key: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,60}$")]
    """Any word that was not used before: sent again with it, the note is written once."""
    text: Text
    channel: Channel | None = None
    """By which the customer said it or was told; nothing for a note among colleagues."""
    direction: Direction = Direction.INTERNAL

    @model_validator(mode="after")
    def _a_channel_has_two_ends(self) -> "NoteBody":
        if (self.channel is None) is not (self.direction is Direction.INTERNAL):
            raise ValueError("name channel and direction (inbound or outbound) both, or none of them")
        return self


class ChangedView(BaseModel):
    """A field that was changed; people by their names."""

    field: str
    before: str
    after: str


class TimelineItem(BaseModel):
    """One line of a ticket's timeline."""

    at: datetime
    by: str | None
    """Nobody where Hotline did it."""
    kind: Literal["change", "entry", "call", "message"]
    changes: list[ChangedView] = []
    why: str = ""
    text: str = ""
    channel: Channel | None = None
    direction: Direction | None = None
    call: CallBrief | None = None
    state: str = ""
    """What became of a message."""


class TenureView(BaseModel):
    """Who was responsible, from when to when."""

    owner: str | None
    department: str
    since: datetime
    until: datetime | None


class TimelineView(BaseModel):
    """All that was said and done, the oldest first, and who was responsible."""

    items: list[TimelineItem]
    responsible: list[TenureView]


def timeline_view(story: Story) -> TimelineView:
    """The timeline for a page."""
    return TimelineView(
        items=[_item(moment, story) for moment in story.moments],
        responsible=[
            TenureView(
                owner=_name(one.owner, story), department=one.department, since=one.since, until=one.until
            )
            for one in story.tenures
        ],
    )


def _name(staff: StaffId | None, story: Story) -> str | None:
    return story.staff.get(staff) if staff is not None else None


def _item(moment: Moment, story: Story) -> TimelineItem:
    at, by = moment.at, _name(moment.by, story)
    match moment.what:
        case Change(changes=changes, why=why):
            seen = [_changed(one, story) for one in changes]
            return TimelineItem(at=at, by=by, kind="change", changes=seen, why=why)
        case Entry(new=new):
            return TimelineItem(
                at=at, by=by, kind="entry", text=new.text, channel=new.channel, direction=new.direction
            )
        case CallBrief() as call:
            return TimelineItem(at=at, by=call.agent_name, kind="call", call=call)
        case SentMessage(text=text, state=state):
            item = TimelineItem(at=at, by=None, kind="message", text=text, state=state)
            return item.model_copy(update={"channel": Channel.SMS, "direction": Direction.OUTBOUND})


def _changed(change: ChangedField, story: Story) -> ChangedView:
    def named(value: str) -> str:
        if not value:
            return value
        match change.field:
            case "owner":
                return story.staff.get(StaffId(int(value)), value)
            case "customer":
                return story.customers.get(CustomerId(int(value)), value)
            case _:
                return value

    return ChangedView(field=change.field, before=named(change.before), after=named(change.after))


class ThreadHandlers:
    """Parses, calls the service, shows."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation

    async def show(self, context: Context[None, None]) -> Reply:
        """The timeline."""
        return timeline_view(await self._conversation.story(ticket_id_of(context)))

    async def note(self, context: Context[NoteBody, None]) -> Reply:
        """The timeline with a note more."""
        body, ticket = context.body, ticket_id_of(context)
        note = Note(key=body.key, text=body.text, channel=body.channel, direction=body.direction)
        await self._conversation.note(ticket, note, by=context.user)
        return timeline_view(await self._conversation.story(ticket))


def thread_routes(conversation: Conversation) -> list[Route]:
    """The routes of what is said and done about a ticket."""
    serve = ThreadHandlers(conversation)
    one = "/api/tickets/{ticket_id}"
    return [
        Route(
            method="GET",
            path=f"{one}/timeline",
            handler=serve.show,
            summary="Show all that was said and done about a ticket",
            response=TimelineView,
        ),
        Route(
            method="POST",
            path=f"{one}/notes",
            handler=serve.note,
            summary="Write something down of a ticket",
            body=NoteBody,
            response=TimelineView,
        ),
    ]
