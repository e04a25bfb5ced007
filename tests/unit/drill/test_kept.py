"""Made-up customers who were promised a call, and what the drill says of them."""

from dataclasses import replace

import pytest

from drill.judgement import Span
from drill.kept import Entry, Story, judge_promises

FIRST = Entry(call="out-1", key=(1, 1000, 1), end="open")
SECOND = Entry(call="out-2", key=(1, 2000, 2), end="open")

RANG = Story(
    number="13990000000",
    before=(FIRST,),
    after=(replace(FIRST, end="kept"),),
    rings=((-2.0, 8.0),),
    spans=(Span(1300, 1.0, 8.0),),
    waited_s=0.3,
    heard_back_s=6.8,
    longest_silence_s=0.2,
    outcomes=("callback",),
    outcomes_of_calls=("served",),
)
WAITED = replace(
    RANG,
    number="13990000001",
    before=(SECOND,),
    after=(replace(SECOND, end="kept"),),
    rings=((9.0, 14.0),),
    spans=(Span(1300, 10.0, 14.0),),
)
THIRD = replace(WAITED, number="13990000002", before=(Entry(call="out-3", key=(1, 3000, 3), end="open"),))


def _problems(story: Story, *, calls_die: bool = False) -> tuple[str, ...]:
    offered = [] if story.was_ringing else [entry.call for entry in story.before]
    return judge_promises([story], offered, calls_die=calls_die).problems


def test_who_was_called_once_and_talked_with_one_agent_is_well() -> None:
    judged = judge_promises([RANG, WAITED], ["out-2"], calls_die=False)
    assert (judged.problems, judged.lost, judged.doubled) == ((), 0, 0)
    assert [(row.calls, row.survived, row.outcomes) for row in judged.rows] == [
        (2, 2, {"callback": 2, "served": 2})
    ]


@pytest.mark.parametrize(
    ("story", "said"),
    [
        (replace(RANG, before=()), "0 promises were written down"),
        (replace(RANG, after=()), "the promise is gone"),
        (replace(RANG, after=(FIRST,)), "the promise is open"),
        (replace(RANG, after=(*RANG.after, *RANG.after)), "the promise is kept, kept"),
        (replace(RANG, after=(replace(SECOND, end="kept"),)), "another than before"),
        (replace(WAITED, rings=()), "called 0 times"),
        (replace(RANG, rings=((-2.0, 3.0), (5.0, 9.0))), "called 2 times"),
        (replace(RANG, rings=((-2.0, 8.0), (5.0, None))), "2 calls at once"),
        (replace(RANG, rings=((-2.0, None), (5.0, 9.0))), "2 calls at once"),
        (replace(RANG, spans=()), "heard ()"),
        (replace(RANG, spans=(Span(1300, 91.0, 95.0),)), "91.0"),
        (replace(RANG, waited_s=3.1), "waited for an agent for 3.1 s"),
        (replace(RANG, heard_back_s=0.4), "was heard for 0.4 s"),
        (replace(RANG, spans=(*RANG.spans, Span(1340, 8.0, 9.0))), "several agents"),
        (replace(RANG, longest_silence_s=3.1), "nothing for 3.1 s"),
        (replace(RANG, outcomes=("callback", "served")), "the ledger says callback, served"),
        (replace(RANG, outcomes_of_calls=("open",)), "of the calls made: open"),
        (replace(RANG, outcomes_of_calls=("failed", "served")), "of the calls made: failed, served"),
    ],
)
def test_what_should_not_have_been_is_said(story: Story, said: str) -> None:
    assert any(said in problem for problem in _problems(story)), _problems(story)


def test_a_call_that_died_with_its_switch_is_made_anew() -> None:
    anew = replace(RANG, rings=((-2.0, 0.0), (5.0, 9.0)), outcomes_of_calls=("failed", "served"))
    assert _problems(anew, calls_die=True) == ()
    assert _problems(RANG, calls_die=True)
    assert _problems(WAITED, calls_die=True) == ()


@pytest.mark.parametrize(("offered", "said"), [(["out-3", "out-2"], "2, 1"), (["out-2"], "1"), ([], "none")])
def test_promises_that_waited_are_kept_in_the_order_of_their_places(offered: list[str], said: str) -> None:
    (problem,) = (
        problem
        for problem in judge_promises([WAITED, THIRD], offered, calls_die=False).problems
        if "order" in problem
    )
    assert problem == f"promises were offered as {said} of the order of keys"


def test_promises_that_were_not_kept_or_kept_twice_are_counted() -> None:
    judged = judge_promises(
        [replace(RANG, spans=()), replace(RANG, rings=((-2.0, 8.0), (1.0, 2.0)))], [], calls_die=False
    )
    assert (judged.lost, judged.doubled) == (1, 1)
