"""What a ticket that nobody has seen yet is given of what was read; pure."""

from dataclasses import replace

from tickets.model import Matter, Priority, TicketType
from tickets.reading.model import Field, Finding
from tickets.reading.reader import best


def filled(matter: Matter, findings: tuple[Finding, ...], *, confidence_min: float) -> Matter:
    """The matter with type and priority as they were read, where that is sure enough.

    It is never made less urgent: somebody waits for an answer, whatever they said.
    """
    type_, priority = best(findings, Field.TYPE), best(findings, Field.PRIORITY)
    if type_ and type_.confidence >= confidence_min:
        matter = replace(matter, type=TicketType(type_.value))
    if priority and priority.confidence >= confidence_min:
        order = list(Priority)
        matter = replace(matter, priority=min(matter.priority, Priority(priority.value), key=order.index))
    return matter
