"""A scenario as it is written down, checked to the last key."""

import json
import math
from io import StringIO
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from acd.engine.needs import are_met, needs_of
from acd.engine.strategy import STRATEGIES, strategy_named
from acd.simulator.errors import ScenarioInvalid
from kernel.ids import SkillId
from kernel.written import in_plain_words

CALLS_MAX = 10_000_000
RUNS_MAX = 10_000
AGENTS_MAX = 100_000
FAULTS_NAMED_MAX = 5
DIGITS_MAX = 400
"""Of a whole number; the largest that a computer reckons with has fewer."""


def _or_inf(written: object) -> object:
    return math.inf if written == "inf" else written


def _known_strategy(name: str) -> str:
    known = strategy_named(name)
    if known is None:
        raise ValueError(f"is one of: {', '.join(STRATEGIES)}")
    return known


Count = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
SecondsOrInf = Annotated[float, BeforeValidator(_or_inf), Field(ge=0)]
Name = Annotated[str, Field(min_length=1, max_length=100)]
Levels = dict[Name, Annotated[int, Field(ge=0)]]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Exponential(_Strict):
    """Memoryless."""

    law: Literal["exponential"]
    mean_s: Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Lognormal(_Strict):
    """As talk times mostly are; `cv` is the standard deviation in means."""

    law: Literal["lognormal"]
    mean_s: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    cv: Seconds


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
    rate_per_hour: Annotated[float, Field(gt=0, allow_inf_nan=False)]
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
    classes: Annotated[list[CallClass], Field(min_length=1)]
    agents: Annotated[list[AgentGroup], Field(min_length=1)]

    @property
    def first_counted(self) -> int:
        """The number, from 1, of the first call that counts; so does every one after it up to `calls`."""
        return math.floor(self.warmup * self.calls) + 1

    def has_skills(self, group: AgentGroup, call_class: CallClass) -> bool:
        """Whether these agents can serve these callers."""
        needs = {SkillId(skill): level for skill, level in call_class.needs.items()}
        return are_met(needs_of(needs), {SkillId(skill): level for skill, level in group.skills.items()})


def load_scenario(path: Path) -> Scenario:
    """The scenario in a file, JSON or YAML; raises `ScenarioInvalid`, which names what is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioInvalid(f"{path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScenarioInvalid(f"{path}: is not UTF-8 text") from error
    try:
        return parse_scenario(text)
    except ScenarioInvalid as error:
        raise ScenarioInvalid(f"{path.name}: {error}") from error


def parse_scenario(text: str) -> Scenario:
    """As `load_scenario`, of the text."""
    try:
        scenario = Scenario.model_validate(_document(text))
    except ValidationError as error:
        faults = error.errors()[:FAULTS_NAMED_MAX]
        raise ScenarioInvalid("; ".join(map(_said, faults))) from error
    _check_names(scenario)
    _check_someone_can_serve(scenario)
    return scenario


def _document(text: str) -> Any:
    try:
        if text.lstrip().startswith("{"):
            return json.loads(text, object_pairs_hook=_once_each, parse_int=_whole)
        return YAML(typ="safe").load(StringIO(text))
    except json.JSONDecodeError as error:
        raise ScenarioInvalid(f"line {error.lineno}: not JSON: {error.msg}") from error
    except (YAMLError, ValueError) as error:
        raise ScenarioInvalid(f"not YAML: {' '.join(str(error).split())}") from error
    except RecursionError as error:
        raise ScenarioInvalid("the scenario: too much is nested") from error


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ScenarioInvalid(f"{key}: is written twice")
        found[key] = value
    return found


def _whole(written: str) -> float:
    """A number too long to be read is refused with its key, as every number that cannot be meant."""
    return int(written) if len(written) <= DIGITS_MAX else math.inf


def _said(fault: ErrorDetails) -> str:
    laws = {"exponential", "lognormal", "fixed"}
    parts = [part for part in fault["loc"] if part not in laws] if "law" not in fault["loc"] else fault["loc"]
    where = ".".join(str(part) for part in parts if part != "[key]") or "the scenario"
    if fault["type"] == "extra_forbidden":
        return f"{where}: unknown key"
    if fault["type"] == "missing":
        return f"{where}: is missing"
    return f"{where}: {in_plain_words(fault)}"


def _check_names(scenario: Scenario) -> None:
    for key, named in (("classes", scenario.classes), ("agents", scenario.agents)):
        names = [entry.name for entry in named]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise ScenarioInvalid(f"{key}: name: {twice!r} is there twice")
    if sum(group.count for group in scenario.agents) > AGENTS_MAX:
        raise ScenarioInvalid(f"agents: count: more than {AGENTS_MAX} agents in all")


def _check_someone_can_serve(scenario: Scenario) -> None:
    for place, call_class in enumerate(scenario.classes):
        can_serve = any(scenario.has_skills(group, call_class) for group in scenario.agents)
        if not can_serve and call_class.patience is None:
            raise ScenarioInvalid(
                f"classes.{place}.needs: nobody has these skills, and who never gives up would wait for ever"
            )
