"""The site's `queues.yaml`."""

import re
from pathlib import Path

import pytest

from acd.announcing import Announcing, Comfort
from acd.errors import QueuesFileInvalid
from acd.model import Overflow
from acd.queues import load_queues, parse_queues
from acd.rating import RatingRules
from acd.reserves import Reserve
from kernel.ids import QueueId, SkillId

GOOD = """\
queues:
  sales:
    name: {zh: 销售, en: Sales}
    boosts: {vip: 300, chairman: strict}
    sticky: {days: 7, hold_s: 15}
  complaints:
    name: {zh: 投诉, en: Complaints}
    wrap_up_s: 60
"""
SKILLED = (
    GOOD
    + """\
    strategy: 技能优先
    needs: {english: 3}
    relax:
      - {after_s: 30, at_most: {english: 1}}
      - {after_s: 90, at_most: {english: 0}}
"""
)


def test_queues_are_read_with_their_rules() -> None:
    queues = parse_queues(GOOD)
    sales = queues[QueueId("sales")]
    assert (sales.name_zh, sales.boosts_s, sales.strict_levels) == ("销售", {"vip": 300}, {"chairman"})
    assert (sales.sticky.days, sales.sticky.hold_s) == (7, 15)
    assert queues[QueueId("complaints")].wrap_up_s == 60


def test_a_queue_says_what_the_matter_of_a_call_is_worth() -> None:
    text = GOOD.replace("boosts:", "matters: {outage: 600, fraud: strict}\n    boosts:")
    assert parse_queues(text)[QueueId("sales")].matters_s == {"outage": 600, "fraud": None}


def test_a_queue_says_which_skills_it_asks_for_and_when_for_less() -> None:
    complaints = parse_queues(SKILLED)[QueueId("complaints")]
    english = SkillId("english")
    assert (complaints.strategy, complaints.needs) == ("best_skill", {english: 3})
    assert [(step.after_s, step.at_most) for step in complaints.relaxations] == [
        (30, {english: 1}),
        (90, {english: 0}),
    ]


LIMITED = (
    GOOD
    + """\
    capacity: 30
    max_wait_s: 600
    overflow:
      - {to: sales, after_s: 60}
      - {to: [sales], expected_wait_s: 180}
    calendar: office
    at_closing: send_away
"""
)


def test_a_queue_says_how_many_wait_how_long_and_who_else_may_serve_them() -> None:
    complaints = parse_queues(LIMITED)[QueueId("complaints")]
    assert (complaints.capacity, complaints.max_wait_s) == (30, 600)
    assert complaints.overflows == (
        Overflow(to=(QueueId("sales"),), after_s=60),
        Overflow(to=(QueueId("sales"),), expected_wait_s=180),
    )
    assert (complaints.calendar, complaints.is_emptied_at_closing) == ("office", True)


def test_a_queue_without_limits_is_always_open_and_serves_to_the_end() -> None:
    sales = parse_queues(GOOD)[QueueId("sales")]
    assert (sales.capacity, sales.max_wait_s, sales.overflows) == (None, None, ())
    assert (sales.calendar, sales.is_emptied_at_closing) == ("", False)


def test_a_level_may_be_held_longer_for_its_agent() -> None:
    text = GOOD.replace("hold_s: 15", "hold_s: 15, holds_s: {vip: 60}")
    assert parse_queues(text)[QueueId("sales")].sticky.holds_s == {"vip": 60}


def test_a_queue_says_whom_callers_know_and_when_to_wait_for_them() -> None:
    text = GOOD.replace("hold_s: 15", "min_talk_s: 30, agent: first, least_chance: 0.5")
    sticky = parse_queues(text)[QueueId("sales")].sticky
    assert (sticky.min_talk_s, sticky.is_first_agent, sticky.least_chance) == (30, True, 0.5)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (GOOD.replace("wrap_up_s: 60", "wrap_up_s: soon"), 8, "wrap_up_s"),
        (LIMITED.replace("to: sales", "to: salles"), 12, "'salles' is no other queue .there: sales"),
        (LIMITED.replace("[sales]", "[sales, complaints]"), 13, "'complaints' is no other queue"),
        (LIMITED.replace("after_s: 60", "after_s: 60, expected_wait_s: 9"), 12, "either after_s or"),
        (LIMITED.replace(", after_s: 60", ""), 12, "either after_s or"),
        (LIMITED.replace("send_away", "close"), 15, "at_closing"),
        (GOOD.replace("wrap_up_s", "wrapup"), 8, "wrapup"),
        (GOOD.replace("hold_s: 15", "hold_s: -1"), 5, "sticky.hold_s"),
        (GOOD + "    strategy: cleverest\n", 9, "strategy is one of: longest_idle"),
        (GOOD.replace("  complaints:", "  Bad Key:"), 6, "Bad Key"),
        (GOOD.replace("{zh: 投诉, en: Complaints}", "{zh: 投诉}"), 7, "name.en"),
        (SKILLED.replace("english: 3", "english: 11"), 10, "needs.english"),
        (SKILLED.replace("{english: 3}", "{English: 3}"), 10, "needs"),
        (SKILLED.replace("after_s: 90", "after_s: 30"), 11, "each step comes later"),
        (SKILLED.replace("after_s: 90, ", ""), 13, "relax.1.after_s"),
        ("queues:\n  - [", 2, "not YAML"),
        ("queues: \x00", 1, "not YAML"),
        ("", 1, "needs `queues:`"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: int, said: str) -> None:
    with pytest.raises(QueuesFileInvalid, match=rf"^queues.yaml:{line}: .*{said}"):
        parse_queues(text)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(QueuesFileInvalid, match="cannot be read"):
        load_queues(tmp_path / "queues.yaml")


def test_the_example_companys_queues_are_right() -> None:
    site = Path(__file__).parents[3] / "server" / "example" / "site"
    assert load_queues(site / "queues.yaml").keys() == {"sales", "complaints", "technical"}


ANNOUNCE = """\
queues:
  sales:
    name: {zh: 销售, en: Sales}
    announce: {every_s: 45, first_s: 20, position: false, comfort: [{zh: 请稍候。, en: Please hold on.}]}
  service:
    name: {zh: 服务, en: Service}
"""


def test_what_callers_are_told_while_they_wait_is_read() -> None:
    rules = parse_queues(ANNOUNCE)
    assert rules[QueueId("sales")].announcing == Announcing(
        every_s=45, first_s=20, tells_position=False, comfort=(Comfort(zh="请稍候。", en="Please hold on."),)
    )
    assert rules[QueueId("service")].announcing is None
    without_first = parse_queues(ANNOUNCE.replace("first_s: 20, ", ""))[QueueId("sales")].announcing
    assert without_first
    assert without_first.first_s == 45


@pytest.mark.parametrize(
    ("wrong", "line"), [("every_s: 5", 4), ("comfort: [{zh: 请稍候。}]", 4), ("every_s: 45, often: true", 4)]
)
def test_a_mistake_in_what_callers_are_told_is_named_with_its_line(wrong: str, line: int) -> None:
    text = re.sub(r"announce: .*", f"announce: {{{wrong}}}", ANNOUNCE, count=1)
    with pytest.raises(QueuesFileInvalid) as refused:
        parse_queues(text)
    assert refused.value.line == line


RESERVE = (
    GOOD
    + """\
    reserve:
      from: sales
      waiting: 10
      until_waiting: 3
      by: proposal
"""
)


def test_a_queue_has_a_reserve_with_two_limits() -> None:
    queues = parse_queues(RESERVE)
    assert queues[QueueId("sales")].reserve is None
    reserve = Reserve(queues=(QueueId("sales"),), waiting=10, until_waiting=3, is_proposed=True)
    assert queues[QueueId("complaints")].reserve == reserve


@pytest.mark.parametrize(
    ("before", "after", "line", "what"),
    [
        ("from: sales", "from: complaints", 10, "is no other queue"),
        ("      waiting: 10\n", "", 9, "write waiting, expected_wait_s, or both"),
        ("until_waiting: 3", "until_waiting: 10", 9, "below waiting"),
        ("by: proposal", "by: chance", 13, "by"),
    ],
)
def test_a_reserve_that_cannot_be_meant_is_refused(before: str, after: str, line: int, what: str) -> None:
    with pytest.raises(QueuesFileInvalid, match=what) as refused:
        parse_queues(RESERVE.replace(before, after))
    assert refused.value.line == line


RATED = """queues:
  sales:
    name: {zh: 销售, en: Sales}
    rating: {tries: 3, comment_s: 60, text: {zh: 请评分, en: Rate us}}
"""


def test_a_queue_says_how_its_callers_rate() -> None:
    assert parse_queues(RATED)[QueueId("sales")].rating == RatingRules(
        tries=3, comment_s=60, zh="请评分", en="Rate us"
    )
    assert parse_queues(RATED.replace("{tries", "{asks: false, tries"))[QueueId("sales")].rating is None


@pytest.mark.parametrize("wrong", ["tries: 0", "comment_s: 3000", "text: {zh: 请评分}", "trys: 3"])
def test_a_mistake_in_how_callers_rate_is_named_with_its_line(wrong: str) -> None:
    with pytest.raises(QueuesFileInvalid) as found:
        parse_queues(RATED.replace("tries: 3, comment_s: 60, text: {zh: 请评分, en: Rate us}", wrong))
    assert found.value.line == 4
