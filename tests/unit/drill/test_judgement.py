"""Made-up histories of calls, and what the drill says of them."""

from dataclasses import replace

import pytest

from drill.judgement import History, Span, Together, judge, order_problem, problems_of, spans_of
from rig.tones import WINDOW_S, Heard

FAULT_S = 1000.0

GOOD = History(
    state="waiting",
    number="13920000001",
    spans=(Span(1300, 5.0, 9.0),),
    longest_silence_s=0.4,
    heard_node=False,
    ended_s=10.0,
    ended_in_order=True,
    outcomes=("served",),
)


def _problems(history: History) -> list[str]:
    return problems_of(history, must_hear_node=True)


def test_a_waiting_call_that_came_to_an_agent_is_well() -> None:
    assert _problems(GOOD) == []


@pytest.mark.parametrize(
    ("history", "said"),
    [
        (replace(GOOD, spans=()), "no agent"),
        (replace(GOOD, spans=(Span(1300, 91.0, 95.0),)), "no agent"),
        (replace(GOOD, spans=(Span(1300, 5.0, 5.4),)), "no agent"),
        (replace(GOOD, spans=(Span(1300, 5.0, 9.0), Span(1340, 9.0, 12.0))), "several agents"),
        (replace(GOOD, longest_silence_s=3.1), "nothing for 3.1 s"),
        (replace(GOOD, ended_s=None), "did not end in time"),
        (replace(GOOD, ended_in_order=False), "good order"),
        (replace(GOOD, outcomes=("abandoned",)), "abandoned"),
        (replace(GOOD, outcomes=()), "nothing"),
        (replace(GOOD, state="menu"), "menu again"),
        (replace(GOOD, state="talking"), "no agent"),
        (replace(GOOD, state="talking", spans=(Span(1300, 0.0, 2.0), Span(1300, 3.0, 5.0))), "unchanged"),
    ],
)
def test_what_should_not_have_been_is_said(history: History, said: str) -> None:
    assert any(said in problem for problem in _problems(history)), _problems(history)


def test_an_agent_who_hung_up_right_after_the_fault_had_the_call_all_the_same() -> None:
    assert _problems(replace(GOOD, state="talking", spans=(Span(1300, 0.0, 0.4),))) == []


def test_a_call_lost_and_a_call_doubled_are_counted() -> None:
    twice = replace(GOOD, spans=(Span(1300, 5.0, 9.0), Span(1340, 9.0, 12.0)))
    judged = judge([GOOD, replace(GOOD, spans=()), twice], must_hear_node=True)
    assert (judged.lost, judged.doubled) == (1, 1)
    assert (judged.rows[0].calls, judged.rows[0].survived) == (3, 2)
    assert judged.rows[0].outcomes == {"served": 3}


TOGETHER = Together(
    apart={"the customer": 0.2, "the agent": 0.0},
    may_be_apart_s=0.3,
    kept_s=3.8,
    left_after_s=0.2,
    refusal="",
)
TALK = replace(GOOD, state="three_way", speakers_hz=(1300, 2300), together=TOGETHER)


def test_a_talk_of_several_that_stayed_together_and_went_on_is_well() -> None:
    two = (Span(1300, 0.2, 0.4), Span(2300, 5.0, 9.0))
    assert _problems(replace(TALK, spans=two)) == []
    assert judge([TALK], must_hear_node=True).rows[0].longest_apart_s == 0.2


@pytest.mark.parametrize(
    ("together", "said"),
    [
        (replace(TOGETHER, apart={"the agent": 0.4}), "the agent did not hear who was there for 0.4 s"),
        (replace(TOGETHER, kept_s=0.9), "had them for 0.9 s"),
        (replace(TOGETHER, left_after_s=2.1), "went on hearing"),
        (replace(TOGETHER, refusal="not asking"), "not asking"),
    ],
)
def test_a_talk_of_several_that_was_disturbed_is_lost(together: Together, said: str) -> None:
    disturbed = replace(TALK, together=together)
    assert any(said in problem for problem in _problems(disturbed)), _problems(disturbed)
    assert judge([disturbed], must_hear_node=True).lost == 1


def test_a_customer_of_a_talk_who_hears_somebody_else_is_doubled() -> None:
    stranger = replace(TALK, spans=(Span(1300, 5.0, 9.0), Span(1340, 9.0, 12.0)))
    assert judge([stranger], must_hear_node=True).doubled == 1


def _windows(*peaks: float) -> list[Heard]:
    return [
        Heard(FAULT_S - WINDOW_S + index * WINDOW_S, rms=5000.0 if hz else 0.0, peak_hz=hz, purity=0.9)
        for index, hz in enumerate(peaks)
    ]


def test_an_agents_voice_before_and_after_the_fault_is_one_span_from_the_fault_on() -> None:
    spans = spans_of(_windows(1300, 1300, 1302, 0, 1300, 500), [1300, 1340], since_s=FAULT_S)
    assert [(span.tone_hz, span.from_s, round(span.to_s, 1)) for span in spans] == [(1300, 0.0, 0.4)]


def test_a_longer_silence_parts_a_voice_unless_the_rig_itself_stood_still() -> None:
    heard = _windows(1300, 1300, 0, 0, 0, 0, 0, 1300)
    assert len(spans_of(heard, [1300], since_s=FAULT_S)) == 2
    assert len(spans_of(heard, [1300], since_s=FAULT_S, stalled_s=0.5)) == 1


def test_the_emergency_queue_may_have_taken_the_first_of_the_line() -> None:
    assert order_problem(["a", "b", "c"], ["b", "c"]) is None


@pytest.mark.parametrize("offered", [["a", "c", "b"], ["a", "c"], ["b", "a", "c"]])
def test_an_order_that_is_not_that_of_the_keys_is_told_by_places(offered: list[str]) -> None:
    assert "order of keys" in (order_problem(["a", "b", "c"], offered) or "")
