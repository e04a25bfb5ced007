"""The root of Hotline's own errors."""

from collections.abc import Mapping
from typing import Any, ClassVar


class HotlineError(Exception):
    """Something was refused or failed, in a way a person can act on.

    One class per refusal. `code` is stable and part of the API; the message says what to do.
    """

    code: ClassVar[str] = "error"
    details: Mapping[str, Any] | None = None
    """What a program needs to go on from here, such as the text that somebody else saved."""


class NotFound(HotlineError):
    """What was asked for does not exist, or is not visible to who asks."""

    code = "not_found"


class Conflict(HotlineError):
    """Someone else changed this meanwhile, or the state does not allow it."""

    code = "conflict"


class Forbidden(HotlineError):
    """The right to do this is missing."""

    code = "forbidden"


class InvalidInput(HotlineError):
    """The input cannot be accepted as it is."""

    code = "invalid_input"
    field = ""
    """Which field of the input it is, where one alone is refused."""


class SiteFileInvalid(InvalidInput):
    """A file of the site cannot be used; the message names file, line and what to change."""

    def __init__(self, file: str, line: int, what: str, *, is_yaml: bool = True) -> None:
        super().__init__(f"{file}:{line}: {what}")
        self.line = line
        self.what = what
        self.is_yaml = is_yaml


class WrongExpression(HotlineError):
    """An expression of a site file cannot be read, or puts together what does not fit."""

    code = "bad_expression"


class TryLater(HotlineError):
    """Refused for now only: after a known time the same may be tried again."""

    code = "try_later"

    def __init__(self, message: str, *, after_s: int) -> None:
        super().__init__(message)
        self.after_s = after_s


class DatabaseUnavailable(HotlineError):
    """The database cannot be reached or answers too late. Check `database.url` and its server."""

    code = "database_unavailable"
