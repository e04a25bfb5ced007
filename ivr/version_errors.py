"""Refusals of writing and publishing flows."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from ivr.cases import FlowCase
from ivr.version import Draft
from kernel.errors import Conflict, HotlineError, InvalidInput, NotFound
from kernel.findings import Problem


class NoSuchFlow(NotFound):
    """The site has no flow of this name."""

    code = "no_such_flow"


class NoSuchVersion(NotFound):
    """The flow has no version of this number, or it is too old to be kept."""

    code = "no_such_version"


class DraftChanged(Conflict):
    """Somebody else saved the draft, or threw it away: put the two texts together and save again."""

    code = "draft_changed"

    def __init__(self, flow: str, now: Draft | None) -> None:
        super().__init__(f"the draft of {flow} was changed by somebody else meanwhile")
        self.details = {
            "text": now.text if now is not None else None,
            "revision": now.revision if now is not None else 0,
        }


class FlowChanged(Conflict):
    """What is published is not what the draft was begun from: look at both, and save the draft again."""

    code = "flow_changed"

    def __init__(self, flow: str, text: str, digest: str) -> None:
        super().__init__(f"{flow} was changed since the draft was begun")
        self.details = {"text": text, "digest": digest}


class FlowHasErrors(InvalidInput):
    """The check finds errors; nothing is published."""

    code = "flow_has_errors"

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = "; ".join(f"line {one.line}: {one.message}" for one in problems[:1])
        super().__init__(f"the flow has {len(problems)} errors: {first}")
        self.problems = tuple(problems)
        self.details = {"problems": [asdict(one) for one in problems]}


class FlowCasesFail(InvalidInput):
    """Test cases do not hold with this text; nothing is published."""

    code = "flow_cases_fail"

    def __init__(self, failed: Sequence[FlowCase]) -> None:
        named = "; ".join(f"{one.flow}: {one.tried.case.name}" for one in failed[:1])
        super().__init__(f"{len(failed)} test cases fail: {named}")
        self.failed = tuple(failed)
        self.details = {"cases": self.told()}

    def told(self) -> list[dict[str, Any]]:
        """The cases, as pages get them."""
        return [one.told() for one in self.failed]


class FlowCasesChanged(Conflict):
    """Somebody else changed the test cases: put the two texts together and save again."""

    code = "flow_cases_changed"

    def __init__(self, flow: str, text: str, digest: str) -> None:
        super().__init__(f"the test cases of {flow} were changed by somebody else meanwhile")
        self.details = {"text": text, "digest": digest}


class NothingToPublish(Conflict):
    """It says already what is published."""

    code = "nothing_to_publish"


class FlowNotWritten(HotlineError):
    """The file of a flow cannot be read or written."""

    code = "flow_not_written"


class FieldNotSet(InvalidInput):
    """The value cannot be changed by a form: it is gone, or written as only a person can change it."""

    code = "field_not_set"
