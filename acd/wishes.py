"""What agents want to be, between the engine and the journal."""

from acd.engine.effects import RememberAgent
from acd.engine.inputs import Restore
from acd.ports import Wish


def wish_of(remembered: RememberAgent) -> Wish:
    """As the journal keeps it."""
    return Wish(
        agent=remembered.agent,
        state=remembered.state,
        reason=remembered.reason,
        since=remembered.since,
        wrap_up=remembered.wrap_up,
        missed_at=remembered.missed_at,
    )


def restored(wish: Wish) -> Restore:
    """As a server that begins takes it up."""
    return Restore(
        agent=wish.agent,
        state=wish.state,
        reason=wish.reason,
        since=wish.since,
        wrap_up=wish.wrap_up,
        missed_at=wish.missed_at,
    )
