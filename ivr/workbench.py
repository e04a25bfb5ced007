"""What somebody who writes a flow looks at beside the text: its errors, its diagram, calls into it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from ivr.case_runs import CaseRuns
from ivr.cases import SUFFIX, FlowCase
from ivr.current_site import CurrentSite
from ivr.drawing import draw, to_svg
from ivr.engine import Engine
from ivr.field_edit import Field, FieldPath, Value, add_option, fields_of, set_field
from ivr.flow import Surroundings, load_flow
from ivr.flow_folder import FlowFolder
from ivr.model import Flow
from ivr.settings import IvrSettings
from ivr.trial import Script, Step, try_flow
from ivr.turn import Facts
from ivr.version_errors import FlowHasErrors, NoSuchFlow
from ivr.words import Language
from kernel.clock import Clock
from kernel.diagram import Drawing
from kernel.findings import Problem
from kernel.yaml_lines import UnreadableYaml, read_yaml

STEPS_MAX = 1000
"""Of an imagined call: a longer one says nothing more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagram:
    """A flow as it is drawn, and the line on which each node stands."""

    drawing: Drawing
    svg: str
    lines: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A text after it was looked at."""

    problems: Sequence[Problem]
    diagram: Diagram | None
    """None where the errors leave nothing that could be drawn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImaginedCall:
    """Who calls, when, and what they do."""

    script: Script
    number: str = ""
    level: str = "normal"
    language: Language | None = None
    dialled: str = ""
    at: datetime | None = None
    """Without a zone in the site's; None is now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """Looks at texts that are not published, as they would run in this site."""

    folder: FlowFolder
    cases: CaseRuns
    site: CurrentSite
    settings: IvrSettings
    clock: Clock

    async def look(self, name: str, text: str, language: Language) -> Looked:
        """Its errors and its diagram."""

        def drawn() -> Diagram | None:
            # What only an author minds keeps nobody from seeing it.
            flow = load_flow(text, file=name, name=name, around=Surroundings())[0]
            return diagram_of(flow, language) if flow is not None else None

        problems = await self.folder.check(name, text)
        return Looked(problems=problems, diagram=await self.folder.threads.run(drawn))

    async def fields(self, text: str, node: str) -> Sequence[Field]:
        """The single values of a node."""
        return await self.folder.threads.run(lambda: fields_of(text, node))

    async def set_field(self, text: str, path: FieldPath, value: Value) -> str:
        """The text with one value changed; raises `FieldNotSet`."""
        return await self.folder.threads.run(lambda: set_field(text, path, value))

    async def add_option(self, text: str, menu: str, key: str, to: str, label: Mapping[Language, str]) -> str:
        """The text with one more key at a menu; raises `FieldNotSet`."""
        return await self.folder.threads.run(lambda: add_option(text, menu, key, to, label))

    async def try_call(self, name: str, text: str, call: ImaginedCall) -> Sequence[Step]:
        """What the caller would hear, and how it ends; raises `FlowHasErrors`."""
        engine, timezone = await self._engine(name, text)
        facts = Facts(
            caller_number=call.number, caller_level=call.level, dialled=call.dialled, timezone=timezone
        )
        now = call.at or self.clock.now()
        moment = now if now.tzinfo else now.replace(tzinfo=ZoneInfo(timezone))
        steps: list[Step] = []
        for step in try_flow(engine, engine.begin(facts, call.language), call.script, moment):
            steps.append(step)
            if len(steps) >= STEPS_MAX:
                break
        return steps

    async def run_cases(self, name: str, text: str) -> Sequence[FlowCase]:
        """The test cases that decide whether this text may be published.

        Raises `NoSuchFlow` where there are none, and `FlowHasErrors`, of the text or of the cases.
        """
        tried = await self.cases.run(name, text)
        if not tried:
            raise NoSuchFlow(f"{name} has no test cases: write them into flows/{name}{SUFFIX}")
        return tried

    async def _engine(self, name: str, text: str) -> tuple[Engine, str]:
        flow, problems = await self.folder.load(name, text)
        if flow is None:
            raise FlowHasErrors(problems)
        site = await self.site.read()
        engine = Engine(flow, site.calendars.calendars, self.settings, site.flows)
        return engine, site.numbers.timezone


def diagram_of(flow: Flow, language: Language) -> Diagram:
    """A flow's diagram."""
    drawing = draw(flow, language)
    try:
        document = read_yaml(flow.text)
    except UnreadableYaml:  # it was read before
        return Diagram(drawing=drawing, svg=to_svg(drawing, language), lines={})
    lines = {name: document.line(("nodes", name)) for name in flow.nodes}
    return Diagram(drawing=drawing, svg=to_svg(drawing, language), lines=lines)
