"""The description is made of the routes that are served, and valid."""

from typing import Any

from openapi_spec_validator import OpenAPIV31SpecValidator

from agent_ui.openapi import describe
from agent_ui.views import PUSHED
from tests.unit.agent_ui.conftest import Open
from tests.unit.agent_ui.desk import WebDesk, web_desk
from tests.unit.agent_ui.test_serving import NOTES, PAGES, WALL


def described(desk: WebDesk) -> dict[str, Any]:
    return describe(desk.routes, version="1", cookie_name="hotline_session", pushed=PUSHED)


def test_the_description_is_valid_openapi() -> None:
    document = described(web_desk(NOTES, PAGES, WALL))
    assert [str(error) for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_every_route_appears_with_its_rights() -> None:
    desk = web_desk(NOTES, PAGES, WALL)
    paths = described(desk)["paths"]
    for route in desk.routes:
        assert paths[route.path][route.method.lower()]["x-roles"] == sorted(route.roles)
    assert sum(len(operations) for operations in paths.values()) == len(desk.routes)
    assert paths["/api/session"]["post"]["security"] == []
    assert paths["/api/wall"]["get"]["security"] == [{"session": []}]


def test_models_of_the_event_socket_are_described_along() -> None:
    schemas = described(web_desk())["components"]["schemas"]
    assert {"MyState", "PhoneState", "CallCard", "QueueRow", "AgentCard"} <= schemas.keys()


async def test_the_description_is_served_as_it_is(browse: Open) -> None:
    desk = web_desk(NOTES)
    client = await browse(desk)
    assert await (await client.get("/openapi.json")).json() == described(desk) | {
        "info": {"title": "Hotline", "version": "0"}
    }
