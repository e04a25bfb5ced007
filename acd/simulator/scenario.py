"""A scenario as it is written down, checked to the last key."""

import math
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from acd.engine.needs import are_met, needs_of
from acd.engine.strategy import STRATEGIES, strategy_named
from acd.simulator.document import document, text_of
from acd.simulator.errors import ScenarioInvalid, ScenarioUnstable
from kernel.ids import SkillId
from kernel.written import in_plain_words

CALLS_MAX = 10_000_000
RUNS_MAX = 10_000
WORK_MAX = 200_000_000
"""Calls and agents of all runs together: that is hours of reckoning."""
AGENTS_MAX = 100_000
CLASSES_MAX = 200
GROUPS_MAX = 2000
SECONDS_MAX = 1e9
"""Of any time that is written: thirty years."""
RATE_MAX = 1e9
CV_MAX = 100.0
HOURS_MAX = 5000 * 8766
"""Over which the calls may come: a calendar ends with the year 9999."""
OVERLOAD_MAX = 100.0
"""Work that comes for each agent who could do it; beyond, callers who never give up are never served."""
OVERLOADED_CALLS_MAX = 1_000_000
"""Few calls are served in the end however fast they come: they may be so much work in all."""
FAULTS_NAMED_MAX = 5
LAWS = ("exponential", "lognormal", "fixed")


def _or_inf(written: object) -> object:
    return math.inf if written == "inf" else written


def _known_strategy(name: str) -> str:
    known = strategy_named(name)
    if known is None:
        raise ValueError(f"is one of: {', '.join(STRATEGIES)}")
    return known


def _within_years(seconds: float) -> float:
    if seconds != math.inf and not seconds <= SECONDS_MAX:
        raise ValueError(f"is at most {SECONDS_MAX:.0f}, or inf")
    return seconds


def _printable(name: str) -> str:
    if not name.isprintable():
        raise ValueError("has a character that cannot be shown")
    return name


Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(ge=0, le=SECONDS_MAX)]
SomeSeconds = Annotated[float, Field(gt=0, le=SECONDS_MAX)]
SecondsOrInf = Annotated[float, BeforeValidator(_or_inf), Field(ge=0), AfterValidator(_within_years)]
Name = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_printable)]
Levels = dict[Name, Annotated[int, Field(ge=0)]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Exponential(_Strict):
    """Memoryless."""

    law: Literal["exponential"]
    mean_s: SomeSeconds


class Lognormal(_Strict):
    """As talk times mostly are; `cv` is the standard deviation in means."""

    law: Literal["lognormal"]
    mean_s: SomeSeconds
    cv: Annotated[float, Field(ge=0, le=CV_MAX)]


class Fixed(_Strict):
    """Always the same."""

    law: Literal["fixed"]
    mean_s: Seconds


Law = Annotated[Exponential | Lognormal | Fixed, Field(discriminator="law")]


class Sticky(_Strict):
    """A share of the calls belongs each to one agent."""

    share: Annotated[float, Field(ge=0, le=1)]
    hold_s: SecondsOrInf = 0.0


class CallClass(_Strict):
    """Callers of one kind."""

    name: Name
    rate_per_hour: Annotated[float, Field(gt=0, le=RATE_MAX)]
    talk: Law
    needs: Levels = Field(default_factory=dict)
    boost_s: SecondsOrInf = 0.0
    patience: Law | None = None
    sticky: Sticky | None = None


class AgentGroup(_Strict):
    """Agents who are alike."""

    name: Name
    count: Count
    skills: Levels = Field(default_factory=dict)
    wrap_up_s: Seconds = 0.0


class Queue(_Strict):
    """The one queue in which all wait."""

    strategy: Annotated[str, AfterValidator(_known_strategy)] = "longest_idle"
    capacity: Annotated[int, Field(ge=0)] | None = None


class Scenario(_Strict):
    """What is to be simulated; what is not written does not act."""

    seed: int = 1
    runs: Annotated[Count, Field(le=RUNS_MAX)] = 20
    calls: Annotated[Count, Field(le=CALLS_MAX)] = 150_000
    warmup: Annotated[float, Field(ge=0, lt=1)] = 0.1
    service_level_s: Seconds = 20.0
    queue: Queue = Queue()
    classes: Annotated[list[CallClass], Field(min_length=1, max_length=CLASSES_MAX)]
    agents: Annotated[list[AgentGroup], Field(min_length=1, max_length=GROUPS_MAX)]

    @property
    def first_counted(self) -> int:
        """The number, from 1, of the first call that counts; so does every one after it up to `calls`."""
        return math.floor(Fraction(repr(self.warmup)) * self.calls) + 1

    def has_skills(self, group: AgentGroup, call_class: CallClass) -> bool:
        """Whether these agents can serve these callers."""
        needs = {SkillId(skill): level for skill, level in call_class.needs.items()}
        return are_met(needs_of(needs), {SkillId(skill): level for skill, level in group.skills.items()})


def load_scenario(path: Path) -> Scenario:
    """The scenario in a file, JSON or YAML; raises `ScenarioInvalid`, which names what is wrong."""
    text = text_of(path)
    try:
        return parse_scenario(text)
    except ScenarioInvalid as error:
        raise ScenarioInvalid(f"{path.name}: {error}") from error


def parse_scenario(text: str) -> Scenario:
    """As `load_scenario`, of the text."""
    try:
        scenario = Scenario.model_validate(document(text))
    except ValidationError as error:
        faults = error.errors()[:FAULTS_NAMED_MAX]
        raise ScenarioInvalid("; ".join(map(_said, faults))) from error
    _check_names(scenario)
    _check_size(scenario)
    _check_someone_can_serve(scenario)
    _check_load(scenario)
    return scenario


def _said(fault: ErrorDetails) -> str:
    parts = [part for part in fault["loc"] if part not in LAWS] if "law" not in fault["loc"] else fault["loc"]
    where = ".".join(str(part) for part in parts if part != "[key]") or "the scenario"
    match fault["type"]:
        case "extra_forbidden":
            return f"{where}: unknown key"
        case "missing":
            return f"{where}: is missing"
        case "union_tag_not_found":
            return f"{where}.law: is missing"
        case "union_tag_invalid":
            return f"{where}.law: is one of: {', '.join(LAWS)}"
        case "model_type" | "model_attributes_type":
            return f"{where}: has to have keys and values of its own"
        case _:
            return f"{where}: {in_plain_words(fault)}"


def _check_names(scenario: Scenario) -> None:
    for key, named in (("classes", scenario.classes), ("agents", scenario.agents)):
        name, times = Counter(entry.name for entry in named).most_common(1)[0]
        if times > 1:
            raise ScenarioInvalid(f"{key}: name: {name!r} is there twice")


def _check_size(scenario: Scenario) -> None:
    agents = sum(group.count for group in scenario.agents)
    if agents > AGENTS_MAX:
        raise ScenarioInvalid(f"agents: count: more than {AGENTS_MAX} agents in all")
    if scenario.runs * (scenario.calls + agents) > WORK_MAX:
        raise ScenarioInvalid(f"runs, calls: more than {WORK_MAX} calls and agents in all runs together")
    place, busiest = max(enumerate(scenario.classes), key=lambda found: found[1].rate_per_hour)
    if scenario.calls > HOURS_MAX * sum(entry.rate_per_hour for entry in scenario.classes):
        raise ScenarioInvalid(
            f"classes.{place}.rate_per_hour: at {busiest.rate_per_hour:g} it takes longer than a calendar"
            f" lasts until {scenario.calls} calls have come"
        )


def _check_someone_can_serve(scenario: Scenario) -> None:
    for place, call_class in enumerate(scenario.classes):
        can_serve = any(scenario.has_skills(group, call_class) for group in scenario.agents)
        if not can_serve and call_class.patience is None:
            raise ScenarioInvalid(
                f"classes.{place}.needs: nobody has these skills, and who never gives up would wait for ever"
            )


def _check_load(scenario: Scenario) -> None:
    """What is far too much is refused before it is reckoned; what is a little too much, once it is seen."""
    if scenario.queue.capacity is not None:
        return
    load_max = max(OVERLOAD_MAX, OVERLOADED_CALLS_MAX / scenario.calls)
    for place, call_class in enumerate(scenario.classes):
        able = sum(group.count for group in scenario.agents if scenario.has_skills(group, call_class))
        load = call_class.rate_per_hour / 3600 * call_class.talk.mean_s
        if call_class.patience is None and load > able * load_max:
            raise ScenarioUnstable.of(place)
