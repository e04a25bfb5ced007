"""The test cases of a site's flows, tried with a text before it is published."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ivr.cases import SUFFIX, Case, FlowCase, Tried, load_cases, try_case
from ivr.current_site import CurrentSite
from ivr.engine import Engine
from ivr.flow_folder import FlowFolder
from ivr.model import Flow
from ivr.nodes import Goto, Subflow
from ivr.settings import IvrSettings
from ivr.site import Site
from ivr.version_errors import FlowHasErrors
from kernel.findings import Problem

Cases = Sequence[tuple[int, Case]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRuns:
    """Tries the cases beside a flow, and those of the flows from which callers come into it."""

    folder: FlowFolder
    site: CurrentSite
    settings: IvrSettings

    async def run(self, name: str, text: str) -> Sequence[FlowCase]:
        """All cases of the flow; of other flows those alone that this text would break.

        What fails elsewhere already keeps nobody from publishing. Empty where there are no cases at all.
        Raises `FlowHasErrors`, of the text or of the flow's own cases.
        """
        flow, problems = await self.folder.load(name, text)
        if flow is None:
            raise FlowHasErrors(problems)
        site = await self.site.read()
        own, faults = await self._cases(name)
        if faults:
            raise FlowHasErrors(faults)
        others = {other: (await self._cases(other))[0] for other in sorted(flows_into(name, site.flows))}
        return await self.folder.threads.run(lambda: [*self._tried(site, flow, own, others)])

    async def _cases(self, name: str) -> tuple[Cases, Sequence[Problem]]:
        written = await self.folder.cases(name)
        return load_cases(written, file=f"{name}{SUFFIX}") if written is not None else ([], [])

    def _tried(self, site: Site, flow: Flow, own: Cases, others: Mapping[str, Cases]) -> Iterator[FlowCase]:
        after = replace(site, flows={**site.flows, flow.name: flow})
        for tried in self._each(after, flow, own):
            yield FlowCase(flow=flow.name, tried=tried)
        for name, cases in others.items():
            for now, then in zip(
                self._each(site, site.flows[name], cases),
                self._each(after, site.flows[name], cases),
                strict=True,
            ):
                if then.differences and not now.differences:
                    yield FlowCase(flow=name, tried=then)

    def _each(self, site: Site, flow: Flow, cases: Cases) -> Iterator[Tried]:
        engine = Engine(flow, site.calendars.calendars, self.settings, site.flows)
        for line, case in cases:
            yield try_case(engine, case, line, site.numbers.timezone)


def flows_into(name: str, flows: Mapping[str, Flow]) -> set[str]:
    """The other flows from which callers may come into one, on any way."""
    found: set[str] = set()
    ahead = {name}
    while ahead:
        ahead = {other for other, flow in flows.items() if ahead & set(_led_to(flow))} - found
        found |= ahead
    return found - {name}


def _led_to(flow: Flow) -> Iterator[str]:
    for node in flow.nodes.values():
        if isinstance(node, Goto | Subflow) and node.flow:
            yield node.flow
