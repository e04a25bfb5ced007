"""Gathers what is known of the calls when all is over: what customers heard, what the ledger keeps."""

import sqlite3
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

from drill.called_back import CalledBack, Promised, Ring, read_promises
from drill.crew import Member
from drill.faults import Fault
from drill.judgement import BREATH_S, History, Together, spans_of
from drill.kept import Story
from drill.scene import CUSTOMER_TONE_HZ, Caught
from drill.states import CALLBACK
from drill.talks import Cast
from rig.matching import times_heard
from rig.tones import Heard, listen, longest_silence_s, tone_s

BEFORE_S = 0.2
"""So much of the sound before the fault belongs to the picture."""
TALKED_BEFORE_S = 1.0
"""So much of a talk before the fault: all is to be as it was."""
IN_STEP_DIGITS = 11
"""By so many last digits the ledger's spelling of a number is recognised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the installation wrote down."""

    outcomes: dict[str, tuple[str, ...]]
    """Of calls that came in, by the last digits of the caller's number."""
    outcomes_of_placed: dict[str, tuple[str, ...]]
    """Of calls to customers, by the last digits of their number."""
    offered: tuple[str, ...]
    """Calls in the order in which they were offered since the fault, each the first time."""


def read_books(data: Path, since_wall_s: float) -> Books:
    """From the installation's database."""
    since = datetime.fromtimestamp(since_wall_s, UTC).replace(tzinfo=None).isoformat(" ")
    with closing(sqlite3.connect(f"file:{data / 'hotline.db'}?mode=ro", uri=True)) as database:
        calls = database.execute("SELECT direction, caller_number, outcome FROM call").fetchall()
        offers = database.execute(
            "SELECT call FROM acd_offer WHERE offered_at >= ? ORDER BY offered_at, rowid", (since,)
        ).fetchall()
    return Books(
        outcomes=_by_number((number, outcome) for way, number, outcome in calls if way == "in"),
        outcomes_of_placed=_by_number((number, outcome) for way, number, outcome in calls if way == "out"),
        offered=tuple(dict.fromkeys(call for (call,) in offers)),
    )


def _by_number(calls: Iterable[tuple[str, str | None]]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for number, outcome in calls:
        short = number[-IN_STEP_DIGITS:]
        found[short] = (*found.get(short, ()), outcome or "open")
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Ear:
    """What to listen for."""

    fault: Fault
    restarted_at_s: float
    tones_hz: Sequence[int]
    menu_prompt: Path
    over_at_s: float
    stalled_s: float


def history_of(caught: Caught, ear: Ear, books: Books) -> History:
    """One call since the fault."""
    began_s = ear.fault.at_s - BEFORE_S
    heard = [packet for packet in caught.customer.end.heard if packet[0] >= began_s]
    until_s = caught.ended_at_s or ear.over_at_s
    # Silence counts from the fault itself, also when nothing ever came again.
    windows = listen([(began_s, b""), *heard], until_s)
    after_restart = [packet for packet in heard if packet[0] >= ear.restarted_at_s]
    return History(
        state=caught.state,
        number=caught.number,
        spans=spans_of(windows, ear.tones_hz, since_s=ear.fault.at_s, stalled_s=ear.stalled_s),
        longest_silence_s=longest_silence_s(windows),
        heard_node=bool(times_heard(after_restart, ear.menu_prompt)),
        ended_s=caught.ended_at_s - ear.fault.at_s if caught.ended_at_s else None,
        ended_in_order=caught.exit_code == 0,
        outcomes=books.outcomes.get(caught.number, ()),
    )


def history_of_talk(cast: Cast, ear: Ear, books: Books) -> History:
    """A call since the fault in which several people had a part."""
    history = history_of(cast.caught, ear, books)
    return replace(history, speakers_hz=cast.speakers_hz, together=_together(cast, ear))


def story_of(customer: Promised, back: CalledBack, ear: Ear, books: Books) -> Story:
    """What became of a promise since the fault."""
    alive = [ring for ring in customer.rings if not _is_dead(ring, ear)]
    windows = [_windows_of(ring) for ring in alive if ring.answered_at_s is not None]
    everything = list(chain.from_iterable(windows))
    spans = spans_of(everything, ear.tones_hz, since_s=ear.fault.at_s, stalled_s=ear.stalled_s)
    heard_hz = {span.tone_hz for span in spans}
    agents = [one for one in back.stage.crew.troupes[CALLBACK].agents if one.tone_hz in heard_hz]
    after = read_promises(back.stage.instance.data)
    return Story(
        number=customer.number,
        before=tuple(back.before.get(customer.number, ())),
        after=tuple(after.get(customer.number, ())),
        rings=tuple(_ring_since(ring, ear) for ring in customer.rings),
        spans=spans,
        waited_s=max((_waited_s(one, ear) for one in windows), default=0.0),
        heard_back_s=max((_heard_by(agent, customer.tone_hz) for agent in agents), default=0.0),
        longest_silence_s=max(map(longest_silence_s, windows), default=0.0),
        outcomes=books.outcomes.get(customer.number, ()),
        outcomes_of_calls=books.outcomes_of_placed.get(customer.number, ()),
    )


def _windows_of(ring: Ring) -> list[Heard]:
    """What was heard from the answer on, and not."""
    heard = ring.phone.end.heard if ring.phone.end is not None else []
    return listen([(ring.answered_at_s or 0.0, b""), *heard], ring.over_at_s or time.monotonic())


def _waited_s(windows: Sequence[Heard], ear: Ear) -> float:
    """From the answer on; to the end, if no agent ever spoke."""
    until = (one.at_s for one in windows if any(one.is_tone(hz) for hz in ear.tones_hz))
    return next(until, windows[-1].at_s) - windows[0].at_s if windows else 0.0


def _ring_since(ring: Ring, ear: Ear) -> tuple[float, float | None]:
    """With its switch a call dies, though nobody tells the customer."""
    began_s = ring.at_s - ear.fault.at_s
    over_s = ring.over_at_s - ear.fault.at_s if ring.over_at_s else None
    return began_s, 0.0 if _is_dead(ring, ear) else over_s


def _is_dead(ring: Ring, ear: Ear) -> bool:
    return ear.fault.kills_calls and ring.at_s < ear.fault.at_s


def _heard_by(member: Member, tone_hz: int) -> float:
    return sum(_heard_s(end.heard, tone_hz, 0.0) for end in member.phone.ends)


def _together(cast: Cast, ear: Ear) -> Together:
    began_s, went_on_s = ear.fault.at_s - TALKED_BEFORE_S, cast.went_on_at_s or ear.over_at_s
    return Together(
        apart={hearing.who: hearing.apart_s(began_s, went_on_s) for hearing in cast.hearings()},
        may_be_apart_s=BREATH_S + ear.stalled_s,
        kept_s=min(
            _heard_s(cast.caught.customer.end.heard, cast.keeper.tone_hz, went_on_s),
            _heard_s(cast.keeper.phone.ends[-1].heard, CUSTOMER_TONE_HZ, went_on_s),
        ),
        left_after_s=_last_heard_s(cast) - went_on_s,
        refusal=cast.refusal,
    )


def _heard_s(heard: Sequence[tuple[float, bytes]], tone_hz: int, since_s: float) -> float:
    since = [packet for packet in heard if packet[0] >= since_s]
    return tone_s(listen(since, since[-1][0]), tone_hz) if since else 0.0


def _last_heard_s(cast: Cast) -> float:
    leaver = cast.leaver
    return leaver.phone.ends[-1].heard[-1][0] if leaver is not None else 0.0
