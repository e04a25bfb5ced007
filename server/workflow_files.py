"""Files of workflows on the command line: checked with what stands beside them, and drawn."""

from collections.abc import Mapping
from pathlib import Path

from ivr.check import text_of
from ivr.settings import IvrSettings
from ivr.site import known_calendars
from kernel.diagram import Drawing
from kernel.findings import Problem
from tickets.model import TicketType
from tickets.workflow.drawing import Language, draw, to_svg
from tickets.workflow.file import Surroundings, load_workflow
from tickets.workflow.model import Workflow

Drawn = tuple[Drawing, str]
Pairs = Mapping[tuple[TicketType, str], str]
FOLDER = "workflows"
"""In the site: each file is one workflow, of the file's name."""


def is_workflow(file: Path) -> bool:
    """Whether it lies where workflows do."""
    return file.absolute().parent.name == FOLDER


def check_workflow(file: Path, site: Path, settings: IvrSettings) -> list[Problem]:
    """All that is wrong with it. Raises `OSError` for what cannot be read."""
    workflow, problems = _loaded(file, site, settings)
    return problems if workflow is None else _taken(workflow, file, site, settings)


def drawn(file: Path, site: Path, language: Language, settings: IvrSettings) -> Drawn | list[Problem]:
    """The diagram with its picture, or all that is wrong. Raises `OSError` as above."""
    workflow, problems = _loaded(file, site, settings)
    if workflow is None:
        return problems
    drawing = draw(workflow, language)
    return drawing, to_svg(drawing, language)


def _loaded(file: Path, site: Path, settings: IvrSettings) -> tuple[Workflow | None, list[Problem]]:
    around = Surroundings(calendars=known_calendars(site))
    text = text_of(file, settings)
    if isinstance(text, Problem):
        return None, [text]
    return load_workflow(text, file=str(file), key=file.stem, around=around)


def _taken(workflow: Workflow, file: Path, site: Path, settings: IvrSettings) -> list[Problem]:
    """Tickets that begin in another file's workflow already; which of the two they took would be chance."""
    others = _pairs_beside(workflow, site / FOLDER, settings)
    found = []
    for type_, category in workflow.written.tickets.pairs():
        if (other := others.get((type_, category))) is not None:
            whose = f"{type_} of category {category!r}" if category else f"{type_} of any other category"
            message = f"{whose}: such tickets begin in {other}.yaml already; take them out of one of the two"
            found.append(Problem(file=str(file), line=1, code="duplicate_workflow", node="", message=message))
    return found


def _pairs_beside(workflow: Workflow, folder: Path, settings: IvrSettings) -> Pairs:
    found: dict[tuple[TicketType, str], str] = {}
    for file in sorted(folder.glob("*.yaml")):
        if file.stem == workflow.key:
            continue
        other, _ = _loaded(file, folder.parent, settings)
        found |= dict.fromkeys(other.written.tickets.pairs(), file.stem) if other else {}
    return found
