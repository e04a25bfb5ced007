"""Made-up soaks: calls that are not accounted for, and what grows with them."""

from dataclasses import replace

import pytest

from drill.soak.accounts import Story, Way, compare, compare_own
from drill.soak.gauges import Census
from drill.soak.growth import Growth, Reading, growths
from drill.soak.promised import Written, compare_promises
from drill.soak.report import CLAIMS_MAX, Report

SERVED = Story(number="13800000001", way=Way.TALKS, heard_agent_s=4.2)
LEFT = Story(number="13800000002", way=Way.LEAVES_QUEUE, heard_agent_s=0.0)
BOOKS = {SERVED.number: ["served"], LEFT.number: ["abandoned"]}

REST = Census(
    tasks=35,
    threads=11,
    files=34,
    file_locks=2,
    asterisk_threads=47,
    asterisk_files=19,
    channels=0,
    bridges=0,
    claims=0,
    spooled=0,
    stray=60,
    open_legs=0,
    open_offers=0,
    open_jobs=0,
    open_promises=0,
)


def _report(after: Census = REST, books: dict[str, list[str]] = BOOKS, *growths: Growth) -> Report:
    return Report(
        wanted_per_s=2.0,
        lasted_s=1.0,
        accounts=compare([SERVED, LEFT], books),
        own_calls=compare_own((), {}),
        promises=compare_promises((), Written(promises={}, calls={}), {}),
        did={},
        before=REST,
        after=after,
        minutes=(),
        growths=growths,
        database_kb_per_call=1.5,
        most_at_once=2,
        not_placed=0,
        rig_stalled_s=0.0,
    )


def test_calls_that_callers_and_ledger_tell_alike_are_accounted_for() -> None:
    report = _report()
    assert report.problems == []
    assert (report.accounts.placed, report.accounts.in_ledger) == (2, 2)


@pytest.mark.parametrize(
    ("books", "said"),
    [
        (BOOKS | {SERVED.number: ["open"]}, "no outcome"),
        (BOOKS | {SERVED.number: []}, "0 calls in the ledger"),
        (BOOKS | {SERVED.number: ["served", "abandoned"]}, "2 calls in the ledger"),
        (BOOKS | {SERVED.number: ["abandoned"]}, "the ledger says abandoned"),
        (BOOKS | {"13800000003": ["served"]}, "nobody says to have called"),
    ],
)
def test_a_call_that_is_not_accounted_for_is_named(books: dict[str, list[str]], said: str) -> None:
    assert any(said in problem for problem in _report(REST, books).problems)


def test_calls_of_agents_are_in_the_ledger_and_over() -> None:
    assert compare_own(["a", "b"], {"a": "served", "b": "failed", "c": "failed"}).problems == ()
    assert compare_own(["a"], {}).problems == ("a: placed by an agent, and not in the ledger",)
    report = replace(_report(), own_calls=compare_own(["a"], {"a": "open"}))
    assert report.problems == ["a: placed by an agent, and never over"]


def test_who_heard_an_agent_did_not_give_up_in_the_queue() -> None:
    accounts = compare([replace(LEFT, heard_agent_s=0.5)], {LEFT.number: ["abandoned"]})
    assert "heard an agent for 0.5 s" in accounts.problems[0]


def test_who_was_answered_in_the_moment_of_giving_up_may_have_been_served() -> None:
    assert compare([LEFT], {LEFT.number: ["served"]}).problems == ()


@pytest.mark.parametrize(
    "left",
    [
        {"channels": 1},
        {"bridges": 1},
        {"claims": CLAIMS_MAX + 1},
        {"spooled": 1},
        {"open_legs": 1},
        {"open_offers": 1},
        {"open_jobs": 1},
        {"open_promises": 1},
        {"tasks": 44},
        {"files": 59},
        {"threads": 28},
        {"file_locks": 3},
        {"stray": 77},
        {"asterisk_threads": 72},
        {"asterisk_files": 44},
    ],
    ids=lambda left: next(iter(left)),
)
def test_what_is_left_of_calls_is_named(left: dict[str, int]) -> None:
    problems = _report(replace(REST, **left)).problems
    assert len(problems) == 1
    assert problems[0].startswith(next(iter(left)))


def _readings(growing_mb: float) -> list[Reading]:
    """A part that fills for 200 calls, and then grows by so much with every 1,000."""
    return [
        Reading(calls=calls, mb={"server": 80 + min(calls, 200) / 10 + growing_mb * calls / 1000})
        for calls in range(0, 4001, 10)
    ]


@pytest.mark.parametrize(("growing_mb", "holds"), [(0.0, True), (1.5, True), (6.0, False), (-1.0, True)])
def test_what_grows_with_the_calls_is_told_from_what_only_fills(growing_mb: float, *, holds: bool) -> None:
    found = growths(_readings(growing_mb))
    assert found[0].per_1000_mb == pytest.approx(growing_mb)
    assert (_report(REST, BOOKS, *found).problems == []) is holds


def test_a_short_soak_may_find_the_size_of_its_allocators() -> None:
    one = Growth(part="asterisk", warm_up_calls=30, begin_mb=50.0, end_mb=65.9, calls=90)
    assert _report(REST, BOOKS, one).holds
    assert not _report(REST, BOOKS, replace(one, end_mb=66.3)).holds
    assert not _report(REST, BOOKS, replace(one, warm_up_calls=600)).holds


def test_the_report_for_scripts_says_all_of_it() -> None:
    told = _report(replace(REST, channels=1)).as_json()
    assert (told["holds"], told["problems"]) == (
        False,
        ["channels: 1 are left, 0 were there before the first call"],
    )
