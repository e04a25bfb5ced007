"""Routes of the agent's phone."""

from agent_ui.phone import PhoneDesk
from agent_ui.phone_wishes import ChoosePhone, PhoneCredentials, TakePhone
from infra.web import Context, Reply, Route
from kernel.access import Role

AGENTS = frozenset({Role.AGENT})


def phone_routes(desk: PhoneDesk) -> list[Route]:
    """Taking the phone and giving it back."""

    async def take(context: Context[TakePhone, None]) -> Reply:
        return await desk.take(context.user.staff_id, context.body)

    async def choose(context: Context[ChoosePhone, None]) -> Reply:
        await desk.choose(context.user.staff_id, context.body)
        return None

    async def give_back(context: Context[None, None]) -> Reply:
        await desk.signed_out(context.user.staff_id)
        return None

    path = "/api/phone"
    return [
        Route(
            method="POST",
            path=path,
            handler=take,
            summary="Make this page the owner of the phone, with fresh credentials",
            roles=AGENTS,
            body=TakePhone,
            response=PhoneCredentials,
        ),
        Route(
            method="PUT",
            path=f"{path}/choice",
            handler=choose,
            summary="Have calls ring in this page, at the desk phone, or at a number outside",
            roles=AGENTS,
            body=ChoosePhone,
        ),
        Route(method="DELETE", path=path, handler=give_back, summary="Give the phone back", roles=AGENTS),
    ]
