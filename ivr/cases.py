"""Test cases beside a flow: who calls, when and with which keys, what they hear and where they end."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictStr,
    StringConstraints,
    model_validator,
)

from ivr.engine import Engine
from ivr.errands import FAILED
from ivr.findings import Findings
from ivr.names import FieldName, Name
from ivr.nodes import QueueExit
from ivr.trial import Script, Step, try_flow
from ivr.turn import Errand, ErrandDone, ErrandKind, Facts
from ivr.words import Language, Part, Words
from kernel.findings import Problem
from kernel.yaml_lines import UnreadableYaml, read_yaml
from telephony.model import Outcome

SUFFIX = ".tests.yaml"
TICKET = "CS202611230001"
"""The number of every ticket that is left in an imagined call."""


def _moment(written: str) -> str:
    datetime.fromisoformat(written)
    return written


class Caller(Part):
    """Who calls."""

    number: str = ""
    name: str = ""
    level: str = "normal"
    language: Language | None = None


class Ends(Part):
    """How the call ends; what is left out does not matter."""

    node: Name | None = None
    queue: Name | None = None
    """The queue in which the caller waits."""
    outcome: Outcome | None = None
    """Of a call that the flow hangs up."""

    @model_validator(mode="after")
    def _says_something(self) -> "Ends":
        if self.node is None and self.queue is None and self.outcome is None:
            raise ValueError("write a node, a queue or an outcome")
        return self


Answer = Literal["missing", "unproven", "failed"] | dict[FieldName, StrictStr | StrictBool | int | float]


class Case(Part):
    """One imagined call."""

    name: Words
    at: Annotated[str, AfterValidator(_moment)]
    """When, in the site's time unless it names another."""
    caller: Caller = Caller()
    dialled: str = ""
    keys: Annotated[str, StringConstraints(pattern=r"^[0-9*#, -]*$"), BeforeValidator(str)] = ""
    says: tuple[Words, ...] = ()
    """What the caller says at the questions that come when all keys are pressed."""
    sent_away: tuple[QueueExit, ...] = ()
    """What queues do with the caller, in order."""
    hangs_up: StrictBool = False
    """The caller hangs up once there is nothing more to press, to say or to be sent away from."""
    lookups: tuple[Answer, ...] = Field(default=(), max_length=100)
    """What look-ups, and questions for tickets and customers, answer: fields of what is found, or a way."""
    fails: frozenset[Literal["sms", "ticket"]] = frozenset()
    """What cannot be written in this call."""
    hears: tuple[Words, ...] = ()
    """Parts of what is said, or names of the nodes that say it, in this order."""
    never_hears: tuple[Words, ...] = ()
    does: tuple[Words, ...] = ()
    """What is done outside, in this order: nodes, kinds such as sms, or parts of what is given for it."""
    never_does: tuple[Words, ...] = ()
    ends: Ends


class CasesFile(Part):
    """The test cases of one flow."""

    cases: tuple[Case, ...] = Field(min_length=1, max_length=1000)


DifferenceKind = Literal["not_heard", "heard", "not_done", "done", "ends"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What was not as it was to be."""

    kind: DifferenceKind
    wanted: str
    """What was to be heard or done, or not to be, or how the call was to end."""
    found: str
    """What was heard or done: last before what is missing ("": nothing), or unwanted; or how it ended."""
    field: str = ""
    """Of the end: node, queue or outcome."""

    def __str__(self) -> str:
        """For who reads English."""
        if self.kind in {"heard", "done"}:
            return f"{self.found!r} is {self.kind}"
        if self.kind == "ends":
            return f"it ends with {self.field} {self.found!r} and not {self.wanted!r}"
        what = "heard" if self.kind == "not_heard" else "done"
        return f"{self.wanted!r} is not {what}" + (f" after {self.found!r}" if self.found else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A case after it was tried."""

    case: Case
    line: int
    steps: Sequence[Step]
    differences: Sequence[Difference]
    """None where all was as it was to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowCase:
    """A test case of a flow after it was tried."""

    flow: str
    tried: Tried

    @property
    def has_failed(self) -> bool:
        """Something was not as it was to be."""
        return bool(self.tried.differences)

    @property
    def where(self) -> str:
        """File and line."""
        return f"{self.flow}{SUFFIX}:{self.tried.line}"

    def told(self) -> dict[str, Any]:
        """As pages get it."""
        return {
            "flow": self.flow,
            "name": self.tried.case.name,
            "line": self.tried.line,
            "differences": [asdict(one) for one in self.tried.differences],
        }


def cases_beside(flow: Path) -> Path:
    """Where the cases of a flow are."""
    return flow.with_name(flow.name.removesuffix(flow.suffix) + SUFFIX)


def load_cases(text: str, *, file: str) -> tuple[list[tuple[int, Case]], list[Problem]]:
    """The cases of a file, each with its line, or its errors."""
    try:
        document = read_yaml(text)
    except UnreadableYaml as error:
        problem = Problem(file=file, line=error.line, code="bad_yaml", node="", message=str(error))
        return [], [problem]
    findings = Findings(file, document)
    loaded = findings.valid(CasesFile, document.data, ())
    cases = loaded.cases if loaded is not None and not findings.problems else ()
    return [(document.line(("cases", n)), case) for n, case in enumerate(cases)], findings.problems


def try_case(engine: Engine, case: Case, line: int, timezone: str) -> Tried:
    """What comes of the call."""
    facts = Facts(
        caller_number=case.caller.number,
        caller_name=case.caller.name,
        caller_level=case.caller.level,
        dialled=case.dialled,
        timezone=timezone,
    )
    moment = datetime.fromisoformat(case.at)
    now = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
    script = Script(
        keys=case.keys,
        says=case.says,
        exits=case.sent_away,
        do=answers(case.lookups, case.fails),
        hangs_up=case.hangs_up,
    )
    steps = list(try_flow(engine, engine.begin(facts, case.caller.language), script, now))
    return Tried(case=case, line=line, steps=steps, differences=list(_differences(case, steps)))


def answers(given: Iterable[Answer], fails: Collection[str] = ()) -> Callable[[Errand], ErrandDone]:
    """Gives look-ups these answers in order; once they are used up, they fail."""
    ahead = iter(given)

    def do(errand: Errand) -> ErrandDone:
        if errand.kind not in {"lookup", "progress", "identify"}:
            return written(errand, fails)
        answer = next(ahead, FAILED)
        if isinstance(answer, str):
            return ErrandDone(way=answer)
        return ErrandDone(way="found", fields={name: _plain(value) for name, value in answer.items()})

    return do


def written(errand: Errand, fails: Collection[str] = ()) -> ErrandDone:
    """What comes of a message or a ticket that is imagined only."""
    if errand.kind in fails or (errand.kind == "sms" and "number" not in errand.values):
        return ErrandDone(way=FAILED)
    return ErrandDone(way="next", fields={"number": TICKET} if errand.kind == "ticket" else {})


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _differences(case: Case, steps: Sequence[Step]) -> Iterator[Difference]:
    said = [(step["node"], step["text"]) for step in steps if step["did"] == "say"]
    yield from _in_order(said, case.hears, kind="not_heard")
    yield from _against(said, case.never_hears, kind="heard")
    done = [(step["node"], _given(step)) for step in steps if step["did"] in _ERRANDS]
    yield from _in_order(done, case.does, kind="not_done")
    yield from _against(done, case.never_does, kind="done")
    end: dict[str, Any] = steps[-1]
    for field, wanted_end in case.ends.model_dump(mode="json", exclude_none=True).items():
        ended = end.get(field, "none")
        if ended != wanted_end:
            yield Difference(kind="ends", wanted=wanted_end, found=ended, field=field)


_ERRANDS = frozenset(get_args(ErrandKind))


def _given(step: Step) -> str:
    """What is done outside, in words."""
    return " ".join((step["did"], step["about"], *step["values"].values()))


Found = Sequence[tuple[str, str]]
"""Nodes, each with its words."""


def _in_order(
    found: Found, wanted: Iterable[str], *, kind: Literal["not_heard", "not_done"]
) -> Iterator[Difference]:
    """What is missing."""
    after = 0
    for one in wanted:
        at = next((n for n in range(after, len(found)) if _is(one, *found[n])), None)
        if at is None:
            yield Difference(kind=kind, wanted=one, found=found[after - 1][1] if after else "")
        else:
            after = at + 1


def _against(
    found: Found, unwanted: Iterable[str], *, kind: Literal["heard", "done"]
) -> Iterator[Difference]:
    """What should not be among them."""
    for one in unwanted:
        against = (words for node, words in found if _is(one, node, words))
        yield from (Difference(kind=kind, wanted=one, found=words) for words in against)


def _is(wanted: str, node: str, words: str) -> bool:
    return wanted == node or wanted.casefold() in words.casefold()
