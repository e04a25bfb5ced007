"""The deadlines that count: as the site's file says now, or said when it was last right."""

from collections.abc import Callable

from infra.tasks import to_the_end
from tickets.deadlines.model import Policy


class DeadlineBook:
    """Whoever looks at deadlines asks here."""

    def __init__(self, policy: Policy, changed: Callable[[], Policy | None]) -> None:
        self.policy = policy
        self._changed = changed

    async def take_up(self) -> bool:
        """Reads the file if it was changed; whether other deadlines count now."""
        changed = await to_the_end(self._changed)
        if changed is None or changed == self.policy:
            return False
        self.policy = changed
        return True
