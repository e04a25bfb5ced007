"""Routes of desk phones: people's own, and for admins everybody's."""

from typing import Any

from agent_ui.desk_phones import DeskPhoneReport, DeskPhones, MakeDeskPhone, NewDeskPhone
from agent_ui.http import AGENTS
from agent_ui.phone import PhoneDesk
from infra.web import Context, Reply, Route
from kernel.access import Role
from kernel.ids import StaffId

ADMINS = frozenset({Role.ADMIN})


class DeskPhoneApi:
    """Making, renewing and revoking; whose calls ring at one that is changed, is followed at once."""

    def __init__(self, desk_phones: DeskPhones, phones: PhoneDesk) -> None:
        self._desk_phones = desk_phones
        self._phones = phones

    async def report(self, context: Context[None, None]) -> Reply:
        """A desk phone, and where phones register."""
        return self._desk_phones.report(_whose(context))

    async def make(self, context: Context[MakeDeskPhone, None]) -> Reply:
        """A new name and password."""
        made = await self._desk_phones.make(_whose(context), context.body, by=context.user.staff_id)
        await self._phones.desk_phone_changed(_whose(context))
        return made

    async def revoke(self, context: Context[None, None]) -> Reply:
        """No desk phone any more."""
        await self._desk_phones.revoke(_whose(context), by=context.user.staff_id)
        await self._phones.desk_phone_changed(_whose(context))
        return None


def _whose(context: Context[Any, None]) -> StaffId:
    """The person in the path; without one who asks."""
    return StaffId(context.id("staff_id")) if "staff_id" in context.path else context.user.staff_id


def desk_phone_routes(desk_phones: DeskPhones, phones: PhoneDesk) -> list[Route]:
    """Agents have rights to their own, admins to everybody's."""
    api = DeskPhoneApi(desk_phones, phones)
    return [
        *_routes(api, "/api/desk-phone", AGENTS, "one's own desk phone"),
        *_routes(api, "/api/staff/{staff_id}/desk-phone", ADMINS, "an agent's desk phone"),
    ]


def _routes(api: DeskPhoneApi, path: str, roles: frozenset[Role], what: str) -> list[Route]:
    return [
        Route(
            method="GET",
            path=path,
            handler=api.report,
            summary=f"See {what}, and where phones register",
            roles=roles,
            response=DeskPhoneReport,
        ),
        Route(
            method="POST",
            path=path,
            handler=api.make,
            summary=f"Make or renew {what}: its password is told this once",
            roles=roles,
            body=MakeDeskPhone,
            response=NewDeskPhone,
        ),
        Route(method="DELETE", path=path, handler=api.revoke, summary=f"Revoke {what}", roles=roles),
    ]
