"""Rows of the tables of tickets, and what they mean."""

from collections.abc import Mapping
from typing import Any

from kernel.ids import CallId, CustomerId, StaffId, TicketId
from tickets.model import (
    FACTS,
    ChangedField,
    Channel,
    HistoryLine,
    Matter,
    Message,
    Priority,
    State,
    Ticket,
    TicketType,
    TranscriptState,
    Voicemail,
)
from tickets.reading.model import Field, Finding, Severity, Source, Urgency, Words


def matter_values(matter: Matter) -> dict[str, Any]:
    """The columns of what a ticket says."""
    return {
        "type": matter.type,
        "priority": matter.priority,
        "state": matter.state,
        "title": matter.title,
        "description": matter.description,
        "customer_id": matter.customer,
        "owner_id": matter.owner,
        **{fact: getattr(matter, fact) for fact in FACTS},
    }


def ticket_of(row: Mapping[Any, Any]) -> Ticket:
    """The ticket of a row."""
    facts = {fact: row[fact] for fact in FACTS}
    facts |= {
        "channel": Channel(row["channel"]),
        "severity": Severity(row["severity"]) if row["severity"] is not None else None,
        "urgency": Urgency(row["urgency"]) if row["urgency"] is not None else None,
    }
    matter = Matter(
        type=TicketType(row["type"]),
        priority=Priority(row["priority"]),
        state=State(row["state"]),
        title=row["title"],
        description=row["description"],
        customer=CustomerId(row["customer_id"]) if row["customer_id"] is not None else None,
        owner=StaffId(row["owner_id"]) if row["owner_id"] is not None else None,
        **facts,
    )
    return Ticket(
        id=TicketId(row["id"]),
        number=row["number"],
        matter=matter,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        version=row["version"],
        due_at=row["due_at"],
    )


def voicemail_of(row: Mapping[Any, Any]) -> Voicemail:
    """The message of a row."""
    message = Message(
        call=CallId(row["call_id"]),
        left_at=row["left_at"],
        caller_number=row["caller_number"],
        dialled=row["dialled"],
        language=row["language"],
        path=row["path"],
        seconds=row["seconds"],
    )
    return Voicemail(
        ticket=TicketId(row["ticket_id"]),
        message=message,
        transcript=row["transcript"],
        transcript_state=TranscriptState(row["transcript_state"]),
    )


def finding_of(kept: Mapping[str, Any]) -> Finding:
    """What was read, as it was kept."""
    return Finding(
        field=Field(kept["field"]),
        value=kept["value"],
        confidence=kept["confidence"],
        source=Source(kept["source"]),
        words=tuple(Words(**words) for words in kept["words"]),
        name_zh=kept["name_zh"],
        name_en=kept["name_en"],
    )


def history_values(ticket: TicketId, line: HistoryLine, version: int | None) -> dict[str, Any]:
    """The columns of a line of the history."""
    return {
        "ticket_id": ticket,
        "at": line.at,
        "staff_id": line.by,
        "field": line.change.field,
        "before": line.change.before,
        "after": line.change.after,
        "why": line.why,
        "version": version,
    }


def line_of(row: Mapping[Any, Any]) -> HistoryLine:
    """The line of a row."""
    change = ChangedField(field=row["field"], before=row["before"], after=row["after"])
    by = StaffId(row["staff_id"]) if row["staff_id"] is not None else None
    return HistoryLine(at=row["at"], by=by, change=change, why=row["why"], version=row["version"])
