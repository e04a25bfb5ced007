"""What a ticket that nobody has seen yet is given of what was read; pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tickets.model import Matter, Priority, TicketType
from tickets.reading.model import Field, Finding, Severity, Urgency
from tickets.reading.reader import best

TEXTS: Mapping[Field, str] = {Field.PRODUCT: "product", Field.DEMAND: "demand", Field.ORDER: "order_number"}
"""What is a text of the ticket; the names that people use stand there, where the site has some."""


def filled(matter: Matter, findings: tuple[Finding, ...], *, confidence_min: float) -> Matter:
    """The matter as it was read, where that is sure enough and nothing else is known.

    It is never made less urgent: somebody waits for an answer, whatever they said.
    """
    read = {field: one for field in Field if (one := best(findings, field)) is not None}
    sure = {field: one for field, one in read.items() if one.confidence >= confidence_min}
    if Field.TYPE in sure:
        matter = replace(matter, type=TicketType(sure[Field.TYPE].value))
    if Field.PRIORITY in sure:
        said = Priority(sure[Field.PRIORITY].value)
        matter = replace(matter, priority=min(matter.priority, said, key=list(Priority).index))
    if Field.SEVERITY in sure:
        matter = replace(matter, severity=Severity(sure[Field.SEVERITY].value))
    if Field.URGENCY in sure:
        matter = replace(matter, urgency=Urgency(sure[Field.URGENCY].value))
    texts: dict[str, Any] = {
        name: sure[one].name_zh or sure[one].value
        for one, name in TEXTS.items()
        if one in sure and not getattr(matter, name)
    }
    return replace(matter, **texts)
