"""Promises to call back, as customers' phones tell of them and as they are written down. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from drill.soak.accounts import HEARD_S, PROMISED, Story, Way

KEPT, ENDS_OF_WHO_CALLS_AGAIN = "kept", frozenset({"kept", "called_in", "not_reached"})
REACHED = frozenset({"served", "abandoned"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    """What the owner of a phone tells of the calls to it."""

    times: int = 0
    at_once: int = 0
    """So many of them at a time, at the worst."""
    answered: int = 0
    heard_agent_s: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What the installation wrote down, by the customer's number; `open` of what is not over."""

    promises: Mapping[str, Sequence[str]]
    """Their ends."""
    calls: Mapping[str, Sequence[str]]
    """The outcomes of the calls made for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promises:
    """Both sides, compared."""

    made: int
    ends: dict[str, int]
    calls: dict[str, int]
    problems: tuple[str, ...]


def compare_promises(stories: Sequence[Story], written: Written, phones: Mapping[str, Called]) -> Promises:
    """`phones`: what was called, by number; also those whom nobody promised a call."""
    promised = [story for story in stories if story.way in PROMISED and not story.trouble]
    strangers = set(written.promises) - {story.number for story in stories if story.way in PROMISED}
    problems = [
        f"{story.number} ({story.way}): {problem}"
        for story in promised
        for problem in _problems(story, written, phones.get(story.number, Called()))
    ]
    problems += [f"{number}: nobody says to have been promised a call" for number in sorted(strangers)]
    return Promises(
        made=sum(map(len, written.promises.values())),
        ends=dict(Counter(end for ends in written.promises.values() for end in ends)),
        calls=dict(Counter(outcome for outcomes in written.calls.values() for outcome in outcomes)),
        problems=tuple(problems),
    )


def _problems(story: Story, written: Written, phone: Called) -> list[str]:
    ends, calls = written.promises.get(story.number, ()), written.calls.get(story.number, ())
    if len(ends) != 1:
        return [f"{len(ends)} promises are written down"]
    is_kept = ends[0] == KEPT
    has_talked = phone.heard_agent_s >= HEARD_S
    checks = (
        (ends[0] == "open", "was never called back"),
        (phone.at_once > 1, f"{phone.at_once} calls at once"),
        (phone.answered > 1, f"answered {phone.answered} calls"),
        (phone.times > len(calls), f"called {phone.times} times, {len(calls)} calls are in the ledger"),
        ("open" in calls, "a call to the customer is never over"),
        (is_kept and not phone.answered, "the promise is kept, and the customer never answered"),
        (
            is_kept and sum(one in REACHED for one in calls) != 1,
            f"kept by calls that were: {', '.join(calls)}",
        ),
        (
            has_talked and "served" not in calls,
            f"heard an agent for {phone.heard_agent_s:.1f} s, the ledger says {', '.join(calls)}",
        ),
        (not is_kept and not _may_be(story, ends[0], phone), f"the promise is {ends[0]}"),
    )
    return [sentence for is_so, sentence in checks if is_so]


def _may_be(story: Story, end: str, phone: Called) -> bool:
    """Whether a promise that was not kept may have ended so."""
    if story.way is Way.CALLS_AGAIN:
        return end in ENDS_OF_WHO_CALLS_AGAIN
    return end == "open" or (end == "not_reached" and not phone.answered)
