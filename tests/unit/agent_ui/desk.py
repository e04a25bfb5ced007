"""A web server in a test: real application and socket, people and routing that can be told."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from aiohttp import web
from prometheus_client import CollectorRegistry

from agent_ui.app import WebParts, build_app
from agent_ui.board import Board
from agent_ui.errors import NotSignedIn
from agent_ui.ports import SignedIn
from agent_ui.probes import Probes
from agent_ui.realtime import Realtime
from agent_ui.remembered import RememberedSessions
from agent_ui.serving import Gate
from agent_ui.sessions import session_routes
from agent_ui.settings import WebSettings
from infra.web import Route
from kernel.access import Principal, Role
from kernel.clock import SystemClock
from kernel.errors import DatabaseUnavailable
from kernel.ids import StaffId

CHANGE = {"X-Hotline": "1"}


@dataclass(frozen=True, kw_only=True)
class Person:
    """Someone who can sign in with their own name as the password."""

    principal: Principal
    display_name: str
    number: str = "1001"
    language: str = "zh"
    timezone: str = "Asia/Shanghai"


def person(staff: int, name: str, *roles: Role) -> Person:
    return Person(
        principal=Principal(staff_id=StaffId(staff), name=name, roles=frozenset(roles)), display_name=name
    )


LI_JING = person(1, "lijing", Role.AGENT)
CHEN = person(3, "chen", Role.SUPERVISOR)


class FewPeople:
    """Sessions of a handful of people, by token."""

    def __init__(self, *people: Person) -> None:
        self._people = {one.principal.name: one for one in people}
        self._tokens: dict[str, Person] = {}
        self.is_away = False

    def change(self, one: Person) -> None:
        """The person's roles are others from now on, in running sessions too."""
        self._tokens = dict.fromkeys(self._tokens, one)

    def end_all(self) -> None:
        """Every session is over."""
        self._tokens.clear()

    async def sign_in(self, name: str, password: str, *, address: str) -> tuple[str, SignedIn]:
        one = self._people.get(name)
        if one is None or password != name or not address:
            raise NotSignedIn("wrong")
        token = f"token-of-{name}"
        self._tokens[token] = one
        return token, one

    async def find(self, token: str) -> SignedIn | None:
        if self.is_away:
            raise DatabaseUnavailable("away")
        return self._tokens.get(token)

    async def change_language(self, staff: StaffId, language: str) -> None:
        self._tokens = {
            token: replace(one, language=language) if one.principal.staff_id == staff else one
            for token, one in self._tokens.items()
        }

    async def sign_out(self, token: str) -> None:
        self._tokens.pop(token, None)


@dataclass
class Comings:
    """Which pages came and went, in order."""

    seen: list[tuple[str, int, str]] = field(default_factory=list)
    failure: Exception | None = None

    async def page_came(self, staff: StaffId, page: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.seen.append(("came", staff, page))

    async def page_went(self, staff: StaffId, page: str) -> None:
        self.seen.append(("went", staff, page))

    async def page_dismissed(self, staff: StaffId, page: str) -> None:
        self.seen.append(("dismissed", staff, page))

    async def signed_out(self, staff: StaffId) -> None:
        self.seen.append(("out", staff, ""))


@dataclass
class WebDesk:
    """The application with what a test looks at."""

    app: web.Application
    board: Board
    comings: Comings
    people: FewPeople
    routes: Sequence[Route]


async def fit() -> None:
    """A part that is ready."""


def web_desk(*routes: Route, settings: WebSettings | None = None, backlog_keys_max: int = 500) -> WebDesk:
    chosen = settings or WebSettings(delta_interval_s=0)
    sessions, comings = FewPeople(LI_JING, CHEN), Comings()
    remembered = RememberedSessions(sessions, SystemClock(), chosen)
    gate, board = Gate(remembered, chosen), Board(backlog_keys_max=backlog_keys_max)
    all_routes = [*session_routes(remembered, comings, sessions), *routes]
    parts = WebParts(
        settings=chosen,
        gate=gate,
        routes=all_routes,
        realtime=Realtime(gate=gate, board=board, watch=comings, settings=chosen),
        probes=Probes(checks={"database": fit}, notices={}, registry=CollectorRegistry()),
        version="0",
    )
    return WebDesk(app=build_app(parts), board=board, comings=comings, people=sessions, routes=all_routes)
