import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.model import Level
from ivr.kept import WRITTEN_MAX
from kernel.ids import GUESTS_MAX, AgentId, QueueId, SkillId
from kernel.written import SKILL_LEVEL_MAX, SKILLS_ASKED_MAX
from staff.experts import EXPERT_NAME_MAX, NUMBERS_MAX
from telephony.asterisk.ami import checked_variable
from telephony.asterisk.mark_variables import fallback_priority, to_mark, to_variables
from telephony.destinations import Outside
from telephony.errors import UnsafeValue
from telephony.model import Boost, BoostSource, CallMark, HomeBy, Outcome, Phase

TOLD_OF_A_VARIABLE = 511
NAMES = st.text(st.characters(codec="utf-8"), max_size=20)
AGENTS = st.none() | st.integers(1, 10**6).map(AgentId)
MARKS = st.builds(
    CallMark,
    phase=st.sampled_from(Phase),
    flow=NAMES,
    node=NAMES,
    language=NAMES,
    queue=st.none() | NAMES.filter(bool).map(QueueId),
    tier=st.integers(0, 9),
    key_ms=st.integers(0, 10**13),
    sequence=st.integers(0, 10**9),
    sticky_agent=AGENTS,
    agent=AGENTS,
    waited_ms=st.none() | st.integers(0, 10**9),
    talking_since_ms=st.none() | st.integers(0, 10**13),
    decided=st.none() | st.sampled_from(Outcome),
    needs=st.lists(st.tuples(NAMES.map(SkillId), st.integers(1, 99)), max_size=3).map(tuple),
    region=NAMES,
    boost_ms=st.none() | st.integers(0, 10**9),
    queued_ms=st.none() | st.integers(0, 10**13),
    boosts=st.lists(
        st.builds(Boost, st.sampled_from(BoostSource), st.none() | st.integers(0, 86_400).map(float)),
        max_size=5,
    ).map(tuple),
    matter=NAMES,
    sent_by=AGENTS,
    region_by=st.none() | st.sampled_from(HomeBy),
    level=NAMES,
    kept_by_flow=NAMES,
)


@given(MARKS)
def test_a_mark_comes_back_from_its_variables_and_every_one_may_be_sent(mark: CallMark) -> None:
    variables = to_variables(mark)
    for name, value in variables.items():
        checked_variable(name, value)
    assert to_mark(variables) == mark


def text(allowed: str, longest: int) -> st.SearchStrategy[str]:
    """Such texts, often as long as they may be."""
    return st.text(st.sampled_from(allowed), min_size=longest, max_size=longest) | st.text(
        st.sampled_from(allowed), min_size=1, max_size=longest
    )


WRITTEN_NAMES = text("abcdefghijklmnopqrstuvwxyz0123456789_-", 40)
NUMBERS = text("0123456789", 19).map("+".__add__)
AS_SITES_ADMIT = st.builds(
    CallMark,
    phase=st.sampled_from(Phase),
    flow=WRITTEN_NAMES,
    node=WRITTEN_NAMES,
    language=st.sampled_from(["zh", "en"]),
    queue=WRITTEN_NAMES.map(QueueId),
    tier=st.integers(0, 9),
    key_ms=st.integers(0, 10**13),
    sequence=st.integers(0, 10**12),
    sticky_agent=st.integers(1, GUESTS_MAX).map(AgentId),
    agent=st.integers(-GUESTS_MAX, GUESTS_MAX).map(AgentId),
    waited_ms=st.integers(0, 10**10),
    talking_since_ms=st.integers(0, 10**13),
    decided=st.none() | st.sampled_from(Outcome),
    needs=st.lists(
        st.tuples(WRITTEN_NAMES.map(SkillId), st.integers(1, SKILL_LEVEL_MAX)),
        min_size=SKILLS_ASKED_MAX - 2,
        max_size=SKILLS_ASKED_MAX,
    ).map(tuple),
    region=WRITTEN_NAMES,
    boost_ms=st.integers(0, 10**10),
    queued_ms=st.integers(0, 10**13),
    boosts=st.lists(
        st.builds(Boost, st.sampled_from(BoostSource), st.none() | st.integers(0, 86_400).map(float)),
        max_size=len(BoostSource),
    ).map(tuple),
    matter=WRITTEN_NAMES,
    sent_by=AGENTS,
    region_by=st.none() | st.sampled_from(HomeBy),
    level=st.sampled_from([level.value for level in Level]),
    outside=st.builds(
        Outside,
        shown=text("陈工程师😀🀄", EXPERT_NAME_MAX),
        numbers=st.lists(NUMBERS, min_size=1, max_size=NUMBERS_MAX).map(tuple),
        language=st.sampled_from(["zh", "en"]),
    ),
    kept_by_flow=text("abcdefghijklmnopqrstuvwxyz0123456789_-", WRITTEN_MAX),
)


@given(AS_SITES_ADMIT)
def test_the_longest_mark_that_a_sites_files_admit_comes_back_in_pieces_that_asterisk_tells_whole(
    mark: CallMark,
) -> None:
    variables = to_variables(mark)
    for name, value in variables.items():
        checked_variable(name, value)
        assert len(value) <= TOLD_OF_A_VARIABLE
    assert to_mark(variables) == mark


def test_a_longer_mark_is_refused_and_not_cut() -> None:
    with pytest.raises(UnsafeValue):
        to_variables(CallMark(phase=Phase.WAITING, node="n" * 4000))


IN_LINE = CallMark(
    phase=Phase.WAITING,
    flow="main",
    node="排队 1",
    language="zh",
    queue=QueueId("service"),
    tier=0,
    key_ms=1_795_000_000_123,
    sequence=42,
    sticky_agent=AgentId(7),
)


@pytest.mark.parametrize(
    "written",
    [
        "main*%E6%8E%92%E9%98%9F%201*service*0*1795000000123*42*7***",
        "main*%E6%8E%92%E9%98%9F%201*service*0*1795000000123*42*7****",
        "#main#%E6%8E%92%E9%98%9F%201#service#0#1795000000123#42#7",
        "#main#%E6%8E%92%E9%98%9F%201#service#0#1795000000123#42#7####no list of skills",
        "#main#%E6%8E%92%E9%98%9F%201#service#0#1795000000123#42#7####english+high",
        "#main#%E6%8E%92%E9%98%9F%201#service#0#1795000000123#42#7##########a part that is not known yet",
        "#main#%E6%8E%92%E9%98%9F%201#service#0#1795000000123#42#7########no list+of boosts#",
        "unheard_of#main#%E6%8E%92%E9%98%9F%201#service#0#1795000000123#42#7###",
    ],
)
def test_a_mark_that_other_code_wrote_keeps_its_callers_place(written: str) -> None:
    assert to_mark({"HL_MARK": written, "HL_LANG": "zh", "HL_PHASE": "waiting"}) == IN_LINE


def test_what_was_decided_is_read_where_former_code_wrote_it() -> None:
    mark = to_mark({"HL_MARK": "main*bye**1*0*0*****rejected", "HL_PHASE": "served"})
    assert mark == CallMark(phase=Phase.SERVED, flow="main", node="bye", decided=Outcome.REJECTED)


def test_the_dialplan_finds_what_was_decided_as_the_first_part() -> None:
    mark = CallMark(phase=Phase.SERVED, flow="main", decided=Outcome.REJECTED)
    assert to_variables(mark)["HL_MARK"].split("#")[0] == "rejected"


def test_the_phase_is_written_last_because_the_dialplan_acts_on_it() -> None:
    assert list(to_variables(CallMark(phase=Phase.MENU)))[-1] == "HL_PHASE"


def test_no_mark_was_written_yet() -> None:
    assert to_mark({}) is None
    assert to_mark({"HL_PHASE": "nonsense"}) is None


def test_a_mark_that_cannot_be_read_is_none_and_spoils_no_look_at_all_calls() -> None:
    assert to_mark({"HL_PHASE": "waiting", "HL_MARK": "#main#menu#sales#soon"}) is None


def test_a_phase_that_the_dialplan_set_is_a_mark_though_no_server_wrote_one() -> None:
    assert to_mark({"HL_PHASE": "talking"}) == CallMark(phase=Phase.TALKING)


@given(st.integers(1, 10), st.integers(1, 10), st.integers(0, 10**9), st.integers(0, 10**9))
def test_an_earlier_tier_and_an_earlier_key_are_served_first_in_the_emergency_queue(
    tier: int, other_tier: int, key_ds: int, other_key_ds: int
) -> None:
    base_ms = 1_795_000_000_000
    first = (tier, key_ds % 10**7)
    second = (other_tier, other_key_ds % 10**7)
    priorities = [fallback_priority(t, base_ms + k * 100) for t, k in (first, second)]
    assert all(0 <= priority < 2**31 for priority in priorities)
    assert (first < second) == (priorities[0] > priorities[1])
