"""What became of each call, judged from what its customer heard and what the ledger says. Pure."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from drill.states import MENU, TALKING
from rig.tones import WINDOW_S, Heard

AGENT_WITHIN_S = 90.0
SILENCE_MAX_S = 3.0
REACHED_AFTER_S = 1.0
"""So long an agent's tone must last to count as an agent; shorter ones are chance."""
STILL_TALKING_S = 0.3
BREATH_S = 0.3
"""A tone that is away for no longer goes on unchanged."""
LEFT_WITHIN_S = 2.0
"""So long somebody may hear something who has no part in the call any more."""
SERVED = "served"


@dataclass(frozen=True, slots=True)
class Span:
    """One agent, heard without a break; seconds since the fault."""

    tone_hz: int
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A call since the fault; times are seconds since then."""

    state: str
    number: str
    spans: tuple[Span, ...]
    longest_silence_s: float
    heard_node: bool
    """The prompt of the menu in which the call stood was heard once more after the restart."""
    ended_s: float | None
    ended_in_order: bool
    outcomes: tuple[str, ...]
    """As the ledger has them; None of a call that is still open is told as `open`."""
    speakers_hz: tuple[int, ...] = ()
    """Who may talk with the customer; nobody in particular: one of the agents, whoever."""
    together: "Together | None" = None
    """How it went with those who talked together when the fault came."""

    @property
    def agents(self) -> tuple[int, ...]:
        """The tones of those who talked with the customer, in order."""
        return tuple(dict.fromkeys(span.tone_hz for span in self.spans))


@dataclass(frozen=True, slots=True, kw_only=True)
class Together:
    """Several people, from the fault until somebody did the next thing, and then."""

    apart: dict[str, float]
    """The longest time in which each heard something else than they should, by who."""
    may_be_apart_s: float
    kept_s: float
    """How long the customer and who was to have them in the end heard each other."""
    left_after_s: float
    """How long who was to leave went on hearing something."""
    refusal: str
    """Why the next thing could not be done; "" if it could."""

    @property
    def mishaps(self) -> list[str]:
        """What should not have been."""
        parted = [
            f"{who} did not hear who was there for {apart_s:.1f} s"
            for who, apart_s in self.apart.items()
            if apart_s > self.may_be_apart_s
        ]
        checks = (
            (self.refusal != "", f"it could not go on: {self.refusal}"),
            (self.kept_s < REACHED_AFTER_S, f"who was to have the customer had them for {self.kept_s:.1f} s"),
            (self.left_after_s > LEFT_WITHIN_S, f"who left went on hearing for {self.left_after_s:.1f} s"),
        )
        return parted + [sentence for is_so, sentence in checks if is_so]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """All calls of one state."""

    state: str
    calls: int
    survived: int
    longest_silence_s: float
    last_agent_after_s: float | None
    """How long the last of them waited for an agent's voice."""
    longest_apart_s: float | None
    """How long, at the worst, one of several did not hear the others; None where one is alone."""
    outcomes: dict[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The drill's result, as far as calls go."""

    rows: tuple[Row, ...]
    lost: int
    doubled: int
    problems: tuple[str, ...]


def spans_of(
    windows: Sequence[Heard], tones_hz: Sequence[int], *, since_s: float, stalled_s: float = 0.0
) -> tuple[Span, ...]:
    """Who was heard from when to when; times in the windows are monotonic, `since_s` is their zero.

    `stalled_s`: for so long the rig itself may have been silent, on a machine with too much to do.
    """
    found: list[Span] = []
    for window in windows:
        tone = next((hz for hz in tones_hz if window.is_tone(hz)), None)
        at_s = window.at_s - since_s
        if tone is None or at_s + WINDOW_S <= 0:
            continue
        last = found[-1] if found else None
        if last is not None and last.tone_hz == tone and at_s - last.to_s <= BREATH_S + stalled_s:
            found[-1] = Span(tone, last.from_s, at_s + WINDOW_S)
        else:
            found.append(Span(tone, max(0.0, at_s), at_s + WINDOW_S))
    return tuple(found)


def judge(histories: Sequence[History], *, must_hear_node: bool) -> Judgement:
    """Rows by state, and a sentence for everything that should not have been."""
    problems = [
        f"{history.state} {history.number}: {problem}"
        for history in histories
        for problem in problems_of(history, must_hear_node=must_hear_node)
    ]
    by_state: dict[str, list[History]] = {}
    for history in histories:
        by_state.setdefault(history.state, []).append(history)
    return Judgement(
        rows=tuple(_row(state, found) for state, found in by_state.items()),
        lost=sum(not has_survived(history) for history in histories),
        doubled=sum(is_doubled(history) for history in histories),
        problems=tuple(problems),
    )


def has_survived(history: History) -> bool:
    """The customer came to an agent in time, and who talked together was not parted."""
    reached_s = _reached_s(history)
    if history.together is not None and history.together.mishaps:
        return False
    return reached_s is not None and reached_s <= AGENT_WITHIN_S


def is_doubled(history: History) -> bool:
    """Two agents talked with the customer, or the ledger has two ends."""
    return _heard_several(history) or len(history.outcomes) > 1


def problems_of(history: History, *, must_hear_node: bool) -> list[str]:
    """What should not have been."""
    checks = (
        (not has_survived(history), f"heard no agent within {AGENT_WITHIN_S:.0f} s: {history.spans}"),
        (_heard_several(history), f"heard several agents: {history.spans}"),
        (_was_disturbed(history), f"the conversation did not go on unchanged: {history.spans}"),
        (
            history.state == MENU and must_hear_node and not history.heard_node,
            "did not hear the menu again",
        ),
        (
            history.longest_silence_s > SILENCE_MAX_S,
            f"heard nothing for {history.longest_silence_s:.1f} s",
        ),
        (history.ended_s is None or history.ended_s > AGENT_WITHIN_S, "did not end in time"),
        (not history.ended_in_order, "did not end in good order"),
        (history.outcomes != (SERVED,), f"the ledger says {', '.join(history.outcomes) or 'nothing'}"),
    )
    mishaps = history.together.mishaps if history.together is not None else []
    return [sentence for holds, sentence in checks if holds] + mishaps


def order_problem(expected: Sequence[str], offered: Sequence[str]) -> str | None:
    """Whether waiting calls were taken in the order of their keys.

    `offered`: those that the new server offered, in order. Whoever is missing there was taken by the
    emergency queue before, and must have been in front.
    """
    taken_before = len(expected) - len(offered)
    if list(expected[taken_before:]) == list(offered):
        return None
    return f"waiting calls were offered as {_places(expected, offered)} of the order of keys"


def _places(expected: Sequence[str], offered: Sequence[str]) -> str:
    place = {call: number for number, call in enumerate(expected, start=1)}
    return ", ".join(str(place.get(call, "?")) for call in offered)


def _reached_s(history: History) -> float | None:
    if history.state == TALKING:
        return next((span.from_s for span in history.spans if span.from_s <= STILL_TALKING_S), None)
    return next((s.from_s for s in history.spans if s.to_s - s.from_s >= REACHED_AFTER_S), None)


def _heard_several(history: History) -> bool:
    if history.speakers_hz:
        return not set(history.agents) <= set(history.speakers_hz)
    return len(history.agents) > 1


def _was_disturbed(history: History) -> bool:
    return history.state == TALKING and len(history.spans) != 1


def _row(state: str, histories: Sequence[History]) -> Row:
    apart = [apart_s for one in histories if one.together for apart_s in one.together.apart.values()]
    reached = [at_s for history in histories if (at_s := _reached_s(history)) is not None]
    return Row(
        state=state,
        calls=len(histories),
        survived=sum(has_survived(history) for history in histories),
        longest_silence_s=round(max(history.longest_silence_s for history in histories), 1),
        last_agent_after_s=round(max(reached), 1) if reached else None,
        longest_apart_s=round(max(apart), 1) if apart else None,
        outcomes=dict(Counter(outcome for history in histories for outcome in history.outcomes)),
    )
