"""Made-up customers of a soak who were promised a call, and what is said of them."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from drill.soak.accounts import Story, Way, compare
from drill.soak.promised import Called, Promises, Written, compare_promises

WAITS = Story(number="13800000004", way=Way.IS_CALLED_BACK, heard_agent_s=0.0)
AGAIN = Story(number="13800000005", way=Way.CALLS_AGAIN, heard_agent_s=4.0)
TALKED = Called(times=1, at_once=1, answered=1, heard_agent_s=3.0)
BUSY = Called(times=2, at_once=1)


def _compared(story: Story, ends: Sequence[str], calls: Sequence[str], phone: Called = TALKED) -> Promises:
    written = Written(promises={story.number: ends}, calls={story.number: calls})
    return compare_promises([story], written, {story.number: phone})


@pytest.mark.parametrize(
    ("story", "ends", "calls", "phone"),
    [
        (WAITS, ["kept"], ["served"], TALKED),
        (WAITS, ["kept"], ["failed", "served"], TALKED),
        (WAITS, ["kept"], ["abandoned"], replace(TALKED, heard_agent_s=0.1)),
        (WAITS, ["not_reached"], ["busy", "busy"], BUSY),
        (AGAIN, ["called_in"], [], Called()),
        (AGAIN, ["called_in"], ["stopped"], Called(times=1, at_once=1)),
        (AGAIN, ["kept"], ["served"], TALKED),
        (replace(WAITS, trouble="heard nothing"), [], [], Called()),
    ],
)
def test_a_promise_that_both_sides_tell_alike_is_accounted_for(
    story: Story, ends: list[str], calls: list[str], phone: Called
) -> None:
    found = _compared(story, ends, calls, phone)
    assert found.problems == ()
    assert (found.made, sum(found.calls.values())) == (len(ends), len(calls))


@pytest.mark.parametrize(
    ("ends", "calls", "phone", "said"),
    [
        ([], ["served"], TALKED, "0 promises"),
        (["kept", "kept"], ["served"], TALKED, "2 promises"),
        (["open"], [], Called(), "never called back"),
        (["kept"], ["served"], Called(times=1), "never answered"),
        (["kept"], ["served", "served"], TALKED, "kept by calls that were: served, served"),
        (["kept"], ["abandoned"], TALKED, "the ledger says abandoned"),
        (["kept"], ["served"], replace(TALKED, times=2), "called 2 times, 1 calls"),
        (["kept"], ["open", "served"], TALKED, "never over"),
        (["kept"], ["served", "failed"], replace(TALKED, times=2, at_once=2), "2 calls at once"),
        (["kept"], ["served", "served"], replace(TALKED, times=2, answered=2), "answered 2 calls"),
        (["not_reached"], ["served"], TALKED, "the promise is not_reached"),
        (["called_in"], [], Called(), "the promise is called_in"),
    ],
)
def test_a_promise_that_is_not_accounted_for_is_named(
    ends: list[str], calls: list[str], phone: Called, said: str
) -> None:
    problems = _compared(WAITS, ends, calls, phone).problems
    assert any(said in problem for problem in problems), problems


def test_a_promise_that_nobody_was_given_is_named() -> None:
    found = compare_promises([], Written(promises={"13800000009": ["kept"]}, calls={}), {})
    assert found.problems == ("13800000009: nobody says to have been promised a call",)


def test_who_calls_again_is_in_the_ledger_twice() -> None:
    accounts = compare([WAITS, AGAIN], {WAITS.number: ["callback"], AGAIN.number: ["callback", "served"]})
    assert (accounts.problems, accounts.placed, accounts.in_ledger) == ((), 3, 3)
    assert compare([AGAIN], {AGAIN.number: ["callback"]}).problems
