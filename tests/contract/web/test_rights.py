"""Who may do what: each route of the running server for each kind of person."""

from collections.abc import Sequence

import aiohttp

from kernel.access import Role
from tests.contract.web.conftest import House

EVERYBODY = frozenset({"", *Role})
SIGNED_IN = frozenset(Role)
SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})
AGENTS = frozenset({Role.AGENT})

RIGHTS: dict[tuple[str, str], frozenset[str]] = {
    ("POST", "/api/session"): EVERYBODY,
    ("GET", "/s/{token}"): EVERYBODY,
    ("POST", "/s/{token}"): EVERYBODY,
    ("POST", "/api/tickets/{ticket_id}/surveys"): SIGNED_IN,
    ("GET", "/api/tickets/{ticket_id}/surveys"): SIGNED_IN,
    ("GET", "/api/survey-figures"): SIGNED_IN,
    ("GET", "/api/surveys"): SIGNED_IN,
    ("GET", "/api/session"): SIGNED_IN,
    ("PATCH", "/api/session"): SIGNED_IN,
    ("POST", "/api/phone"): AGENTS,
    ("DELETE", "/api/phone"): AGENTS,
    ("PUT", "/api/phone/choice"): AGENTS,
    ("GET", "/api/desk-phone"): AGENTS,
    ("POST", "/api/desk-phone"): AGENTS,
    ("DELETE", "/api/desk-phone"): AGENTS,
    ("GET", "/api/staff/{staff_id}/desk-phone"): ADMINS,
    ("POST", "/api/staff/{staff_id}/desk-phone"): ADMINS,
    ("DELETE", "/api/staff/{staff_id}/desk-phone"): ADMINS,
    ("PUT", "/api/agent/state"): AGENTS,
    ("POST", "/api/agent/wrap-up/end"): AGENTS,
    ("POST", "/api/agent/wrap-up/extend"): AGENTS,
    ("GET", "/api/breaks"): SIGNED_IN,
    ("GET", "/api/queues"): SIGNED_IN,
    ("GET", "/api/calls"): SIGNED_IN,
    ("POST", "/api/calls"): AGENTS,
    ("GET", "/api/calls/{call_id}"): SIGNED_IN,
    ("POST", "/api/calls/{call_id}/hang-up"): SIGNED_IN,
    ("POST", "/api/calls/{call_id}/refuse"): AGENTS,
    ("GET", "/api/calls/{call_id}/waiting"): SUPERVISORS,
    ("POST", "/api/calls/{call_id}/boost"): SUPERVISORS,
    ("GET", "/api/queues/{queue_id}/waiting"): SUPERVISORS,
    ("GET", "/api/missed-callers"): SIGNED_IN,
    ("POST", "/api/missed-callers/{call_id}/seen-to"): SIGNED_IN,
    ("GET", "/api/callbacks"): SIGNED_IN,
    ("POST", "/api/callbacks/{call_id}/cancel"): SUPERVISORS,
    ("GET", "/api/do-not-call"): SUPERVISORS,
    ("POST", "/api/do-not-call"): SUPERVISORS,
    ("DELETE", "/api/do-not-call/{number}"): SUPERVISORS,
    ("PUT", "/api/queues/{queue_id}/help"): SUPERVISORS,
    ("PUT", "/api/calls/{call_id}/watch"): SUPERVISORS,
    ("DELETE", "/api/watch"): SUPERVISORS,
    ("POST", "/api/calls/{call_id}/take-over"): SUPERVISORS,
    ("PUT", "/api/calls/{call_id}/queue"): SUPERVISORS,
    ("PUT", "/api/agents/{staff_id}/state"): SUPERVISORS,
    ("POST", "/api/calls/{call_id}/transfer"): AGENTS,
    ("POST", "/api/calls/{call_id}/consultation"): AGENTS,
    ("PUT", "/api/calls/{call_id}/consultation"): AGENTS,
    ("GET", "/api/colleagues"): AGENTS,
    ("GET", "/api/flows"): AGENTS,
    ("GET", "/api/tickets/{ticket_id}/workflow"): SIGNED_IN,
    ("POST", "/api/tickets/{ticket_id}/workflow/entries"): SIGNED_IN,
    ("POST", "/api/tickets/{ticket_id}/workflow/steps"): SIGNED_IN,
    ("GET", "/api/tickets/{ticket_id}/workflow/diagram"): SIGNED_IN,
    ("GET", "/api/calls/{call_id}/recording"): SIGNED_IN,
    ("PUT", "/api/calls/{call_id}/recording"): AGENTS,
    ("GET", "/api/flow.schema.json"): EVERYBODY,
    ("GET", "/api/site/recordings"): SUPERVISORS,
    ("GET", "/api/site/recordings/{language}/{name}"): SUPERVISORS,
    ("PUT", "/api/site/recordings/{language}/{name}"): SUPERVISORS,
    ("DELETE", "/api/site/recordings/{language}/{name}"): SUPERVISORS,
    ("GET", "/api/site/flows"): SUPERVISORS,
    ("GET", "/api/site/flows/{name}"): SUPERVISORS,
    ("GET", "/api/site/flows/{name}/versions"): SUPERVISORS,
    ("GET", "/api/site/flows/{name}/versions/{number}"): SUPERVISORS,
    ("PUT", "/api/site/flows/{name}/draft"): SUPERVISORS,
    ("DELETE", "/api/site/flows/{name}/draft"): SUPERVISORS,
    ("POST", "/api/site/flows/{name}/check"): SUPERVISORS,
    ("GET", "/api/site/flows/{name}/callers"): SUPERVISORS,
    ("POST", "/api/site/flows/{name}/fields"): SUPERVISORS,
    ("PATCH", "/api/site/flows/{name}/fields"): SUPERVISORS,
    ("POST", "/api/site/flows/{name}/options"): SUPERVISORS,
    ("GET", "/api/site/flows/{name}/cases"): SUPERVISORS,
    ("PUT", "/api/site/flows/{name}/cases"): SUPERVISORS,
    ("POST", "/api/site/flows/{name}/try"): SUPERVISORS,
    ("POST", "/api/site/flows/{name}/test"): SUPERVISORS,
    ("POST", "/api/site/flows/{name}/publish"): SUPERVISORS,
    ("POST", "/api/site/flows/{name}/rollback"): SUPERVISORS,
    ("GET", "/api/calls/{call_id}/peaks"): SIGNED_IN,
    ("POST", "/api/calls/{call_id}/heard"): SIGNED_IN,
    ("GET", "/api/calls/{call_id}/hearings"): SUPERVISORS,
    ("GET", "/api/calls/{call_id}/recording/{side}"): SIGNED_IN,
    ("GET", "/api/ratings"): SIGNED_IN,
    ("GET", "/api/calls/{call_id}/comment"): SIGNED_IN,
    ("GET", "/api/calls/{call_id}/transcript"): SIGNED_IN,
    ("GET", "/api/transcripts"): SIGNED_IN,
    ("GET", "/api/customers"): SIGNED_IN,
    ("POST", "/api/customers"): SIGNED_IN,
    ("GET", "/api/customers/{customer_id}"): SIGNED_IN,
    ("PATCH", "/api/customers/{customer_id}"): SIGNED_IN,
    ("GET", "/api/customers/{customer_id}/history"): SIGNED_IN,
    ("GET", "/api/regions"): SIGNED_IN,
    ("GET", "/api/agents"): SUPERVISORS,
    ("PATCH", "/api/agents/{staff_id}"): ADMINS,
    ("GET", "/api/tickets"): SIGNED_IN,
    ("GET", "/api/caller-list"): SUPERVISORS,
    ("POST", "/api/caller-list"): SIGNED_IN,
    ("POST", "/api/caller-list/import"): SUPERVISORS,
    ("POST", "/api/caller-list/{entry_id}/confirm"): SUPERVISORS,
    ("DELETE", "/api/caller-list/{entry_id}"): SUPERVISORS,
    ("POST", "/api/tickets"): SIGNED_IN,
    ("POST", "/api/tickets/read"): SIGNED_IN,
    ("GET", "/api/tickets/{ticket_id}"): SIGNED_IN,
    ("PATCH", "/api/tickets/{ticket_id}"): SIGNED_IN,
    ("GET", "/api/tickets/{ticket_id}/voicemail"): SIGNED_IN,
    ("GET", "/api/tickets/{ticket_id}/deadlines"): SIGNED_IN,
    ("POST", "/api/tickets/{ticket_id}/contacts"): SIGNED_IN,
    ("GET", "/api/deadline-notices"): SIGNED_IN,
    ("POST", "/api/deadline-notices/{notice_id}/seen"): SIGNED_IN,
    ("GET", "/api/tickets/{ticket_id}/timeline"): SIGNED_IN,
    ("POST", "/api/tickets/{ticket_id}/notes"): SIGNED_IN,
    ("GET", "/api/tickets/{ticket_id}/attachments"): SIGNED_IN,
    ("GET", "/api/tickets/{ticket_id}/attachments/{key}"): SIGNED_IN,
    ("PUT", "/api/tickets/{ticket_id}/attachments/{key}"): SIGNED_IN,
    ("DELETE", "/api/tickets/{ticket_id}/attachments/{key}"): SUPERVISORS,
    ("GET", "/api/messages"): SUPERVISORS,
    ("GET", "/api/experts"): SIGNED_IN,
    ("GET", "/api/staff"): SUPERVISORS,
    ("POST", "/api/staff"): ADMINS,
    ("PATCH", "/api/staff/{staff_id}"): ADMINS,
    ("DELETE", "/api/staff/{staff_id}/sessions"): ADMINS,
    ("GET", "/api/audit"): ADMINS,
    # Last, because it ends the session with which the others are asked.
    ("DELETE", "/api/session"): SIGNED_IN,
}
CHANGE = {"X-Hotline": "1"}
PEOPLE: Sequence[tuple[str, frozenset[Role]]] = (
    ("", frozenset()),
    ("lijing", frozenset({Role.AGENT})),
    ("superior", frozenset({Role.SUPERVISOR})),
    ("chen", frozenset({Role.SUPERVISOR, Role.ADMIN})),
)


async def test_each_route_is_open_to_exactly_those_who_may(house: House) -> None:
    await employ_supervisor(house)
    wrong = []
    for name, roles in PEOPLE:
        for (method, path), allowed in RIGHTS.items():
            status = await ask(house, name, method, path)
            expected = judge(roles, allowed)
            is_right = status == expected if expected else status not in {401, 403}
            if not is_right and not is_own_refusal(method, path, status):
                wrong.append((name or "nobody", method, path, status, expected or "allowed"))
    assert wrong == []


async def test_the_table_of_rights_names_every_route(house: House) -> None:
    async with house.api() as api:
        described = await api.ask("GET", "/openapi.json")
    served = {
        (method.upper(), path) for path, operations in described["paths"].items() for method in operations
    }
    assert served == set(RIGHTS)


def judge(roles: frozenset[Role], allowed: frozenset[str]) -> int:
    """The refusal that a person must meet; 0 for none."""
    if allowed == EVERYBODY or roles & allowed:
        return 0
    return 403 if roles else 401


def is_own_refusal(method: str, path: str, status: int) -> bool:
    """Signing in with an empty name is refused by its fields, not for rights."""
    return (method, path) == ("POST", "/api/session") and status == 422


async def employ_supervisor(house: House) -> None:
    """The example's supervisor is an admin too; this one is not."""
    async with house.api() as api:
        await api.sign_in("chen", house.password("chen"))
        person = {
            "name": "superior",
            "password": "superior-password",
            "display_name": "赵主管",
            "roles": ["supervisor"],
        }
        await api.ask("POST", "/api/staff", person)


async def ask(house: House, name: str, method: str, path: str) -> int:
    """The status that this person gets for an empty request."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(house.address, cookie_jar=jar, headers=CHANGE) as session:
        if name:
            password = "superior-password" if name == "superior" else house.password(name)
            signed_in = await session.post("/api/session", json={"name": name, "password": password})
            assert signed_in.status == 200, await signed_in.text()
        filled = path.format(
            call_id="c-0",
            token="none",
            queue_id="none",
            customer_id="0",
            entry_id="0",
            notice_id="0",
            key="k",
            ticket_id="0",
            staff_id="0",
            side="agent",
            number="+8613800000000",
            name="none",
            language="zh",
        )
        async with session.request(method, filled, json={} if method != "GET" else None) as answer:
            return answer.status
