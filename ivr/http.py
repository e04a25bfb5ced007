"""The HTTP routes of flows as supervisors write them."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, RootModel

from infra.web import NO_SIGN_IN, Body, Context, PlainText, Reply, Route
from ivr.flow_folder import digest_of_cases
from ivr.model import DIGEST_CHARACTERS
from ivr.names import NAME_PATTERN
from ivr.schema import flow_schema
from ivr.store import COMMENT_CHARACTERS_MAX
from ivr.version import Draft, Origin, Version
from ivr.version_errors import NoSuchFlow
from ivr.versions import FlowVersions, Written
from kernel.access import Role
from kernel.findings import Problem
from kernel.ids import StaffId

SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
TEXT_CHARACTERS_MAX = 100_000
"""Of a flow that is written in the browser; larger ones are written as files."""
_NAME = re.compile(NAME_PATTERN)


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("has control characters")
    return text


FlowText = Annotated[str, Field(max_length=TEXT_CHARACTERS_MAX), AfterValidator(_without_nul)]
Comment = Annotated[PlainText, Field(max_length=COMMENT_CHARACTERS_MAX - 20)]
Revision = Annotated[int, Field(ge=0, lt=2**31 - 1)]
Number = Annotated[int, Field(ge=1, lt=2**31 - 1)]


class FlowVersionView(BaseModel):
    """A version of a flow."""

    number: int
    digest: str
    origin: Origin
    by: str | None
    """Who published it; null where a file was changed by hand, or the command line used."""
    comment: str
    at: datetime


class FlowDraftView(BaseModel):
    """What is not published yet."""

    text: str
    revision: int
    based_on: str
    by: str | None
    at: datetime


class FlowLine(BaseModel):
    """A flow in the list."""

    name: str
    is_in_use: bool
    """The site has it, and it can be used; otherwise it is drafted alone, broken, or was taken away."""
    version: FlowVersionView | None
    drafted_by: str | None
    drafted_at: datetime | None


class FlowLines(BaseModel):
    """All flows, by name."""

    items: list[FlowLine]


class WrittenFlow(BaseModel):
    """A flow as it stands."""

    name: str
    text: str | None
    """What its file says; null of one that is only drafted."""
    digest: str
    version: FlowVersionView | None
    draft: FlowDraftView | None


class VersionPage(BaseModel):
    """Versions, the newest first."""

    items: list[FlowVersionView]


class VersionText(BaseModel):
    """What a version says."""

    number: int
    text: str


class VersionQuery(BaseModel):
    """Which versions."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50
    before: Number | None = None


class DraftBody(Body):
    """A draft to be saved. `revision` is the one that was seen; 0 where there was none."""

    text: FlowText
    revision: Revision
    based_on: Annotated[str, Field(max_length=DIGEST_CHARACTERS)] = ""
    """Digest of the published text that was seen; "" where there was none."""


class RevisionQuery(BaseModel):
    """Which draft."""

    revision: Revision


class PublishBody(Body):
    """Publishes the draft as it was seen."""

    revision: Revision
    comment: Comment = ""


class RollBackBody(Body):
    """Brings an older version back."""

    number: Number
    comment: Comment = ""


class CasesText(BaseModel):
    """The test cases beside a flow, as they are written."""

    text: str
    """"" where there are none."""
    digest: str


class CasesBody(Body):
    """Other test cases."""

    text: FlowText
    digest: Annotated[str, Field(max_length=DIGEST_CHARACTERS)] = ""
    """Of the cases that were seen; "" where there were none."""


class ProblemView(BaseModel):
    """One error. `line` counts from 1; `node` is "" outside of nodes."""

    file: str
    line: int
    code: str
    node: str
    message: str


class SchemaView(RootModel[dict[str, Any]]):
    """A JSON schema."""


class FlowHandlers:
    """Parses, calls the service, shows."""

    def __init__(self, versions: FlowVersions) -> None:
        self._versions = versions

    async def index(self, _context: Context[None, None]) -> Reply:
        """All flows."""
        names = await self._versions.names()
        return FlowLines(items=[_line(one, names) for one in await self._versions.all()])

    async def show(self, context: Context[None, None]) -> Reply:
        """One flow."""
        return await self._view(flow_in(context))

    async def index_versions(self, context: Context[None, VersionQuery]) -> Reply:
        """Its versions."""
        limit, before = context.query.limit, context.query.before
        found = await self._versions.versions(flow_in(context), limit=limit, before=before)
        names = await self._versions.names()
        return VersionPage(items=[_version(one, names) for one in found])

    async def show_version(self, context: Context[None, None]) -> Reply:
        """What one of them says."""
        number = context.id("number")
        return VersionText(number=number, text=await self._versions.text(flow_in(context), number))

    async def save_draft(self, context: Context[DraftBody, None]) -> Reply:
        """Saves a draft."""
        body = context.body
        saved = await self._versions.save_draft(
            flow_in(context),
            body.text,
            revision=body.revision,
            based_on=body.based_on,
            by=context.user.staff_id,
        )
        return _draft(saved, await self._versions.names())

    async def drop_draft(self, context: Context[None, RevisionQuery]) -> Reply:
        """Throws it away."""
        revision, by = context.query.revision, context.user.staff_id
        await self._versions.drop_draft(flow_in(context), revision=revision, by=by)
        return None

    async def publish(self, context: Context[PublishBody, None]) -> Reply:
        """Has the draft count."""
        flow, body = flow_in(context), context.body
        await self._versions.publish_draft(
            flow, revision=body.revision, comment=body.comment, by=context.user.staff_id
        )
        return await self._view(flow)

    async def roll_back(self, context: Context[RollBackBody, None]) -> Reply:
        """Has an older version count."""
        flow, body = flow_in(context), context.body
        await self._versions.roll_back(flow, body.number, comment=body.comment, by=context.user.staff_id)
        return await self._view(flow)

    async def show_cases(self, context: Context[None, None]) -> Reply:
        """Its test cases."""
        text = await self._versions.cases(flow_in(context))
        return CasesText(text=text, digest=digest_of_cases(text))

    async def save_cases(self, context: Context[CasesBody, None]) -> Reply:
        """Other ones."""
        flow, body, by = flow_in(context), context.body, context.user.staff_id
        await self._versions.save_cases(flow, body.text, digest=body.digest, by=by)
        return CasesText(text=body.text, digest=digest_of_cases(body.text))

    async def schema(self, _context: Context[None, None]) -> Reply:
        """What editors complete and check by."""
        return SchemaView(flow_schema())

    async def _view(self, flow: str) -> WrittenFlow:
        one, names = await self._versions.find(flow), await self._versions.names()
        return WrittenFlow(
            name=one.flow,
            text=one.text,
            digest=one.digest,
            version=_version(one.newest, names) if one.newest else None,
            draft=_draft(one.draft, names) if one.draft else None,
        )


def flow_routes(versions: FlowVersions) -> list[Route]:
    """The routes of flows."""
    serve = FlowHandlers(versions)
    return [*_routes_to_see(serve), *_routes_to_change(serve)]


_FLOW = "/api/site/flows/{name}"


def _route(  # noqa: PLR0913 - what routes differ in
    method: Literal["GET", "POST", "PUT", "DELETE"],
    path: str,
    handler: Any,
    summary: str,
    *,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    response: type[BaseModel] | None = None,
) -> Route:
    return Route(
        method=method,
        path=path,
        handler=handler,
        summary=summary,
        roles=SUPERVISORS,
        body=body,
        query=query,
        response=response,
    )


def _routes_to_see(serve: FlowHandlers) -> list[Route]:
    return [
        Route(
            method="GET",
            path="/api/flow.schema.json",
            handler=serve.schema,
            summary="The JSON schema of flows, for editors",
            roles=NO_SIGN_IN,
            response=SchemaView,
        ),
        _route("GET", "/api/site/flows", serve.index, "All flows", response=FlowLines),
        _route("GET", _FLOW, serve.show, "A flow and its draft", response=WrittenFlow),
        _route(
            "GET",
            f"{_FLOW}/versions",
            serve.index_versions,
            "A flow's versions, the newest first",
            query=VersionQuery,
            response=VersionPage,
        ),
        _route("GET", f"{_FLOW}/cases", serve.show_cases, "A flow's test cases", response=CasesText),
        _route(
            "GET",
            f"{_FLOW}/versions/{{number}}",
            serve.show_version,
            "What a version says",
            response=VersionText,
        ),
    ]


def _routes_to_change(serve: FlowHandlers) -> list[Route]:
    return [
        _route(
            "PUT",
            f"{_FLOW}/draft",
            serve.save_draft,
            "Save a draft; 409 with the other text where somebody else saved meanwhile",
            body=DraftBody,
            response=FlowDraftView,
        ),
        _route(
            "PUT",
            f"{_FLOW}/cases",
            serve.save_cases,
            "Change a flow's test cases; 409 with the other text where somebody else did meanwhile",
            body=CasesBody,
            response=CasesText,
        ),
        _route("DELETE", f"{_FLOW}/draft", serve.drop_draft, "Throw a draft away", query=RevisionQuery),
        _route(
            "POST",
            f"{_FLOW}/publish",
            serve.publish,
            "Have the draft count from the next call on; running calls go on as they began",
            body=PublishBody,
            response=WrittenFlow,
        ),
        _route(
            "POST",
            f"{_FLOW}/rollback",
            serve.roll_back,
            "Have an older version count again, as a new one",
            body=RollBackBody,
            response=WrittenFlow,
        ),
    ]


def flow_in(context: Context[Any, Any]) -> str:
    """The flow that the path names: a plain name, so that it is never a way to another file."""
    name = context.path["name"]
    if not _NAME.fullmatch(name):
        raise NoSuchFlow("a flow's name has at most 40 letters (A-Z), figures, - and _, a letter first")
    return name


def _line(one: Written, names: Mapping[StaffId, str]) -> FlowLine:
    return FlowLine(
        name=one.flow,
        is_in_use=one.text is not None,
        version=_version(one.newest, names) if one.newest else None,
        drafted_by=names.get(one.draft.staff, "") if one.draft else None,
        drafted_at=one.draft.at if one.draft else None,
    )


def _version(one: Version, names: Mapping[StaffId, str]) -> FlowVersionView:
    return FlowVersionView(
        number=one.number,
        digest=one.digest,
        origin=one.origin,
        by=names.get(one.staff) if one.staff is not None else None,
        comment=one.comment,
        at=one.at,
    )


def _draft(one: Draft, names: Mapping[StaffId, str]) -> FlowDraftView:
    return FlowDraftView(
        text=one.text,
        revision=one.revision,
        based_on=one.based_on,
        by=names.get(one.staff),
        at=one.at,
    )


def shown_problem(one: Problem) -> ProblemView:
    """An error as pages get it."""
    return ProblemView(file=one.file, line=one.line, code=one.code, node=one.node, message=one.message)
