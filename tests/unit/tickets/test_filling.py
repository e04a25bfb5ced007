"""What a ticket is given of what was read in its message."""

import pytest

from tickets.model import Matter, Priority, State, TicketType
from tickets.reading.filling import filled
from tickets.reading.model import Field, Finding, Source

LEFT = Matter(
    type=TicketType.CALLBACK, priority=Priority.MEDIUM, state=State.PENDING_ASSIGNMENT, title="语音留言"
)


def finding(field: Field, value: str, confidence: float = 0.8) -> Finding:
    return Finding(field=field, value=value, confidence=confidence, source=Source.RULE, words=())


@pytest.mark.parametrize(
    ("findings", "type_", "priority"),
    [
        ((), TicketType.CALLBACK, Priority.MEDIUM),
        (
            (finding(Field.TYPE, "complaint"), finding(Field.PRIORITY, "urgent")),
            TicketType.COMPLAINT,
            Priority.URGENT,
        ),
        ((finding(Field.TYPE, "complaint", 0.5),), TicketType.CALLBACK, Priority.MEDIUM),
        ((finding(Field.PRIORITY, "urgent", 0.5),), TicketType.CALLBACK, Priority.MEDIUM),
        (
            (finding(Field.TYPE, "inquiry"), finding(Field.PRIORITY, "low")),
            TicketType.INQUIRY,
            Priority.MEDIUM,
        ),
    ],
    ids=["nothing", "sure", "unsure of the type", "unsure of the priority", "never less urgent"],
)
def test_fills_in_what_is_sure(findings: tuple[Finding, ...], type_: TicketType, priority: Priority) -> None:
    matter = filled(LEFT, findings, confidence_min=0.6)
    assert (matter.type, matter.priority) == (type_, priority)
    assert (matter.title, matter.state) == (LEFT.title, LEFT.state)
