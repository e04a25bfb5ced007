"""Sign-in and sign-out of the browser."""

from typing import Literal, Protocol

from pydantic import BaseModel, Field

from agent_ui.errors import NotSignedIn
from agent_ui.ports import OwnAccounts, Sessions, SignedIn
from agent_ui.serving import SessionContext
from infra.web import NO_SIGN_IN, Body, Context, Reply, Route, SessionReply
from kernel.ids import StaffId


class SignIn(Body):
    """Name and password."""

    name: str = Field(min_length=1, max_length=64)
    password: str = Field(min_length=1, max_length=256)


class OwnChange(Body):
    """What people may change of themselves."""

    language: Literal["zh", "en"]


class Me(BaseModel):
    """The person signed in."""

    staff_id: int
    name: str
    display_name: str
    number: str
    roles: list[str]
    language: str
    timezone: str


class SignOutListener(Protocol):
    """Who must hear that a person leaves."""

    async def signed_out(self, staff: StaffId) -> None:
        """The person signed out; their phone goes with them."""
        ...


def me(person: SignedIn) -> Me:
    """What the page may know of the person."""
    return Me(
        staff_id=person.principal.staff_id,
        name=person.principal.name,
        display_name=person.display_name,
        number=person.number,
        roles=sorted(person.principal.roles),
        language=person.language,
        timezone=person.timezone,
    )


def session_routes(sessions: Sessions, listener: SignOutListener, accounts: OwnAccounts) -> list[Route]:
    """The routes of the session."""

    async def sign_in(context: SessionContext) -> Reply:
        token, person = await sessions.sign_in(
            context.body.name, context.body.password, address=context.address
        )
        return SessionReply(token=token, body=me(person))

    async def who(context: SessionContext) -> Reply:
        if context.person is None:
            raise NotSignedIn("no session")
        return me(context.person)

    async def change(context: Context[OwnChange, None]) -> Reply:
        await accounts.change_language(context.user.staff_id, context.body.language)
        return None

    async def sign_out(context: SessionContext) -> Reply:
        await sessions.sign_out(context.token)
        await listener.signed_out(context.user.staff_id)
        return SessionReply(token=None)

    path = "/api/session"
    return [
        Route(
            method="POST",
            path=path,
            handler=sign_in,
            summary="Sign in",
            roles=NO_SIGN_IN,
            body=SignIn,
            response=Me,
        ),
        Route(method="GET", path=path, handler=who, summary="Who is signed in", response=Me),
        Route(method="PATCH", path=path, handler=change, summary="Change one's own account", body=OwnChange),
        Route(method="DELETE", path=path, handler=sign_out, summary="Sign out"),
    ]
