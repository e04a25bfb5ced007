"""Refusals of the web edge itself."""

from dataclasses import dataclass

from kernel.errors import Conflict, HotlineError, InvalidInput, NotFound, TryLater


class NotSignedIn(HotlineError):
    """No session, or one that has ended."""

    code = "not_signed_in"


class CrossSite(HotlineError):
    """A change was asked for by another site's page, or without the header that ours sends."""

    code = "cross_site"


class BodyTooLarge(HotlineError):
    """The request's body is larger than the limit."""

    code = "body_too_large"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldFault:
    """What is wrong with one field of a request."""

    field: str
    code: str
    message: str


class Malformed(HotlineError):
    """The request could not be read: not JSON, or values of the wrong kind."""

    code = "malformed"

    def __init__(self, message: str, fields: tuple[FieldFault, ...] = ()) -> None:
        super().__init__(message)
        self.fields = fields


class RingsElsewhere(Conflict):
    """The person's calls ring at another phone, as they chose; a page does not take them from there."""

    code = "rings_elsewhere"


class NoDeskPhone(NotFound):
    """The person has no desk phone."""

    code = "no_desk_phone"


class NoEncryption(InvalidInput):
    """Asterisk has no port here by which phones could be encrypted."""

    code = "no_encryption"


class UnknownFlow(NotFound):
    """Callers cannot be sent there: there is no such flow, or no such node in it."""

    code = "unknown_flow"


class UploadTooSlow(HotlineError):
    """The file that a browser sends took too long to arrive."""

    code = "upload_too_slow"


class TooManyUploads(TryLater):
    """As many files are being sent as may be at once."""

    code = "too_many_uploads"
