"""Two people change one ticket."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from kernel.ids import StaffId
from tickets.engine import differences
from tickets.merging import FieldConflict, merge
from tickets.model import HistoryLine, Matter, Priority, State, TicketType

AT = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
SEEN = Matter(
    type=TicketType.COMPLAINT,
    priority=Priority.HIGH,
    state=State.PROCESSING,
    title="退款未到账",
    description="客户说三天没有收到退款",
)
TEXTS = st.sampled_from(["", "一", "二", "三"])


def lines(before: Matter, after: Matter) -> list[HistoryLine]:
    return [HistoryLine(at=AT, by=StaffId(2), change=change) for change in differences(before, after)]


def test_changes_of_different_fields_go_together() -> None:
    now = replace(SEEN, priority=Priority.URGENT)
    merged = merge(now, {"description": "已联系财务"}, lines(SEEN, now))
    assert (merged.wishes, merged.conflicts) == ({"description": "已联系财务"}, ())


def test_a_form_that_still_says_what_its_author_saw_takes_nothing_back() -> None:
    now = replace(SEEN, description="财务已确认")
    wishes = {"description": SEEN.description, "title": "退款迟到"}
    assert merge(now, wishes, lines(SEEN, now)).wishes == {"title": "退款迟到"}


def test_two_texts_of_one_field_are_both_shown() -> None:
    now = replace(SEEN, description="财务已确认")
    merged = merge(now, {"description": "仓库已确认"}, lines(SEEN, now))
    assert merged.conflicts == (
        FieldConflict(field="description", before=SEEN.description, theirs="财务已确认", yours="仓库已确认"),
    )


def test_the_same_said_twice_is_no_conflict() -> None:
    now = replace(SEEN, title="退款迟到")
    assert merge(now, {"title": "退款迟到"}, lines(SEEN, now)).conflicts == ()


def test_of_several_changes_the_first_tells_what_was_seen() -> None:
    between, now = replace(SEEN, title="一"), replace(SEEN, title="二")
    since = [*lines(SEEN, between), *lines(between, now)]
    assert merge(now, {"title": SEEN.title}, since).wishes == {}
    assert merge(now, {"title": "三"}, since).conflicts[0].before == SEEN.title


@given(seen=TEXTS, theirs=TEXTS, yours=TEXTS)
def test_no_word_is_lost_without_being_shown(seen: str, theirs: str, yours: str) -> None:
    before, now = replace(SEEN, demand=seen), replace(SEEN, demand=theirs)
    merged = merge(now, {"demand": yours}, lines(before, now))
    result = merged.wishes.get("demand", theirs)
    if merged.conflicts:
        assert {seen, theirs, yours} == {merged.conflicts[0].before, theirs, merged.conflicts[0].yours}
    else:
        # Who changed something has it as they wrote it, or the other wrote the same.
        assert result == (yours if yours != seen else theirs)
