"""Refusals about workflows."""

from collections.abc import Mapping
from typing import Any

from kernel.errors import Conflict, Forbidden, InvalidInput, NotFound, SiteFileInvalid


class WorkflowFileInvalid(SiteFileInvalid):
    """A file of the folder `workflows` cannot be used."""

    code = "workflow_file_invalid"


class NoWorkflow(NotFound):
    """The ticket has no workflow; its state is changed by hand."""

    code = "no_workflow"


class NoSuchStep(InvalidInput):
    """No way leads there from where the ticket is."""

    code = "no_such_step"


class WrongEntry(InvalidInput):
    """What was filled in is not of the field's type, or there is no such field."""

    code = "wrong_entry"


class StepUnfinished(Conflict):
    """Something is missing before the ticket may go on; `details` say what."""

    code = "step_unfinished"

    def __init__(self, message: str, details: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.details = details


class WayClosed(Conflict):
    """The condition of this way does not hold."""

    code = "way_closed"


class NotYourStep(Forbidden):
    """Somebody else does this step."""

    code = "not_your_step"
