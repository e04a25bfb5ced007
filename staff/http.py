"""The HTTP routes of accounts; signing in is the web edge's."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from infra.web import Body, Context, Reply, Route
from kernel.access import Role
from kernel.ids import StaffId
from kernel.written import Timezone
from staff.model import Account, Profile
from staff.service import Accounts

ADMINS = frozenset({Role.ADMIN})
SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
AUDIT_ENTRIES_MAX = 500


Name = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[^\s\x00-\x1f\x7f]+$")]
DisplayName = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]+$")]
Number = Annotated[str, Field(max_length=20, pattern=r"^[0-9]*$")]
Language = Literal["zh", "en"]
Password = Annotated[str, Field(min_length=1, max_length=256)]
Roles = Annotated[frozenset[Role], Field(min_length=1)]


class StaffMember(BaseModel):
    """A person who works here."""

    id: int
    name: str
    display_name: str
    number: str
    language: str
    timezone: str
    roles: list[Role]
    is_active: bool
    created_at: datetime


class StaffList(BaseModel):
    """Everybody, by name."""

    items: list[StaffMember]
    total: int


class NewStaffMember(Body):
    """A person to be given an account."""

    name: Name
    password: Password
    display_name: DisplayName
    number: Number = ""
    language: Language = "zh"
    timezone: Timezone = "Asia/Shanghai"
    roles: Roles


class StaffChange(Body):
    """What is to be changed; what is left out stays."""

    password: Password | None = None
    display_name: DisplayName | None = None
    number: Number | None = None
    language: Language | None = None
    timezone: Timezone | None = None
    roles: Roles | None = None
    is_active: bool | None = None


class AuditLine(BaseModel):
    """Who did what."""

    at: datetime
    staff_id: int | None
    action: str
    subject: str
    address: str


class AuditTrail(BaseModel):
    """The newest lines first."""

    items: list[AuditLine]


def _shown(account: Account) -> StaffMember:
    profile = account.profile
    return StaffMember(
        id=account.id,
        name=profile.name,
        display_name=profile.display_name,
        number=profile.number,
        language=profile.language,
        timezone=profile.timezone,
        roles=sorted(profile.roles),
        is_active=profile.is_active,
        created_at=account.created_at,
    )


def _staff_id(context: Context[Any, Any]) -> StaffId:
    return StaffId(context.id("staff_id"))


class StaffHandlers:
    """Parses, calls the service, shows."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def index(self, _context: Context[None, None]) -> Reply:
        """Everybody, by name."""
        items = [_shown(account) for account in await self._accounts.all()]
        return StaffList(items=items, total=len(items))

    async def create(self, context: Context[NewStaffMember, None]) -> Reply:
        """A new account."""
        body = context.body
        profile = Profile(**body.model_dump(exclude={"password"}))
        return _shown(await self._accounts.create(profile, body.password, by=context.user.staff_id))

    async def change(self, context: Context[StaffChange, None]) -> Reply:
        """A changed account."""
        changes = context.body.model_dump(exclude={"password"}, exclude_none=True)
        staff = _staff_id(context)
        return _shown(
            await self._accounts.change(staff, changes, context.body.password, by=context.user.staff_id)
        )

    async def sign_out(self, context: Context[None, None]) -> Reply:
        """Ends all sessions of a person."""
        await self._accounts.sign_out_everywhere(_staff_id(context), by=context.user.staff_id)
        return None

    async def audit(self, _context: Context[None, None]) -> Reply:
        """Who did what."""
        entries = await self._accounts.audit_trail(limit=AUDIT_ENTRIES_MAX)
        return AuditTrail(
            items=[
                AuditLine(
                    at=entry.at,
                    staff_id=entry.staff_id,
                    action=entry.action,
                    subject=entry.subject,
                    address=entry.address,
                )
                for entry in entries
            ]
        )


def staff_routes(accounts: Accounts) -> list[Route]:
    """The routes of accounts."""
    serve = StaffHandlers(accounts)
    return [
        Route(
            method="GET",
            path="/api/staff",
            handler=serve.index,
            summary="Who works here",
            roles=SUPERVISORS,
            response=StaffList,
        ),
        Route(
            method="POST",
            path="/api/staff",
            handler=serve.create,
            summary="Give a person an account",
            roles=ADMINS,
            body=NewStaffMember,
            response=StaffMember,
        ),
        Route(
            method="PATCH",
            path="/api/staff/{staff_id}",
            handler=serve.change,
            summary="Change an account",
            roles=ADMINS,
            body=StaffChange,
            response=StaffMember,
        ),
        Route(
            method="DELETE",
            path="/api/staff/{staff_id}/sessions",
            handler=serve.sign_out,
            summary="Sign a person out everywhere",
            roles=ADMINS,
        ),
        Route(
            method="GET",
            path="/api/audit",
            handler=serve.audit,
            summary="Who did what",
            roles=ADMINS,
            response=AuditTrail,
        ),
    ]
