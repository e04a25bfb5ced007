"""The timeline of a ticket, and who was responsible."""

from datetime import UTC, datetime, timedelta

from kernel.briefs import CallBrief
from kernel.ids import CallId, StaffId, TicketId
from tickets.model import ChangedField, Channel, HistoryLine
from tickets.thread import Change, Direction, Entry, NewEntry, SentMessage, Tenure, tenures, timeline

AT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
LI, WANG = StaffId(1), StaffId(2)


def after(minutes: int) -> datetime:
    return AT + timedelta(minutes=minutes)


def line(field: str, before: str, now: str, *, minutes: int, by: StaffId | None = LI) -> HistoryLine:
    change = ChangedField(field=field, before=before, after=now)
    return HistoryLine(at=after(minutes), by=by, change=change, why="客户催促")


def test_what_happened_stands_in_one_line_of_time() -> None:
    new = NewEntry(
        ticket=TicketId(1),
        key="k",
        channel=Channel.EMAIL,
        direction=Direction.INBOUND,
        text="什么时候退款？",
        at=after(2),
    )
    call = CallBrief(call_id=CallId("c"), at=after(-1), number_shown="138****1234")
    sent = SentMessage(at=after(3), text="已受理", state="sent")
    history = [line("created", "", "CS1", minutes=0), line("title", "a", "b", minutes=4)]
    moments = timeline(history, [Entry(id=1, new=new)], [call], [sent])
    assert [type(moment.what) for moment in moments] == [CallBrief, Change, Entry, SentMessage, Change]
    assert [moment.at for moment in moments] == [after(minutes) for minutes in (-1, 0, 2, 3, 4)]


def test_what_one_person_changed_in_one_go_is_one_line() -> None:
    history = [
        line("state", "processing", "resolved", minutes=1),
        line("title", "a", "b", minutes=1),
        line("title", "b", "c", minutes=1, by=WANG),
    ]
    moments = timeline(history, [], [], [])
    assert [len(moment.what.changes) for moment in moments if isinstance(moment.what, Change)] == [2, 1]


def test_who_was_responsible_follows_from_the_history() -> None:
    history = [
        line("created", "", "CS1", minutes=0),
        line("owner", "1", "2", minutes=5),
        line("department", "客服", "售后", minutes=9),
        line("owner", "2", "", minutes=9),
    ]
    assert tenures(history, {"owner": "", "department": "售后"}) == [
        Tenure(owner=LI, department="客服", since=after(0), until=after(5)),
        Tenure(owner=WANG, department="客服", since=after(5), until=after(9)),
        Tenure(owner=None, department="售后", since=after(9), until=None),
    ]


def test_a_ticket_that_was_never_handed_over_has_one_who_is_responsible() -> None:
    history = [line("created", "", "CS1", minutes=0), line("title", "a", "b", minutes=5)]
    assert tenures(history, {"owner": "1", "department": ""}) == [
        Tenure(owner=LI, department="", since=after(0), until=None)
    ]
    assert tenures([], {"owner": "1", "department": ""}) == []
