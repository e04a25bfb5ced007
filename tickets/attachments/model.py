"""A file that belongs to a ticket."""

from dataclasses import dataclass
from datetime import datetime

from kernel.ids import StaffId, TicketId

NAME_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAttachment:
    """A file that is on the disk already, and is to belong to a ticket."""

    ticket: TicketId
    key: str
    """Of one ticket: what is sent again by the same key is the same attachment."""
    file: str
    """What it is called on the disk; nothing of it comes from outside."""
    name: str
    """What its sender calls it."""
    kind: str
    """The media type that its content has, whatever its name says."""
    size_bytes: int
    at: datetime
    by: StaffId


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """It, as it is kept."""

    new: NewAttachment
    removed_at: datetime | None = None


def harmless_name(name: str) -> str:
    """What remains of a name without the folders that some browsers send; raises `ValueError` without any.

    A point in front would hide the file where it is saved, and a space or point in the end is cut by Windows.
    """
    plain = " ".join(name.replace("\\", "/").rpartition("/")[2].split()).strip(". ")
    if not plain:
        raise ValueError("a file needs a name")
    return plain[-NAME_CHARACTERS_MAX:]
