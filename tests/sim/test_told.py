"""What callers are told of their wait, against what came true over a simulated day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pytest

from acd.settings import AcdSettings
from kernel.ids import CallId
from tests.sim.told import Day, Told

A_THIRD = 1 / 3
ALL_SAID = AcdSettings(outlook_spread_max=100.0)


@dataclass(frozen=True)
class Errors:
    """How far off what was told is, as parts of what was told (`mean`) and of what came true (`bias`)."""

    said: int
    asked: int
    mean: float
    bias: float
    within_a_third: float


def errors_of(told: Sequence[Told]) -> Errors:
    pairs = [(one.expected_s, one.waited_s) for one in told if one.expected_s is not None]
    off = [abs(waited_s - told_s) / told_s for told_s, waited_s in pairs]
    return Errors(
        said=len(pairs),
        asked=len(told),
        mean=sum(off) / len(off),
        bias=sum(told_s for told_s, _ in pairs) / sum(waited_s for _, waited_s in pairs) - 1,
        within_a_third=sum(each <= A_THIRD for each in off) / len(off),
    )


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("boosts_s", [{}, {"vip": 120.0}, {"vip": 600.0}], ids=["nobody", "120 s", "600 s"])
def test_what_callers_are_told_comes_true(
    boosts_s: Mapping[str, float], seed: int, capsys: pytest.CaptureFixture[str]
) -> None:
    told = Day(seed, boosts_s).run()
    found = errors_of(told)
    places = [one for one in told if one.position is not None]
    lost = sum(one.worst_place > (one.position or 0) for one in places)
    with capsys.disabled():
        print(  # noqa: T201 - figures that whoever runs the test is to see
            f"\ntold waits, day {seed}, boosts {dict(boosts_s)}: {found.said} of {found.asked} told,"
            f" mean error {found.mean:.0%}, bias {found.bias:+.0%},"
            f" within a third {found.within_a_third:.0%}; {len(places)} places told, {lost} of them lost"
        )
    assert found.said > 0.15 * found.asked
    assert found.mean <= A_THIRD
    assert abs(found.bias) <= 0.15
    assert lost <= 0.1 * len(places)


@pytest.mark.parametrize("agents", [3, 20])
def test_nothing_is_said_where_it_could_not_be_within_a_third(agents: int) -> None:
    day = Day(3, {"vip": 120.0}, agents=agents)
    told = day.run()
    loud = Day(3, {"vip": 120.0}, agents=agents, settings=ALL_SAID).run()
    unsaid = [one for one, quiet in zip(loud, told, strict=True) if quiet.expected_s is None]
    assert errors_of(unsaid).mean > A_THIRD, "what was not said would have been wrong"
    assert all(one.expected_s is None for one in told) or errors_of(told).mean <= A_THIRD


def test_a_new_server_says_nothing_until_it_has_seen_enough() -> None:
    day = Day(4)
    until_s = 4 * 3600.0
    day.time.later(until_s, day.restart)
    told = day.run()
    first_s = day.settings.outlook_seen_min_s
    before = [one for one in told if until_s - 1800 < one.at_s < until_s]
    at_once = [one for one in told if until_s <= one.at_s < until_s + first_s / 2]
    later = [one for one in told if until_s + 3600 < one.at_s]
    assert any(one.expected_s for one in before)
    assert at_once
    assert not any(one.expected_s or one.position for one in at_once)
    assert any(one.expected_s for one in later)


def test_nobody_is_told_anything_while_nobody_serves() -> None:
    day = Day(5)
    day.time.later(3 * 3600, day.all_leave)
    told = [one for one in day.run() if 3 * 3600 < one.at_s < 3.4 * 3600]
    assert told
    assert not any(one.expected_s or one.position for one in told)


def test_who_does_not_wait_is_told_nothing() -> None:
    assert Day(6).outlooks.of(CallId("unheard of")) is None
