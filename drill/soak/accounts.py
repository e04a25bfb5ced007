"""What became of every call, by its caller and by the ledger; and what is left. Pure."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

HEARD_S = 0.5
"""An agent who was heard for so long has talked with the caller, whatever else is said."""
SHOWN_MAX = 20


class Way(StrEnum):
    """What callers do."""

    LEAVES_MENU = "leaves_menu"
    HEARS_WORDS = "hears_words"
    LEAVES_MESSAGE = "leaves_message"
    LEAVES_QUEUE = "leaves_queue"
    TALKS = "talks"
    """Until the agent hangs up."""
    TALKS_AND_LEAVES = "talks_and_leaves"
    IS_CALLED_BACK = "is_called_back"
    CALLS_AGAIN = "calls_again"
    """Was promised a call, and has no patience."""


OUTCOMES: Mapping[Way, Sequence[frozenset[str]]] = {
    Way.LEAVES_MENU: (frozenset({"abandoned"}),),
    Way.HEARS_WORDS: (frozenset({"self_served"}),),
    Way.LEAVES_MESSAGE: (frozenset({"voicemail"}),),
    # An agent may have been quicker than the caller's patience, and so near its end that nothing was heard.
    Way.LEAVES_QUEUE: (frozenset({"abandoned", "served"}),),
    Way.TALKS: (frozenset({"served"}),),
    Way.TALKS_AND_LEAVES: (frozenset({"served"}),),
    Way.IS_CALLED_BACK: (frozenset({"callback"}),),
    Way.CALLS_AGAIN: (frozenset({"callback"}), frozenset({"served"})),
}
"""Of each call that such a caller makes."""


PROMISED = frozenset({Way.IS_CALLED_BACK, Way.CALLS_AGAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A call as its caller tells it."""

    number: str
    way: Way
    heard_agent_s: float
    trouble: str = ""
    """Why it went otherwise than meant; "" if it did not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Both sides, compared."""

    placed: int
    in_ledger: int
    outcomes: dict[str, int]
    ways: dict[str, int]
    open: int
    problems: tuple[str, ...]
    """One sentence for each call that is not accounted for."""


def compare(stories: Sequence[Story], ledger: Mapping[str, Sequence[str]]) -> Accounts:
    """`ledger`: outcomes by caller's number, the oldest call first."""
    outcomes = Counter(outcome for found in ledger.values() for outcome in found)
    strangers = set(ledger) - {story.number for story in stories}
    problems = [problem for story in stories if (problem := _problem(story, ledger.get(story.number, ())))]
    problems += [f"{number}: nobody says to have called" for number in sorted(strangers)]
    return Accounts(
        placed=sum(len(OUTCOMES[story.way]) for story in stories),
        in_ledger=outcomes.total(),
        outcomes=dict(outcomes),
        ways=dict(Counter(story.way.value for story in stories)),
        open=outcomes["open"],
        problems=tuple(problems),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnCalls:
    """What agents placed, and what the ledger says of it."""

    placed: int
    outcomes: dict[str, int]
    problems: tuple[str, ...]


def compare_own(placed: Sequence[str], ledger: Mapping[str, str]) -> OwnCalls:
    """Every call that the server took the order for stands in the ledger, and has ended."""
    missing = [f"{call}: placed by an agent, and not in the ledger" for call in placed if call not in ledger]
    still = [f"{call}: placed by an agent, and never over" for call, told in ledger.items() if told == "open"]
    return OwnCalls(placed=len(placed), outcomes=dict(Counter(ledger.values())), problems=(*missing, *still))


def _problem(story: Story, found: Sequence[str]) -> str | None:
    said = f"{story.number} ({story.way}): "
    if story.trouble:
        return said + story.trouble
    meant = OUTCOMES[story.way]
    if len(found) != len(meant):
        return f"{said}{len(found)} calls in the ledger"
    if any(outcome not in outcomes for outcome, outcomes in zip(found, meant, strict=True)):
        return f"{said}the ledger says {', '.join(found)}"
    if story.heard_agent_s >= HEARD_S and found[-1] != "served":
        return f"{said}heard an agent for {story.heard_agent_s:.1f} s, the ledger says {found[-1]}"
    return None


def at_most(problems: Sequence[str]) -> list[str]:
    """The first of many, and how many there are."""
    more = [f"… and {len(problems) - SHOWN_MAX} more"] if len(problems) > SHOWN_MAX else []
    return [*problems[:SHOWN_MAX], *more]
