"""The HTTP routes of the blacklist and the warning list."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, Field, StringConstraints

from customers.listing import NUMBER_CHARACTERS_MAX, REASON_MAX, Entry, Kind, Manner, Sort, Wish
from customers.listing_csv import read_table
from customers.listing_service import CallerLists, Shown
from infra.web import Body, Context, Moment, PageQuery, PlainText, Reply, Route
from kernel.access import Role
from kernel.errors import HotlineError

SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
CSV_CHARACTERS_MAX = 200_000

Reason = Annotated[PlainText, StringConstraints(min_length=1, max_length=REASON_MAX, strip_whitespace=True)]


class NewListed(Body):
    """Somebody to be blocked, or of whom agents are to be warned."""

    sort: Sort
    kind: Kind = Kind.NUMBER
    number: PlainText = Field(default="", max_length=NUMBER_CHARACTERS_MAX + 16)
    """In any spelling; of a `prefix` its beginning; nothing for `withheld`."""
    reason: Reason
    manner: Manner = Manner.TEXT
    until: Moment | None = None
    """For good without one."""


class ListedView(BaseModel):
    """An entry of the blacklist or the warning list."""

    id: int
    sort: Sort
    kind: Kind
    number: str
    reason: str
    manner: Manner
    until: AwareDatetime | None
    added_by: str
    added_at: AwareDatetime
    is_proposed: bool
    """It counts once a supervisor has confirmed it."""
    is_over: bool
    """It counts no more, since its moment is over."""
    blocked_calls: int
    """Since it was added."""


class ListedPage(BaseModel):
    """Entries, and how many there are in all."""

    items: list[ListedView]
    total: int


class ListedQuery(PageQuery):
    """Which entries."""

    sort: Sort | None = None


class ListedImport(Body):
    """A CSV file: columns list, number, reason, and as needed kind, manner, until."""

    csv: Annotated[str, Field(min_length=1, max_length=CSV_CHARACTERS_MAX)]


class LineFault(BaseModel):
    """A line of the file that was not taken, and why."""

    line: int
    code: str


class ImportReport(BaseModel):
    """What became of the file; what was taken stays, and the rest can be mended and sent again."""

    added: int
    known: int
    """Lines that were on the list already."""
    faults: list[LineFault]


def listing_routes(lists: CallerLists) -> list[Route]:
    """The routes of both lists."""
    serve = _Handlers(lists)
    one = "/api/caller-list/{entry_id}"
    return [
        Route(
            method="GET",
            path="/api/caller-list",
            handler=serve.index,
            summary="Who is blocked, and of whom agents are warned",
            roles=SUPERVISORS,
            query=ListedQuery,
            response=ListedPage,
        ),
        Route(
            method="POST",
            path="/api/caller-list",
            handler=serve.add,
            summary="Block a caller, or warn of one; an agent proposes it",
            body=NewListed,
            response=ListedView,
        ),
        Route(
            method="POST",
            path="/api/caller-list/import",
            handler=serve.take_in,
            summary="Add the lines of a CSV file",
            roles=SUPERVISORS,
            body=ListedImport,
            response=ImportReport,
        ),
        Route(
            method="POST",
            path=f"{one}/confirm",
            handler=serve.confirm,
            summary="What was proposed counts from now on",
            roles=SUPERVISORS,
        ),
        Route(
            method="DELETE",
            path=one,
            handler=serve.lift,
            summary="An entry counts no more, or is not wanted",
            roles=SUPERVISORS,
        ),
    ]


class _Handlers:
    def __init__(self, lists: CallerLists) -> None:
        self._lists = lists

    async def index(self, context: Context[None, ListedQuery]) -> Reply:
        query = context.query
        found, total = await self._lists.find(
            query.search, sort=query.sort, limit=query.limit, offset=query.offset
        )
        return ListedPage(items=[self._view(one) for one in found], total=total)

    async def add(self, context: Context[NewListed, None]) -> Reply:
        given = context.body
        wish = Wish(
            sort=given.sort,
            kind=given.kind,
            value=given.number,
            reason=given.reason,
            manner=given.manner,
            until=given.until,
        )
        (shown,) = await self._lists.shown([await self._lists.add(context.user, wish)])
        return self._view(shown)

    async def take_in(self, context: Context[ListedImport, None]) -> Reply:
        table = read_table(context.body.csv)
        faults = [LineFault(line=fault.line, code=fault.code) for fault in table.faults]
        added = known = 0
        for row in table.rows:
            try:
                await self._lists.add(context.user, row.wish)
                added += 1
            except HotlineError as refused:
                if refused.code == "already_listed":
                    known += 1
                else:
                    faults.append(LineFault(line=row.line, code=refused.code))
        return ImportReport(added=added, known=known, faults=sorted(faults, key=lambda fault: fault.line))

    async def confirm(self, context: Context[None, None]) -> Reply:
        await self._lists.confirm(context.user, context.id("entry_id"))
        return None

    async def lift(self, context: Context[None, None]) -> Reply:
        await self._lists.lift(context.user, context.id("entry_id"))
        return None

    def _view(self, shown: Shown) -> ListedView:
        return listed_view(shown, self._lists.clock.now())


def listed_view(shown: Shown, now: datetime) -> ListedView:
    """An entry as pages show it."""
    entry: Entry = shown.entry
    wish = entry.wish
    values: dict[str, Any] = {
        "id": entry.id,
        "sort": wish.sort,
        "kind": wish.kind,
        "number": wish.value,
        "reason": wish.reason,
        "manner": wish.manner,
        "until": wish.until,
        "added_by": shown.added_by,
        "added_at": entry.added_at,
        "is_proposed": entry.is_proposed,
        "is_over": wish.until is not None and wish.until <= now,
        "blocked_calls": shown.blocked_calls,
    }
    return ListedView.model_validate(values)
