"""How a slice declares its HTTP routes; `agent_ui` serves them and writes OpenAPI from them."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from kernel.access import Principal, Role
from kernel.errors import NotFound
from kernel.text import harmless, is_harmless

BodyT = TypeVar("BodyT", bound=BaseModel | None)
QueryT = TypeVar("QueryT", bound=BaseModel | None)

ANYONE_SIGNED_IN = frozenset(Role)
NO_SIGN_IN: frozenset[Role] = frozenset()
"""For a route's `roles`: open to whoever reaches the server; its handler gets no person."""


ID_DIGITS_MAX = 18
RowId = Annotated[int, Field(ge=1, le=10**ID_DIGITS_MAX - 1)]
"""Of what is kept in the database, which counts no further than 64 bits."""
Moment = Annotated[
    AwareDatetime, Field(ge=datetime(1970, 1, 2, tzinfo=UTC), le=datetime(9999, 12, 30, tzinfo=UTC))
]
"""One that has a date in every time zone."""


class Body(BaseModel):
    """What a request brings. A field that nobody knows is refused rather than passed over."""

    model_config = ConfigDict(extra="forbid")


def _plain(text: str) -> str:
    if not is_harmless(text):
        raise ValueError("has control characters")
    return text


PlainText = Annotated[str, AfterValidator(_plain)]
"""A short text that people read and nobody pastes: control characters are refused, not replaced."""


class PageQuery(BaseModel):
    """Which part of a list, of what has a text in it."""

    search: Annotated[str, Field(max_length=120), AfterValidator(harmless)] = ""
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    offset: Annotated[int, Field(ge=0, le=1_000_000)] = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Context(Generic[BodyT, QueryT]):
    """One request, parsed and allowed: what a handler gets."""

    user: Principal
    path: Mapping[str, str]
    body: BodyT
    query: QueryT

    upload: Path | None = None
    """The file that was sent, of a route that takes one; it is gone when the handler is done."""

    form: Mapping[str, str] = field(default_factory=dict)
    """What a form was filled in with, of a route that takes one; anything may be in it."""

    def id(self, name: str) -> int:
        """The number that stands in the path under this name; what can be none names nothing."""
        text = self.path[name]
        if not text.isascii() or not text.isdigit() or len(text) > ID_DIGITS_MAX:
            raise NotFound(f"there is no {name.removesuffix('_id')} {text[:ID_DIGITS_MAX]}")
        return int(text)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReply:
    """Sends a file, with ranges; never cached by the browser."""

    path: Path
    content_type: str
    download_name: str
    is_shown: bool = True
    """The browser shows it where it can; else it is saved."""
    is_foreign: bool = False
    """It comes from outside: whatever is in it, the browser runs nothing of it and loads nothing for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageReply:
    """A whole page, for who has no session here; what others wrote is escaped in it already."""

    html: str
    is_found: bool = True
    """Else the browser is told that there is no such page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionReply:
    """Begins a session in the browser, or ends it when there is no token."""

    token: str | None
    body: BaseModel | None = None


Reply = BaseModel | FileReply | PageReply | SessionReply | None
Handler = Callable[[Any], Awaitable[Reply]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One endpoint. Bodies and queries are checked against their models before the handler runs.

    A `HotlineError` that the handler raises becomes a problem document with its `code`.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    """Such as `/api/tickets/{ticket_id}`."""
    handler: Handler
    summary: str
    roles: frozenset[Role] = field(default=ANYONE_SIGNED_IN)
    """Who may; having one of them is enough."""
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    response: type[BaseModel] | None = None
    takes_file: bool = False
    """Instead of a body: a file of any kind, of at most `web.upload_mb_max`."""
    is_page: bool = False
    """For browsers without our app: GET gives a `PageReply`, POST takes the page's form instead of a body.

    Any site could send such a form, so none may need a sign-in.
    """
