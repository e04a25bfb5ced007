"""Flows are written, published and brought back; the site's files stay the truth of what counts."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from ivr.case_runs import CaseRuns
from ivr.cases import SUFFIX, load_cases
from ivr.model import digest_of
from ivr.names import NAME_CHARACTERS_MAX
from ivr.ports import Editors
from ivr.site import Site
from ivr.store import FlowStore
from ivr.version import Draft, Origin, Publication, Version
from ivr.version_errors import (
    DraftChanged,
    FlowCasesFail,
    FlowChanged,
    FlowHasErrors,
    NoSuchFlow,
    NoSuchVersion,
    NothingToPublish,
)
from kernel.clock import Clock
from kernel.errors import HotlineError
from kernel.ids import StaffId

log = structlog.get_logger(__name__)

RETRY_S = 5.0
"""Between attempts to keep versions while the database is away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A flow as it stands: what counts, and what somebody writes."""

    flow: str
    text: str | None
    """What the file says; None of a flow that is only drafted."""
    digest: str
    newest: Version | None
    draft: Draft | None


class FlowVersions:
    """Keeps, publishes and brings back."""

    def __init__(self, store: FlowStore, cases: CaseRuns, editors: Editors, clock: Clock) -> None:
        self._store = store
        self._cases = cases
        self._folder = cases.folder
        self._site = cases.site
        self._editors = editors
        self._clock = clock
        self._publishing = asyncio.Lock()
        self._noted: dict[str, str] = {}
        self._noted_pin = ""

    async def run(self) -> None:
        """Keeps what the files say as versions, now and whenever that changed; until cancelled."""
        changed = self._site.watch()
        await self._site.read()
        while True:
            await changed.wait()
            changed.clear()
            if not await self._could_note():
                asyncio.get_running_loop().call_later(RETRY_S, changed.set)

    async def note(self, site: Site) -> None:
        """Keeps what counts now: each flow that is no version yet, and the set that they are."""
        for name, flow in site.flows.items():
            # A longer name is none that a number or another flow could lead to.
            if self._noted.get(name) != flow.digest and len(name) <= NAME_CHARACTERS_MAX:
                await self._store.note_file(name, flow.text, self._clock.now())
                self._noted[name] = flow.digest
        if site.pin != self._noted_pin:
            digests = {name: flow.digest for name, flow in site.flows.items()}
            await self._store.keep_set(site.pin, digests, self._clock.now())
            self._noted_pin = site.pin

    async def _could_note(self) -> bool:
        try:
            await self.note(self._site.last)
        except HotlineError as error:
            log.warning("versions of flows are not kept now", reason=str(error))
            return False
        return True

    async def all(self) -> Sequence[Written]:
        """Every flow that the site has, had, or that somebody drafts."""
        site = await self._site.read()
        newest, drafts = await self._store.newest_of_all(), await self._store.drafts()
        names = sorted({*site.flows, *newest, *drafts})
        return [
            Written(
                flow=name,
                text=site.flows[name].text if name in site.flows else None,
                digest=site.flows[name].digest if name in site.flows else "",
                newest=newest.get(name),
                draft=drafts.get(name),
            )
            for name in names
        ]

    async def find(self, flow: str) -> Written:
        """One flow; raises `NoSuchFlow`."""
        text = await self._folder.text(flow)
        newest, draft = await self._store.newest(flow), await self._store.draft(flow)
        if text is None and newest is None and draft is None:
            raise NoSuchFlow(f"there is no flow {flow}")
        digest = digest_of(text) if text is not None else ""
        return Written(flow=flow, text=text, digest=digest, newest=newest, draft=draft)

    async def versions(self, flow: str, *, limit: int, before: int | None = None) -> Sequence[Version]:
        """The newest first."""
        return await self._store.versions(flow, limit=limit, before=before)

    async def text(self, flow: str, number: int) -> str:
        """What a version says; raises `NoSuchVersion`."""
        text = await self._store.text(flow, number)
        if text is None:
            raise NoSuchVersion(f"{flow} has no version {number}")
        return text

    async def names(self) -> Mapping[StaffId, str]:
        """Everybody's name."""
        return await self._editors.names()

    async def save_draft(self, flow: str, text: str, *, revision: int, based_on: str, by: StaffId) -> Draft:
        """Saves what follows on this revision (0: there is none yet); raises `DraftChanged`."""
        draft = Draft(
            flow=flow,
            text=text,
            revision=revision + 1,
            based_on=based_on,
            staff=by,
            at=self._clock.now(),
        )
        return await self._store.save_draft(draft)

    async def drop_draft(self, flow: str, *, revision: int, by: StaffId) -> None:
        """Throws the draft away; raises `DraftChanged` where somebody wrote on."""
        await self._editors.note(by, "flow_draft_dropped", flow)
        await self._store.drop_draft(flow, revision)

    async def cases(self, flow: str) -> str:
        """The test cases beside the flow, as they are written; "" where there are none."""
        return await self._folder.cases(flow) or ""

    async def save_cases(self, flow: str, text: str, *, digest: str, by: StaffId) -> None:
        """Has these be the flow's test cases from now on, whether or not they hold.

        Raises `FlowHasErrors`, and `FlowCasesChanged` where they are not those that were seen.
        """
        if problems := load_cases(text, file=f"{flow}{SUFFIX}")[1]:
            raise FlowHasErrors(problems)
        async with self._publishing:
            await self._editors.note(by, "flow_cases_changed", flow)
            await self._folder.write_cases(flow, text, digest=digest)

    async def publish_draft(self, flow: str, *, revision: int, comment: str, by: StaffId) -> Version:
        """Has the draft count from the next call on.

        Raises `DraftChanged` where it is not the one that was seen, `FlowChanged` where something else is
        published than it was begun from, `FlowHasErrors`, `FlowCasesFail`, and `NothingToPublish`.
        """
        draft = await self._store.draft(flow)
        if draft is None or draft.revision != revision:
            raise DraftChanged(flow, draft)
        one = Publication(flow=flow, text=draft.text, origin="page", staff=by, comment=comment)
        return await self._publish(one, draft)

    async def publish(self, flow: str, text: str, *, comment: str, by: StaffId | None = None) -> Version:
        """Has a text count from the next call on; raises as above."""
        return await self._publish(
            Publication(flow=flow, text=text, origin="command", staff=by, comment=comment)
        )

    async def roll_back(self, flow: str, number: int, *, comment: str, by: StaffId | None = None) -> Version:
        """Has an older version count again, as a new one, whatever the test cases say.

        Raises as above, and `NoSuchVersion`.
        """
        said = f"{comment} (← {number})" if comment else f"← {number}"
        text = await self.text(flow, number)
        return await self._publish(
            Publication(flow=flow, text=text, origin="rollback", staff=by, comment=said)
        )

    async def _publish(self, one: Publication, draft: Draft | None = None) -> Version:
        async with self._publishing:
            now = await self._folder.text(one.flow)
            digest = digest_of(now) if now is not None else ""
            if draft is not None and digest != draft.based_on:
                raise FlowChanged(one.flow, now or "", digest)
            if problems := await self._folder.check(one.flow, one.text):
                raise FlowHasErrors(problems)
            await self._see_cases_hold(one)
            newest = await self._store.newest(one.flow)
            if now == one.text and newest is not None and newest.digest == digest:
                raise NothingToPublish(f"{one.flow} says this already")
            await self._editors.note(one.staff, _ACTIONS[one.origin], one.flow)
            # The version first: calls that go by it find it again, whatever happens from here on.
            number = await self._store.begin(one, self._clock.now())
            try:
                await self._folder.write(one.flow, one.text, instead_of=now)
            except HotlineError:
                await self._store.abandon(one.flow, number)
                raise
            await self._store.finish(one.flow, number, draft_revision=draft.revision if draft else None)
        await self._site.read()
        published = await self._store.newest(one.flow)
        assert published is not None
        return published

    async def _see_cases_hold(self, one: Publication) -> None:
        """What is brought back in an emergency is not asked: today's cases are written for today's text."""
        if one.origin == "rollback":
            return
        if failed := [case for case in await self._cases.run(one.flow, one.text) if case.has_failed]:
            raise FlowCasesFail(failed)


_ACTIONS: Mapping[Origin, str] = {
    "page": "flow_published",
    "command": "flow_published",
    "rollback": "flow_rolled_back",
}
