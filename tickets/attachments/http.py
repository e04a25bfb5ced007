"""The HTTP routes of files that belong to tickets."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from infra.web import Body, Context, FileReply, PlainText, Reply, Route
from kernel.access import Role
from kernel.errors import NotFound
from kernel.text import harmless
from tickets.attachments.model import Attachment, harmless_name
from tickets.attachments.service import Attachments
from tickets.attachments.sniffing import PICTURES
from tickets.http import ticket_id_of

SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
KEY_CHARACTERS_MAX = 60


class FileQuery(Body):
    """What the file is called."""

    name: Annotated[PlainText, Field(min_length=1, max_length=1_000), AfterValidator(harmless_name)]


class RemovalQuery(Body):
    """Why a file is removed."""

    why: Annotated[
        str,
        StringConstraints(min_length=1, max_length=500, strip_whitespace=True),
        AfterValidator(harmless),
    ]


class AttachmentView(BaseModel):
    """A file that belongs to a ticket."""

    key: str
    name: str
    kind: str
    """The media type that its content has."""
    size_bytes: int
    at: datetime
    by: str | None
    is_picture: bool
    """It can be shown in a page."""


class AttachmentList(BaseModel):
    """A ticket's files, the oldest first."""

    items: list[AttachmentView]


class AttachmentHandlers:
    """Parses, calls the service, shows."""

    def __init__(self, attachments: Attachments) -> None:
        self._attachments = attachments

    async def index(self, context: Context[Any, Any]) -> Reply:
        """A ticket's files."""
        found, names = await self._attachments.of_ticket(ticket_id_of(context))
        return AttachmentList(items=[_view(one, names.get(one.new.by)) for one in found])

    async def show(self, context: Context[None, None]) -> Reply:
        """A file; the browser runs nothing of it, and shows pictures alone."""
        found, path = await self._attachments.open(ticket_id_of(context), _key(context), by=context.user)
        is_picture = found.new.kind in PICTURES
        return FileReply(
            path=path,
            content_type=found.new.kind,
            download_name=found.new.name,
            is_shown=is_picture,
            is_foreign=True,
        )

    async def add(self, context: Context[None, FileQuery]) -> Reply:
        """A ticket's files with one more."""
        assert context.upload is not None
        await self._attachments.add(
            ticket_id_of(context), _key(context), context.query.name, context.upload, by=context.user
        )
        return await self.index(context)

    async def remove(self, context: Context[None, RemovalQuery]) -> Reply:
        """A ticket's files with one less."""
        await self._attachments.remove(
            ticket_id_of(context), _key(context), by=context.user, why=context.query.why
        )
        return await self.index(context)


def attachment_routes(attachments: Attachments) -> list[Route]:
    """The routes of files that belong to tickets."""
    serve = AttachmentHandlers(attachments)
    all_ = "/api/tickets/{ticket_id}/attachments"
    one = f"{all_}/{{key}}"
    return [
        Route(
            method="GET",
            path=all_,
            handler=serve.index,
            summary="Show which files belong to a ticket",
            response=AttachmentList,
        ),
        Route(method="GET", path=one, handler=serve.show, summary="Open a ticket's file"),
        Route(
            method="PUT",
            path=one,
            handler=serve.add,
            summary="Add a file to a ticket",
            query=FileQuery,
            response=AttachmentList,
            takes_file=True,
        ),
        Route(
            method="DELETE",
            path=one,
            handler=serve.remove,
            summary="Remove a file from a ticket",
            roles=SUPERVISORS,
            query=RemovalQuery,
            response=AttachmentList,
        ),
    ]


def _key(context: Context[Any, Any]) -> str:
    key = context.path["key"]
    if not key.isascii() or not key.replace("-", "").isalnum() or len(key) > KEY_CHARACTERS_MAX:
        raise NotFound(f"a file's key is at most {KEY_CHARACTERS_MAX} letters, figures and -")
    return key


def _view(one: Attachment, by: str | None) -> AttachmentView:
    new = one.new
    return AttachmentView(
        key=new.key,
        name=new.name,
        kind=new.kind,
        size_bytes=new.size_bytes,
        at=new.at,
        by=by,
        is_picture=new.kind in PICTURES,
    )
