"""The site's workflows from their folder: as they say now, or said when they were last right."""

import asyncio
from functools import partial
from pathlib import Path

import structlog

from infra.last_good import LastGood
from infra.tasks import to_the_end
from kernel.errors import HotlineError
from tickets.workflow.errors import WorkflowFileInvalid
from tickets.workflow.file import Surroundings, load_workflow
from tickets.workflow.model import Workflow

log = structlog.get_logger(__name__)

WORKFLOWS_MAX = 200


def parse_workflow(text: str, key: str) -> Workflow:
    """Raises `WorkflowFileInvalid` with the first mistake."""
    file = f"{key}.yaml"
    workflow, problems = load_workflow(text, file=file, key=key, around=Surroundings())
    if workflow is None:
        first, *others = problems
        more = f" (and {len(others)} more: ./hotline ivr check)" if others else ""
        raise WorkflowFileInvalid(file, first.line, f"{first.message}{more}")
    return workflow


class WorkflowFolder:
    """Whoever needs the workflows in which new tickets begin asks here."""

    def __init__(self, folder: Path, *, kept: Path) -> None:
        """Copies of what was last right are `kept` in a folder of their own."""
        self._folder = folder
        self._kept = kept
        self._files: dict[str, LastGood[Workflow]] = {}
        self._good: dict[str, Workflow] = {}
        self._reading = asyncio.Lock()

    async def read(self) -> dict[str, Workflow]:
        """All that are right, by their names."""
        # One after the other: half of a folder would send tickets of a category the way of their type.
        async with self._reading:
            await to_the_end(self._read)
            return dict(self._good)

    def _read(self) -> None:
        found = {file.stem: file for file in sorted(self._folder.glob("*.yaml"))[:WORKFLOWS_MAX]}
        for key in self._files.keys() - found.keys():
            self._files.pop(key).forget()
            self._good.pop(key, None)
        for key, path in found.items():
            workflow = self._files[key].changed() if key in self._files else self._first(key, path)
            if workflow is not None:
                self._good[key] = workflow

    def _first(self, key: str, path: Path) -> Workflow | None:
        parse = partial(parse_workflow, key=key)
        file = self._files[key] = LastGood(path, kept=self._kept / path.name, parse=parse)
        try:
            return file.at_start()
        except HotlineError as error:
            log.error("the workflow is broken; no ticket begins in it", reason=str(error))  # noqa: TRY400 - its words say all
            return None
