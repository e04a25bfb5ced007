"""Business time: how much of it passes between two moments, and when an amount of it has passed. Pure.

It runs while the calendar is open by the clock on the wall there. When clocks are put back, an hour that
comes twice counts twice; when they are put forward, the one that never comes counts nothing: what is
counted is time that somebody could work in. Moments are aware; what is returned is UTC.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from kernel.calendar import Calendar

LOOKED_AHEAD_DAYS = 1_500
"""A calendar under which an amount is not worked off by then never gets there."""
PIECES_KEPT_MAX = 8_192
_DAY = timedelta(days=1)
_NEVER = datetime.max.replace(tzinfo=UTC)
_SAMPLED_EVERY = timedelta(hours=4)
"""No place changes its clocks twice within this."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which nothing is counted; without `until` it still lasts."""

    since: datetime
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """A time of one offset; naive UTC, as all in the functions below that count."""

    since: datetime
    until: datetime
    offset: timedelta


_Span = tuple[datetime, datetime]


def due(
    start: datetime, amount: timedelta, calendar: Calendar, pauses: Iterable[Pause] = ()
) -> datetime | None:
    """The first moment by which so much business time has passed since the start.

    None while that cannot be said: a pause lasts that began before it, or the calendar stays closed.
    """
    left = amount
    if left <= timedelta(0):
        return start.astimezone(UTC)
    pauses = tuple(pauses)
    lasting = (_plain(pause.since) for pause in pauses if pause.until is None)
    last = min((_plain(start) + LOOKED_AHEAD_DAYS * _DAY, *lasting))
    for opens, closes in _running(_plain(start), last, calendar, pauses):
        if closes - opens >= left:
            return (opens + left).replace(tzinfo=UTC)
        left -= closes - opens
    return None


def spent(start: datetime, until: datetime, calendar: Calendar, pauses: Iterable[Pause] = ()) -> timedelta:
    """How much business time passes between two moments; nothing when the second is not later."""
    spans = _running(_plain(start), _plain(until), calendar, pauses)
    return sum((closes - opens for opens, closes in spans), timedelta(0))


def _plain(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _running(
    since: datetime, until: datetime, calendar: Calendar, pauses: Iterable[Pause]
) -> Iterator[_Span]:
    """The spans in which time is counted."""
    stops = _stops(pauses)
    day = since.date()
    while datetime.combine(day, time.min) < until:
        for span in _open_on(calendar, day):
            yield from _between(span, since, until, stops)
        day += _DAY


def _stops(pauses: Iterable[Pause]) -> Sequence[_Span]:
    plain = ((_plain(pause.since), _plain(pause.until or _NEVER)) for pause in pauses)
    return _merged(span for span in plain if span[0] < span[1])


def _between(span: _Span, since: datetime, until: datetime, stops: Sequence[_Span]) -> Iterator[_Span]:
    """What is left of a span within bounds and without the pauses."""
    opens, closes = max(span[0], since), min(span[1], until)
    for begins, ends in stops:
        if ends <= opens:
            continue
        if begins >= closes:
            break
        if begins > opens:
            yield opens, begins
        opens = ends
    if opens < closes:
        yield opens, closes


def _open_on(calendar: Calendar, day: date) -> Sequence[_Span]:
    """When the calendar is open on one day of UTC, which is part of two days at most places."""
    found = []
    for piece in _pieces(calendar.timezone, day):
        since, until = piece.since + piece.offset, piece.until + piece.offset
        for local in _days(since, until):
            midnight = datetime.combine(local, time.min)
            for span in calendar.hours_on(local):
                opens = max(midnight + timedelta(minutes=span.since), since)
                closes = min(midnight + timedelta(minutes=span.until), until)
                if opens < closes:
                    found.append((opens - piece.offset, closes - piece.offset))
    return _merged(found)


def _days(since: datetime, until: datetime) -> Iterator[date]:
    day = since.date()
    while datetime.combine(day, time.min) < until:
        yield day
        day += _DAY


def _merged(spans: Iterable[_Span]) -> list[_Span]:
    """In order, those that overlap or touch as one."""
    merged: list[_Span] = []
    for since, until in sorted(spans):
        if merged and since <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
        else:
            merged.append((since, until))
    return merged


@lru_cache(maxsize=PIECES_KEPT_MAX)
def _pieces(timezone: str, day: date) -> Sequence[_Piece]:
    """A day of UTC, divided where the place puts its clocks forward or back."""
    zone = ZoneInfo(timezone)
    begins = since = datetime.combine(day, time.min)
    pieces: list[_Piece] = []
    while since < begins + _DAY:
        until = since + _SAMPLED_EVERY
        offset = _offset(zone, since)
        if _offset(zone, until - timedelta(seconds=1)) != offset:
            until = _changes_at(zone, since, until)
        if pieces and pieces[-1].offset == offset:
            pieces[-1] = _Piece(pieces[-1].since, until, offset)
        else:
            pieces.append(_Piece(since, until, offset))
        since = until
    last = pieces[-1]
    return (*pieces[:-1], _Piece(last.since, min(last.until, begins + _DAY), last.offset))


def _changes_at(zone: ZoneInfo, since: datetime, until: datetime) -> datetime:
    """The second at which the offset becomes another one."""
    before, low, high = _offset(zone, since), since, until
    while high - low > timedelta(seconds=1):
        middle = (low + (high - low) / 2).replace(microsecond=0)
        low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
    return high


def _offset(zone: ZoneInfo, moment: datetime) -> timedelta:
    offset = moment.replace(tzinfo=UTC).astimezone(zone).utcoffset()
    assert offset is not None
    return offset
