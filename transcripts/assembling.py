"""From words that were heard to what is shown. Pure."""

import math
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from telephony.recordings import Side
from transcripts.model import Gap, Segment, SideHeard, Word


@dataclass(frozen=True, slots=True)
class Talked:
    """A time in which a caller and an agent heard each other; the recording has all of them in a row."""

    since: datetime
    until: datetime


def conversations(talks: Iterable[Talked]) -> list[Talked]:
    """The same times, none over another: where two agents talk with a caller, there is one recording."""
    found: list[Talked] = []
    for talk in sorted(talks, key=lambda talk: talk.since):
        if found and talk.since <= found[-1].until:
            found[-1] = Talked(found[-1].since, max(found[-1].until, talk.until))
        else:
            found.append(talk)
    return found


def moment_of(position_s: float, talks: Sequence[Talked], begun_at: datetime) -> datetime:
    """When it was that is heard at this place of the recording; without talks, counted from `begun_at`."""
    left = timedelta(seconds=position_s)
    at = begun_at
    for talk in conversations(talks):
        if talk.since + left <= talk.until:
            return talk.since + left
        left -= talk.until - talk.since
        at = talk.until
    return at + left


def place_of(moment: datetime, talks: Sequence[Talked]) -> float:
    """Where in the recording it is heard, in seconds; of a moment in between, the end of what was before."""
    passed = timedelta(0)
    for talk in conversations(talks):
        if moment <= talk.since:
            break
        passed += min(moment, talk.until) - talk.since
    return passed.total_seconds()


def parted(words: Sequence[Word], longest_s: float) -> list[Sequence[Word]]:
    """A speech in parts that are no longer than this, cut where the speaker paused longest."""
    if len(words) < 2 or words[-1].end_s - words[0].start_s <= longest_s:
        return [words] if words else []
    pauses = [after.start_s - before.end_s for before, after in pairwise(words)]
    # Of equal pauses the one in the middle, so that no part is a single word.
    middle = len(words) / 2
    cut = max(range(1, len(words)), key=lambda at: (round(pauses[at - 1], 2), -abs(at - middle)))
    return [*parted(words[:cut], longest_s), *parted(words[cut:], longest_s)]


def by_conversation(words: Sequence[Word], talks: Sequence[Talked]) -> list[list[Word]]:
    """A speech in parts: what is said to the next agent, without a pause in the recording, is another."""
    ends = [place_of(talk.until, talks) for talk in conversations(talks)[:-1]]
    parts = [
        [word for word in words if since <= word.start_s < until]
        for since, until in pairwise((0.0, *ends, math.inf))
    ]
    return [part for part in parts if part]


def segments(
    side: Side,
    speeches: Iterable[Sequence[Word]],
    *,
    longest_s: float,
    written: Callable[[Sequence[str]], str],
    said_at: Callable[[float], datetime],
) -> list[Segment]:
    """What one side said; `written` makes words a text, `said_at` tells when it was."""
    return [
        Segment(
            side=side,
            start_s=part[0].start_s,
            end_s=part[-1].end_s,
            said_at=said_at(part[0].start_s),
            text=written([word.text for word in part]),
            words=tuple(part),
        )
        for speech in speeches
        for part in parted(speech, longest_s)
    ]


def in_order(found: Iterable[Segment]) -> tuple[Segment, ...]:
    """As it was said: who began first stands first."""
    return tuple(sorted(found, key=lambda segment: (segment.start_s, segment.side)))


def without(words: Iterable[Word], gaps: Sequence[Gap]) -> list[Word]:
    """The words outside the gaps. The sound there is silent already; nothing is kept of its edges either."""

    def is_in(gap: Gap, word: Word) -> bool:
        return word.start_s < gap.end_s and word.end_s > gap.start_s

    return [word for word in words if not any(is_in(gap, word) for gap in gaps)]


def heard(side: Side, language: str, engine: str, found: Sequence[Segment]) -> SideHeard:
    """How well a side was heard."""
    known = [word.confidence for segment in found for word in segment.words]
    confidence = sum(known) / len(known) if known else 0.0
    return SideHeard(side=side, language=language, engine=engine, confidence=round(confidence, 3))


def searchable(found: Sequence[Segment]) -> str:
    """The text in which words are searched: each segment on a line of its own."""
    return "\n".join(folded(segment.text) for segment in found)


def folded(text: str) -> str:
    """A text as it is compared: small letters, full width as half, no blanks but between Latin words."""
    known = "".join(each if each.isprintable() else " " for each in unicodedata.normalize("NFKC", text))
    small = known.casefold().split()
    joined = ""
    for part in small:
        joined += f" {part}" if joined and joined[-1].isascii() and part[0].isascii() else part
    return joined
