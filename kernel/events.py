"""The base of published events."""

from dataclasses import dataclass
from datetime import datetime

from kernel.value import made_often


@made_often
@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A past fact that other parts may react to; `at` is aware UTC."""

    at: datetime
