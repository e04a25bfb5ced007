"""The HTTP routes of customers."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from customers.home import RegionDirectory
from customers.model import NUMBERS_MAX, Customer, Level, Record
from customers.service import Customers, Histories
from infra.web import Body, Context, PageQuery, Reply, Route
from kernel.briefs import CallBrief, TicketBrief, Words
from kernel.ids import CustomerId
from kernel.text import harmless

Name = Annotated[
    str,
    StringConstraints(min_length=1, max_length=120, strip_whitespace=True),
    AfterValidator(harmless),
]
Note = Annotated[str, Field(max_length=10_000), AfterValidator(harmless)]
Region = Annotated[
    str,
    StringConstraints(max_length=80, strip_whitespace=True),
    AfterValidator(harmless),
]
Number = Annotated[str, Field(min_length=1, max_length=40)]
MemberNumber = Annotated[str, StringConstraints(max_length=40, strip_whitespace=True)]
Numbers = Annotated[tuple[Number, ...], Field(max_length=NUMBERS_MAX)]
Language = Literal["zh", "en"]


class CustomerView(BaseModel):
    """A customer."""

    id: int
    name: str
    level: Level
    numbers: tuple[str, ...]
    language: Language | None
    """Nothing when the customer never chose."""
    note: str
    region: str
    """A region of the site by its key, or a place; "" when nobody noted it."""
    member_number: str
    """Digits, perhaps with an X at the end; "" of who has none."""


class CustomerList(BaseModel):
    """Customers, and how many there are in all."""

    items: list[CustomerView]
    total: int


class CustomerHistory(BaseModel):
    """What happened with a customer, the newest first."""

    calls: list[CallBrief]
    tickets: list[TicketBrief]


class NewCustomer(Body):
    """A customer to be added; numbers may be in any spelling."""

    name: Name
    level: Level = Level.NORMAL
    numbers: Numbers = ()
    language: Language | None = None
    note: Note = ""
    region: Region = ""
    member_number: MemberNumber = ""


class CustomerChange(Body):
    """What is to be changed; what is left out stays."""

    name: Name | None = None
    level: Level | None = None
    numbers: Numbers | None = None
    language: Language | None = None
    note: Note | None = None
    region: Region | None = None
    member_number: MemberNumber | None = None


class CustomerQuery(PageQuery):
    """Which customers: those with a text in them, or the one with a number."""

    number: Annotated[str, Field(max_length=40)] = ""


def _shown(customer: Customer) -> CustomerView:
    record = customer.record
    return CustomerView.model_validate(
        {
            "id": customer.id,
            "name": record.name,
            "level": record.level,
            "numbers": record.numbers,
            "language": record.language or None,
            "note": record.note,
            "region": record.region,
            "member_number": record.member_number,
        }
    )


def _customer_id(context: Context[Any, Any]) -> CustomerId:
    return CustomerId(context.id("customer_id"))


class RegionView(BaseModel):
    """What one branch looks after."""

    key: str
    name: Words


class RegionList(BaseModel):
    """All regions of the site."""

    items: list[RegionView]


class CustomerHandlers:
    """Parses, calls the service, shows."""

    def __init__(self, customers: Customers, histories: Histories) -> None:
        self._customers = customers
        self._histories = histories

    async def index(self, context: Context[None, CustomerQuery]) -> Reply:
        """Customers that match."""
        query = context.query
        if query.number:
            found = await self._customers.find_by_number(query.number)
            return CustomerList(items=[_shown(found)] if found else [], total=1 if found else 0)
        items, total = await self._customers.search(query.search, limit=query.limit, offset=query.offset)
        return CustomerList(items=[_shown(each) for each in items], total=total)

    async def create(self, context: Context[NewCustomer, None]) -> Reply:
        """A new customer."""
        values = context.body.model_dump()
        record = Record(**{**values, "language": values["language"] or ""})
        return _shown(await self._customers.create(record))

    async def show(self, context: Context[None, None]) -> Reply:
        """One customer."""
        return _shown(await self._customers.get(_customer_id(context)))

    async def change(self, context: Context[CustomerChange, None]) -> Reply:
        """A changed customer."""
        changes = context.body.model_dump(exclude_unset=True)
        if "language" in changes:
            changes["language"] = changes["language"] or ""
        given = {field: value for field, value in changes.items() if value is not None}
        return _shown(await self._customers.change(_customer_id(context), given))

    async def history(self, context: Context[None, None]) -> Reply:
        """What happened with a customer."""
        history = await self._histories.of(_customer_id(context))
        return CustomerHistory(calls=list(history.calls), tickets=list(history.tickets))


def region_routes(directory: RegionDirectory) -> list[Route]:
    """The route of regions."""

    async def listed(_: Context[None, None]) -> RegionList:
        regions = directory.last.by_key.values()
        return RegionList(items=[RegionView(key=region.key, name=region.name) for region in regions])

    return [
        Route(
            method="GET",
            path="/api/regions",
            handler=listed,
            summary="The site's regions, one for each branch",
            response=RegionList,
        )
    ]


def customer_routes(customers: Customers, histories: Histories) -> list[Route]:
    """The routes of customers."""
    serve = CustomerHandlers(customers, histories)
    one = "/api/customers/{customer_id}"
    return [
        Route(
            method="GET",
            path="/api/customers",
            handler=serve.index,
            summary="Find customers",
            query=CustomerQuery,
            response=CustomerList,
        ),
        Route(
            method="POST",
            path="/api/customers",
            handler=serve.create,
            summary="Add a customer",
            body=NewCustomer,
            response=CustomerView,
        ),
        Route(method="GET", path=one, handler=serve.show, summary="Show a customer", response=CustomerView),
        Route(
            method="PATCH",
            path=one,
            handler=serve.change,
            summary="Change a customer",
            body=CustomerChange,
            response=CustomerView,
        ),
        Route(
            method="GET",
            path=f"{one}/history",
            handler=serve.history,
            summary="A customer's last calls and tickets",
            response=CustomerHistory,
        ),
    ]
