"""What the trail says of who heard a call."""

from dataclasses import dataclass
from datetime import UTC, datetime

import pytest

from agent_ui.hearers import hearing
from kernel.ids import CallId, StaffId

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LI = StaffId(1)
CALL = CallId("hotline-1.1")


@dataclass(frozen=True)
class Written:
    action: str
    subject: str
    at: datetime = AT
    staff_id: StaffId | None = LI


@pytest.mark.parametrize(
    ("action", "subject", "told"),
    [
        ("recording_played", CALL, ("played", None, None)),
        ("recording_played", f"{CALL} comment", ("comment", None, None)),
        ("recording_heard", f"{CALL} 1.2-75.0 s", ("heard", 1.2, 75.0)),
        ("transcript_read", CALL, ("read", None, None)),
    ],
)
def test_each_way_of_hearing_a_call_is_told(
    action: str, subject: str, told: tuple[str, float | None, float | None]
) -> None:
    view = hearing(Written(action, subject), CALL, "李静")
    assert view is not None
    assert (view.name, view.at, (view.did, view.start_s, view.end_s)) == ("李静", AT, told)


@pytest.mark.parametrize(
    ("action", "subject"),
    [("recording_removed", CALL), ("recording_heard", f"{CALL} failed: trail_away"), ("call_hung_up", CALL)],
)
def test_what_else_was_done_with_a_call_is_none_of_it(action: str, subject: str) -> None:
    assert hearing(Written(action, subject), CALL, "李静") is None
