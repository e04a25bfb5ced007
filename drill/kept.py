"""Whether promises to call back were kept, judged from customers' phones, and what is written down. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drill.judgement import AGENT_WITHIN_S, REACHED_AFTER_S, SILENCE_MAX_S, Row, Span
from drill.states import CALLBACK

THERE_WITHIN_S = 3.0
"""An agent has accepted before the customer is called, and is there when they answer."""
KEPT, PROMISED, SERVED = "kept", "callback", "served"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A promise as it is written down."""

    call: str
    """By which the customer is called next."""
    key: tuple[int, int, int]
    """The place."""
    end: str
    """`open` of one that is still to be kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A customer who was promised a call; times are seconds since the fault."""

    number: str
    before: tuple[Entry, ...]
    """What was written down when the fault came."""
    after: tuple[Entry, ...]
    rings: tuple[tuple[float, float | None], ...]
    """When each call to the customer began, and was over."""
    spans: tuple[Span, ...]
    """The agents whom the customer heard."""
    waited_s: float
    """How long a customer who had answered waited for an agent's voice, at the worst."""
    heard_back_s: float
    """How long an agent whom they heard heard them."""
    longest_silence_s: float
    outcomes: tuple[str, ...]
    """Of the call in which it was promised."""
    outcomes_of_calls: tuple[str, ...]
    """Of the calls made for it."""

    @property
    def was_ringing(self) -> bool:
        """The customer's phone rang when the fault came."""
        return any(began_s < 0 for began_s, _ in self.rings)

    @property
    def at_once(self) -> int:
        """How many calls the customer had at a time, at the worst."""
        return max(
            (sum(_goes_on(one, began_s) for one in self.rings) for began_s, _ in self.rings), default=0
        )

    @property
    def agents(self) -> tuple[int, ...]:
        """The tones of those who talked with the customer, in order."""
        return tuple(dict.fromkeys(span.tone_hz for span in self.spans))

    @property
    def reached_s(self) -> float | None:
        """When an agent was there."""
        return next((s.from_s for s in self.spans if s.to_s - s.from_s >= REACHED_AFTER_S), None)

    @property
    def was_kept(self) -> bool:
        """An agent talked with the customer in time, and both heard each other."""
        is_in_time = self.reached_s is not None and self.reached_s <= AGENT_WITHIN_S
        return is_in_time and self.heard_back_s >= REACHED_AFTER_S

    @property
    def is_doubled(self) -> bool:
        """Called twice at a time, or by two agents, or written down twice."""
        return self.at_once > 1 or len(self.agents) > 1 or max(len(self.after), len(self.outcomes)) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The drill's result, as far as promises go."""

    rows: tuple[Row, ...]
    lost: int
    doubled: int
    problems: tuple[str, ...]


def judge_promises(stories: Sequence[Story], offered: Sequence[str], *, calls_die: bool) -> Kept:
    """`offered`: calls in the order in which agents were asked for them since the fault.

    `calls_die`: calls that were made when the fault came are over with it, and made anew.
    """
    problems = [
        f"{CALLBACK} {story.number}: {problem}"
        for story in stories
        for problem in _problems(story, calls_die=calls_die)
    ]
    waited = {entry.call: entry.key for story in stories if not story.was_ringing for entry in story.before}
    turns = [call for call in offered if call in waited]
    if turns != sorted(waited, key=waited.__getitem__):
        problems.append(f"promises were offered as {_places(waited, turns)} of the order of keys")
    return Kept(
        rows=(_row(stories),) if stories else (),
        lost=sum(not story.was_kept for story in stories),
        doubled=sum(story.is_doubled for story in stories),
        problems=tuple(problems),
    )


def _problems(story: Story, *, calls_die: bool) -> list[str]:
    keys = {entry.key for entry in (*story.before, *story.after)}
    ends = tuple(entry.end for entry in story.after)
    is_made_anew = calls_die and story.was_ringing
    told = sorted(story.outcomes_of_calls)
    checks = (
        (len(story.before) != 1, f"{len(story.before)} promises were written down"),
        (ends != (KEPT,), f"the promise is {', '.join(ends) or 'gone'}"),
        (len(keys) > 1, "the place is another than before"),
        (len(story.rings) != 1 + is_made_anew, f"called {len(story.rings)} times"),
        (story.at_once > 1, f"{story.at_once} calls at once"),
        (
            not story.was_kept,
            f"heard {story.spans}, and was heard for {story.heard_back_s:.1f} s",
        ),
        (len(story.agents) > 1, f"heard several agents: {story.spans}"),
        (story.waited_s > THERE_WITHIN_S, f"answered, and waited for an agent for {story.waited_s:.1f} s"),
        (story.longest_silence_s > SILENCE_MAX_S, f"heard nothing for {story.longest_silence_s:.1f} s"),
        (story.outcomes != (PROMISED,), f"the ledger says {', '.join(story.outcomes) or 'nothing'}"),
        (
            told.count(SERVED) != 1 or len(told) != len(story.rings) or "open" in told,
            f"the ledger says of the calls made: {', '.join(told) or 'nothing'}",
        ),
    )
    return [sentence for is_so, sentence in checks if is_so]


def _goes_on(call: tuple[float, float | None], at_s: float) -> bool:
    began_s, over_s = call
    return began_s <= at_s and (over_s is None or over_s > at_s)


def _places(keys: Mapping[str, tuple[int, int, int]], turns: Sequence[str]) -> str:
    place = {call: number for number, call in enumerate(sorted(keys, key=keys.__getitem__), start=1)}
    return ", ".join(str(place[call]) for call in turns) or "none"


def _row(stories: Sequence[Story]) -> Row:
    reached = [story.reached_s for story in stories if story.reached_s is not None]
    outcomes = (outcome for one in stories for outcome in (*one.outcomes, *one.outcomes_of_calls))
    return Row(
        state=CALLBACK,
        calls=len(stories),
        survived=sum(story.was_kept and not story.is_doubled for story in stories),
        longest_silence_s=round(max(story.longest_silence_s for story in stories), 1),
        last_agent_after_s=round(max(reached), 1) if reached else None,
        longest_apart_s=None,
        outcomes=dict(Counter(outcomes)),
    )
