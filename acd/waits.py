"""How a call's waiting ended, as the journal keeps it and the day's figures count it."""

from acd.events import CallConnected, CallLeftQueue
from acd.model import Exit
from acd.ports import PastWait
from kernel.events import Event


def wait_ended(event: Event) -> PastWait | None:
    """What an event says of the end of a wait; None when it says nothing."""
    if isinstance(event, CallConnected) and event.is_first:
        return PastWait(
            call=event.call,
            queue=event.queue,
            ended_at=event.at,
            waited_s=event.waited_s,
            was_answered=True,
            met_own_agent=None if event.sticky_agent is None else event.agent == event.sticky_agent,
        )
    if isinstance(event, CallLeftQueue) and event.exit is Exit.CALLBACK:
        return None  # the wait goes on without a line, and ends by the call in which they are called back
    if isinstance(event, CallLeftQueue) and event.is_first and (event.is_abandoned or event.exit):
        return PastWait(
            call=event.call,
            queue=event.queue,
            ended_at=event.at,
            waited_s=event.waited_s,
            was_answered=False,
            exit=event.exit,
            unserved=event.unserved,
        )
    return None
