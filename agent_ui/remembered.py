"""Sessions that stay good for a while when the database is away: a call must not end with it."""

import hashlib
from collections import OrderedDict

from typing_extensions import override

from agent_ui.ports import Sessions, SignedIn
from agent_ui.settings import WebSettings
from kernel.clock import Clock
from kernel.errors import DatabaseUnavailable


class RememberedSessions(Sessions):
    """Asks the database each time; only while it is away, what it said lately holds.

    Nobody's rights can be changed meanwhile, because that too needs the database. Who signs out is
    forgotten at once, and never remembered again without a new answer.
    """

    def __init__(self, sessions: Sessions, clock: Clock, settings: WebSettings) -> None:
        self._sessions = sessions
        self._clock = clock
        self._settings = settings
        self._known: OrderedDict[str, tuple[float, SignedIn]] = OrderedDict()

    @override
    async def sign_in(self, name: str, password: str, *, address: str) -> tuple[str, SignedIn]:
        token, person = await self._sessions.sign_in(name, password, address=address)
        self._remember(_key(token), person)
        return token, person

    @override
    async def find(self, token: str) -> SignedIn | None:
        key = _key(token)
        try:
            person = await self._sessions.find(token)
        except DatabaseUnavailable:
            if known := self._recall(key):
                return known
            raise
        if person is None:
            self._known.pop(key, None)
        else:
            self._remember(key, person)
        return person

    @override
    async def sign_out(self, token: str) -> None:
        self._known.pop(_key(token), None)
        await self._sessions.sign_out(token)

    def _remember(self, key: str, person: SignedIn) -> None:
        self._known[key] = (self._clock.monotonic(), person)
        self._known.move_to_end(key)
        if len(self._known) > self._settings.sessions_remembered_max:
            self._known.popitem(last=False)

    def _recall(self, key: str) -> SignedIn | None:
        checked_at_s, person = self._known.get(key, (0.0, None))
        if self._clock.monotonic() - checked_at_s > self._settings.session_remembered_s:
            return None
        return person


def _key(token: str) -> str:
    """Tokens themselves are kept nowhere."""
    return hashlib.sha256(token.encode()).hexdigest()
