"""Words that were heard become what people read: parted, in order, at their moments."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telephony.recordings import Side
from transcripts.assembling import (
    Talked,
    by_conversation,
    folded,
    in_order,
    moment_of,
    parted,
    place_of,
    searchable,
    segments,
    without,
)
from transcripts.model import Gap, Word

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TALKS = (
    Talked(NOON, NOON + timedelta(seconds=10)),
    Talked(NOON + timedelta(seconds=60), NOON + timedelta(seconds=80)),
)


def word(text: str, start_s: float, end_s: float) -> Word:
    return Word(text=text, start_s=start_s, end_s=end_s, confidence=0.9)


@pytest.mark.parametrize(
    ("place_s", "after_noon_s"), [(0, 0), (4, 4), (10, 10), (11, 61), (29, 79), (40, 90)]
)
def test_a_recording_has_the_conversations_of_a_call_in_a_row(place_s: float, after_noon_s: float) -> None:
    assert moment_of(place_s, TALKS, NOON) == NOON + timedelta(seconds=after_noon_s)


@pytest.mark.parametrize(
    ("after_noon_s", "place_s"), [(-5, 0), (4, 4), (30, 10), (61, 11), (79, 29), (200, 30)]
)
def test_a_moment_between_conversations_is_the_end_of_the_one_before(
    after_noon_s: float, place_s: float
) -> None:
    assert place_of(NOON + timedelta(seconds=after_noon_s), TALKS) == place_s


def test_without_known_conversations_the_recording_begins_with_the_call() -> None:
    assert moment_of(3, (), NOON) == NOON + timedelta(seconds=3)


def test_where_two_agents_talk_with_a_caller_at_once_there_is_one_recording() -> None:
    def at(seconds: float) -> datetime:
        return NOON + timedelta(seconds=seconds)

    three = (Talked(at(0), at(40)), Talked(at(20), at(60)), Talked(at(70), at(80)))
    assert [place_of(at(moment), three) for moment in (30, 60, 65, 75)] == [30, 60, 60, 65]
    assert [moment_of(place, three, NOON) for place in (30, 62)] == [at(30), at(72)]


def test_what_is_said_to_the_next_agent_is_a_speech_of_its_own() -> None:
    words = [word("漏水", 8.5, 9.5), word("请", 10.1, 10.4), word("回电", 10.4, 11)]
    assert [[each.text for each in part] for part in by_conversation(words, TALKS)] == [
        ["漏水"],
        ["请", "回电"],
    ]
    assert by_conversation(words, TALKS[:1]) == [words]
    assert by_conversation([], TALKS) == []


def test_a_long_speech_is_parted_where_the_speaker_paused_longest() -> None:
    said = [word("我", 0, 1), word("的", 1, 2), word("洗衣机", 4, 5), word("漏水", 5, 6)]
    assert [[each.text for each in part] for part in parted(said, 5)] == [["我", "的"], ["洗衣机", "漏水"]]
    assert parted(said, 6) == [said]
    assert parted([], 6) == []


@given(
    st.lists(st.tuples(st.floats(0, 3), st.floats(0.1, 3)), max_size=60),
    st.floats(1, 30),
)
def test_parting_loses_no_word_and_keeps_the_limit(
    steps: list[tuple[float, float]], longest_s: float
) -> None:
    said, at_s = [], 0.0
    for pause_s, length_s in steps:
        said.append(word("词", at_s + pause_s, at_s + pause_s + length_s))
        at_s += pause_s + length_s
    parts = parted(said, longest_s)
    assert [each for part in parts for each in part] == said
    assert all(len(part) == 1 or part[-1].end_s - part[0].start_s <= longest_s for part in parts)


def test_both_sides_stand_in_the_order_in_which_they_began() -> None:
    customer = _said(Side.CUSTOMER, [word("您好", 2, 3)], [word("退款", 6, 7)])
    agent = _said(Side.AGENT, [word("请", 1, 2)], [word("好的", 4, 5)])
    found = in_order([*customer, *agent])
    assert [(each.side, each.text) for each in found] == [
        (Side.AGENT, "请"),
        (Side.CUSTOMER, "您好"),
        (Side.AGENT, "好的"),
        (Side.CUSTOMER, "退款"),
    ]
    assert found[0].said_at == NOON + timedelta(seconds=1)


def _said(side: Side, *speeches: list[Word]) -> list:  # type: ignore[type-arg]
    return segments(
        side,
        speeches,
        longest_s=20,
        written="".join,
        said_at=lambda at_s: NOON + timedelta(seconds=at_s),
    )


def test_nothing_is_kept_of_what_was_said_while_the_recording_was_paused() -> None:
    said = [word("卡号", 0, 1), word("六二", 1.5, 2.5), word("谢谢", 3, 4)]
    assert [each.text for each in without(said, [Gap(start_s=1, end_s=2, reason="paused")])] == [
        "卡号",
        "谢谢",
    ]


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("退款", True),
        ("退 款", True),
        ("ＶＩＰ卡", True),
        ("vip 卡", True),
        ("order number", True),
        ("ordernumber", False),
        ("款您", False),
    ],
)
def test_a_search_passes_over_blanks_size_and_width(text: str, *, is_found: bool) -> None:
    said = [
        *_said(Side.CUSTOMER, [word("我要退款", 0, 1)], [word("您的VIP卡", 2, 3)]),
        *segments(
            Side.AGENT,
            [[word("Order", 4, 5), word("number", 5, 6)]],
            longest_s=20,
            written=" ".join,
            said_at=lambda _: NOON,
        ),
    ]
    assert (folded(text) in searchable(said)) is is_found


@pytest.mark.parametrize("text", ["", " ", "\0", "\n\t"])
def test_nothing_is_searched_for_by_nothing(text: str) -> None:
    assert folded(text) == ""
