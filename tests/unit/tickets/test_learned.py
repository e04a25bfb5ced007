"""When types are learned from closed tickets, and from which."""

import pytest

from tickets.classifier import Classifier, Example, learn
from tickets.learned import enough, wait_s
from tickets.model import TicketType

DAY_S = 86_400.0


@pytest.mark.parametrize(
    ("learned_at", "now", "wait"),
    [(None, 1e9, 0.0), (1e9, 1e9 + 3_600, DAY_S - 3_600), (1e9, 1e9 + 2 * DAY_S, 0.0), (1e9, 0.0, DAY_S)],
    ids=["never learned", "an hour ago", "two days ago", "clock set back"],
)
def test_a_restart_is_no_reason_to_learn_again(learned_at: float | None, now: float, wait: float) -> None:
    assert wait_s(learned_at, now, DAY_S) == wait


def test_types_with_few_tickets_are_left_out_and_texts_without_words() -> None:
    closed = [
        *[(TicketType.COMPLAINT, "师傅迟到")] * 3,
        *[(TicketType.INQUIRY, "几点开门")] * 3,
        *[(TicketType.SUGGESTION, "加个按钮")] * 2,
        (TicketType.SUGGESTION, ""),
    ]
    assert {label for label, _ in enough(closed, 3)} == {"complaint", "inquiry"}
    assert len(enough(closed, 3)) == 6
    assert enough(closed[:5], 3) == []


def test_what_was_learned_is_the_same_after_it_was_kept() -> None:
    learned = learn([Example(label="a", text="快递没到"), Example(label="b", text="多扣话费")])
    again = Classifier.from_bytes(learned.to_bytes())
    before, after = learned.classify("我的快递"), again.classify("我的快递")
    assert (before.label, before.reasons) == (after.label, after.reasons)
    assert after.confidence == pytest.approx(before.confidence, abs=1e-6)


@pytest.mark.parametrize("kept", [b"", b"PK", b"half of it", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_classifier_is_refused(kept: bytes) -> None:
    with pytest.raises(ValueError, match="no classifier"):
        Classifier.from_bytes(kept)
