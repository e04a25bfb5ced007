"""What must work before calls can be taken well."""

from collections.abc import Mapping
from typing import Protocol

from agent_ui.probes import Check
from kernel.errors import HotlineError


class NotReady(HotlineError):
    """A part that calls need is not fit for work."""

    code = "not_ready"


class Connection(Protocol):
    """The switch's connection."""

    @property
    def is_connected(self) -> bool:
        """It is reachable and its state known."""
        ...


class Pingable(Protocol):
    """The database."""

    async def ping(self) -> None:
        """Raises unless it answers."""
        ...


class Speaker(Protocol):
    """Text to speech."""

    async def check(self) -> None:
        """Raises unless a worker speaks."""
        ...


def readiness_checks(database: Pingable, switch: Connection, speech: Speaker) -> Mapping[str, Check]:
    """Each part by name."""

    async def asterisk() -> None:
        if not switch.is_connected:
            raise NotReady("Asterisk is not connected; see log/asterisk.log in the data folder")

    return {"asterisk": asterisk, "database": database.ping, "speech": speech.check}
