"""Refusals about tickets."""

from collections.abc import Mapping
from typing import Any

from kernel.errors import Conflict, InvalidInput, NotFound, SiteFileInvalid


class StaleVersion(Conflict):
    """Someone else changed the ticket meanwhile; load it again and repeat the change."""

    code = "stale_version"

    def __init__(self, message: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message)
        self.details = details


class TransitionRefused(Conflict):
    """A ticket in this state cannot go to that state."""

    code = "transition_refused"


class StepDecides(Conflict):
    """The ticket's state follows from its workflow; take a step instead."""

    code = "step_decides"


class OwnerMissing(InvalidInput):
    """A ticket that waits to be accepted needs to know by whom."""

    code = "owner_missing"


class NoSurveys(Conflict):
    """This site sends no surveys."""

    code = "no_surveys"


class UnknownPerson(InvalidInput):
    """There is no such customer, or no such member of staff."""

    code = "unknown_person"


class UnknownCall(InvalidInput):
    """There is no such call, to which a ticket could belong, or it is not theirs to see."""

    code = "unknown_call"


class NoVoicemail(NotFound):
    """The ticket has no message."""

    code = "no_voicemail"


class ReadingFileInvalid(SiteFileInvalid):
    """`reading.yaml` cannot be used."""

    code = "reading_file_invalid"


class DeadlinesFileInvalid(SiteFileInvalid):
    """`deadlines.yaml` cannot be used."""

    code = "deadlines_file_invalid"


class LookedMeanwhile(Conflict):
    """Another server has written the ticket's deadlines meanwhile; look again."""

    code = "looked_meanwhile"


class TooManyAttachments(Conflict):
    """The ticket has as many files as it may have."""

    code = "too_many_attachments"


class NoRoomForAttachment(Conflict):
    """The disk is so full that no file is taken; calls are recorded on it, too."""

    code = "no_room_for_attachment"
