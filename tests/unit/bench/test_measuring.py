"""The arithmetic of the measurements: percentiles, and pairing "free" with the next INVITE."""

import pytest

from bench.measuring import Floor, percentile


def floor() -> Floor:
    return Floor(frozenset({"李静", "王强"}))


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1.0), (0.01, 1.0), (0.5, 50.0), (0.501, 51.0), (0.99, 99.0), (1.0, 100.0)]
)
def test_a_percentile_is_a_measured_value_of_the_nearest_rank(share: float, expected: float) -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert percentile(values, share) == expected


def test_the_only_value_is_every_percentile() -> None:
    assert {percentile([7.5], share) for share in (0.0, 0.5, 0.99, 1.0)} == {7.5}


def test_nothing_measured_has_no_percentile() -> None:
    with pytest.raises(ValueError, match="no value was measured"):
        percentile([], 0.5)


def test_the_delay_lasts_from_the_end_of_a_leg_to_the_next_invite_of_the_same_agent() -> None:
    seen = floor()
    seen.invited("李静", "a", "caller-1", 10.0)
    seen.invited("王强", "b", "caller-2", 10.0)
    seen.hung_up("李静", "a", 20.0)
    seen.hung_up("王强", "b", 20.5)
    seen.invited("王强", "c", "caller-3", 20.503)
    seen.invited("李静", "d", "caller-4", 20.9)
    assert [(one.agent, round(one.delay_s, 6)) for one in seen.dispatches] == [("王强", 0.003), ("李静", 0.9)]


def test_an_agents_first_invite_measures_nothing() -> None:
    seen = floor()
    seen.invited("李静", "a", "caller-1", 10.0)
    assert seen.dispatches == []


def test_an_agent_reported_free_twice_has_been_free_since_the_first_time() -> None:
    seen = floor()
    seen.invited("李静", "a", "caller-1", 10.0)
    seen.hung_up("李静", "a", 20.0)
    seen.hung_up("李静", "a", 20.4)
    seen.invited("李静", "b", "caller-2", 21.0)
    assert [one.delay_s for one in seen.dispatches] == [1.0]


def test_an_agent_with_two_legs_is_free_when_the_last_is_gone() -> None:
    seen = floor()
    seen.invited("李静", "a", "caller-1", 10.0)
    seen.invited("李静", "b", "caller-2", 11.0)
    seen.hung_up("李静", "a", 12.0)
    assert seen.busy == 1
    seen.hung_up("李静", "b", 15.0)
    seen.invited("李静", "c", "caller-3", 15.5)
    assert [one.delay_s for one in seen.dispatches] == [0.5]


def test_a_leg_whose_begin_was_missed_frees_its_agent() -> None:
    seen = floor()
    seen.hung_up("李静", "unseen", 10.0)
    seen.invited("李静", "a", "caller-1", 10.25)
    assert [one.delay_s for one in seen.dispatches] == [0.25]


def test_an_agent_who_is_not_rung_again_measures_nothing() -> None:
    seen = floor()
    seen.invited("李静", "a", "caller-1", 10.0)
    seen.hung_up("李静", "a", 20.0)
    assert seen.dispatches == []


def test_callers_wait_until_a_phone_rings_for_them_and_not_after_it() -> None:
    seen = floor()
    for caller in ("caller-1", "caller-2", "caller-3"):
        seen.queued(caller)
    seen.invited("李静", "a", "caller-1", 10.0)
    assert seen.waiting == 2
    seen.hung_up("李静", "a", 20.0)
    assert seen.waiting == 2
    seen.left("caller-3")
    seen.invited("李静", "b", "caller-2", 20.1)
    assert (seen.dispatches[0].waiting, seen.waiting) == (1, 0)


def test_only_agents_who_became_free_in_the_time_of_measuring_count() -> None:
    seen = floor()
    seen.hung_up("李静", "a", 9.0)
    seen.hung_up("王强", "b", 10.0)
    seen.invited("李静", "c", "caller-1", 10.5)
    seen.invited("王强", "d", "caller-2", 10.6)
    assert [one.agent for one in seen.measured(since_s=9.5)] == ["王强"]
