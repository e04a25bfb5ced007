"""What a simulated call came to: what each side heard, and what the ledger says."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rig.matching import Hearing
from rig.tones import Heard, listen, tone_s
from server.simulated.sound import Ear

CUSTOMER_TONE_HZ = 440
AGENT_TONE_HZ = 1000
TONE_HEARD_S = 1.0
"""A side hears the other when its tone is there for this long altogether."""
SOUND_HEARD_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardPrompt:
    """A prompt that the customer heard, and when, counted from the answer."""

    prompt: str
    at_s: float
    same_words: tuple[str, ...] = ()
    """Other prompts that sound alike: it may have been one of these as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that `hotline call` tells."""

    to: str
    caller: str
    call_id: str | None
    was_answered: bool
    """Hotline took the call."""
    prompts: tuple[HeardPrompt, ...]
    heard_s: float
    """Sound of any kind at the customer's ear."""
    agent_tone_s: float
    """The simulated agent's tone at the customer's ear."""
    customer_tone_s: float | None
    """The customer's tone at the simulated agent's ear; nothing when no agent of ours answered."""
    agent_saw: str | None
    """Whom the desk of the simulated agent named while it rang; nothing for strangers."""
    answered_by: str | None
    waited_s: float | None
    """In line until an agent was there, or until the customer gave up; nothing for who was never in line."""
    talked_s: float | None
    outcome: str | None

    def holds(self, expected: str | None) -> bool:
        """Whether the call met what was asked of it, with sound both ways where there was an agent."""
        if expected is not None:
            return self.outcome == expected and self.heard_s >= SOUND_HEARD_S
        if self.customer_tone_s is None:
            return self.answered_by is not None and self.heard_s >= SOUND_HEARD_S
        both = min(self.customer_tone_s, self.agent_tone_s) >= TONE_HEARD_S
        return self.answered_by is not None and both

    def as_json(self, expected: str | None) -> dict[str, Any]:
        """The object that `--json` prints."""
        return asdict(self) | {"ok": self.holds(expected)}


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Both ends of the call."""

    customer: Ear
    agent: Ear | None
    """Nobody, when the agent is not ours."""
    agent_saw: str | None = None


def judge(
    to: str,
    caller: str,
    people: People,
    *,
    entry: Mapping[str, Any] | None,
    prompts: Mapping[Path, tuple[str, ...]],
) -> Report:
    """The report of a call that is over. `entry` is the call in the ledger."""
    told = entry or {}
    customer, agent = people.customer, people.agent
    return Report(
        to=to,
        caller=caller,
        call_id=told.get("call_id"),
        was_answered=customer.is_connected.is_set(),
        prompts=_prompts(customer, prompts),
        heard_s=round(sum(0.1 for window in _windows(customer) if not window.is_silent), 1),
        agent_tone_s=round(tone_s(_windows(customer), AGENT_TONE_HZ), 1),
        customer_tone_s=round(tone_s(_windows(agent), CUSTOMER_TONE_HZ), 1) if agent else None,
        agent_saw=people.agent_saw,
        answered_by=told.get("agent_name"),
        waited_s=told.get("waited_s"),
        talked_s=told.get("talked_s"),
        outcome=told.get("outcome"),
    )


def _windows(ear: Ear) -> list[Heard]:
    return listen(ear.heard, ear.heard[-1][0]) if ear.heard else []


def _prompts(ear: Ear, prompts: Mapping[Path, tuple[str, ...]]) -> tuple[HeardPrompt, ...]:
    if not ear.heard:
        return ()
    start, hearing = ear.heard[0][0], Hearing(ear.heard)
    found = [
        HeardPrompt(prompt=names[0], at_s=round(at - start, 1), same_words=names[1:])
        for path, names in prompts.items()
        for at in hearing.times(path)
    ]
    return tuple(sorted(found, key=lambda heard: heard.at_s))
