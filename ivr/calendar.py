"""The site's calendars, and the time of day that callers are told."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from pydantic import Field

from ivr.names import Name
from ivr.words import Part
from kernel.calendar import Calendar


class Calendars(Part):
    """The site's calendars, by name."""

    calendars: dict[Name, Calendar] = Field(default_factory=dict)

    def closed_at(self, now: datetime) -> frozenset[str]:
        """The names of those by which nobody works at this moment."""
        return frozenset(name for name, calendar in self.calendars.items() if not calendar.is_open(now))


def local_moment(now: datetime, timezone: str) -> tuple[date, time]:
    """The date and the time of day where the company is."""
    local = now.astimezone(ZoneInfo(timezone))
    return local.date(), local.time()
