"""The site that is drilled: a menu within a menu, two queues, no time after a call, and many agents."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.trial_site import files_around, make_site
from drill.states import CALLBACK, CONSULTING, HELD, PAIRED, SUPERVISED, TALKS, THREE_WAY
from kernel.ids import QueueId

NUMBER = "4000"
CALLS_MAX = 1000
INNER_KEY, QUEUE_KEY = "1", "2"
INNER_TEXT = "您在第二层菜单。这里介绍我们的产品和服务，请耐心收听。要和客服代表通话，请按2。"
VIP_BOOST_S = 300
WORDS_PER_MINUTE = 300
"""As fast as prompts may be spoken: what they say is heard to its end, by callers who have other purposes."""
SETTINGS = {"HOTLINE_SPEECH__SYNTHESIS__WORDS_PER_MINUTE": str(WORDS_PER_MINUTE)}
SERVING, OTHER = QueueId("serving"), QueueId("other")
"""Callers wait in `serving`. Who serves only `other` is free when the fault comes: a fallback member."""
KEYS_OF_TALKS = {HELD: "3", CONSULTING: "4", THREE_WAY: "5", SUPERVISED: "6"}
CALLBACK_KEY, YES_KEY = "7", "1"
CALLBACK_RULES = {"attempts": 3, "retry_after_s": 300, "ring_s": 90}
"""Nobody gives up a phone that rings through the fault."""
"""Each of these states has a queue of its name, whose agents serve no other."""

_EN = "Please press 2 to talk to an agent."
_SEVERAL_TRIES = {"timeout_s": 1, "tries": 10}
"""A menu that goes on speaking, so that its callers are never left in silence by the menu itself."""


def _queue(zh: str, en: str) -> dict[str, object]:
    return {
        "name": {"zh": zh, "en": en},
        "offer_timeout_s": 120,
        "wrap_up_s": 0,
        "boosts": {"vip": VIP_BOOST_S},
        "sticky": {"days": 0, "hold_s": 0},
    }


FILES = files_around(
    {
        "start": "welcome",
        "language": "zh",
        "nodes": {
            "welcome": {
                "type": "menu",
                "text": {"zh": "您好，欢迎致电。了解产品请按1，人工服务请按2。", "en": _EN},
                "options": {INNER_KEY: "inner", QUEUE_KEY: "person"}
                | {key: state for state, key in KEYS_OF_TALKS.items()}
                | {CALLBACK_KEY: CALLBACK},
                **_SEVERAL_TRIES,
            },
            "inner": {
                "type": "menu",
                "text": {"zh": INNER_TEXT, "en": _EN},
                "options": {QUEUE_KEY: "person"},
                **_SEVERAL_TRIES,
            },
            "person": {"type": "queue", "queue": SERVING},
            CALLBACK: {"type": "callback", "queue": CALLBACK},
        }
        | {state: {"type": "queue", "queue": state} for state in TALKS},
    },
    {SERVING: _queue("客服", "Service"), OTHER: _queue("其他", "Other")}
    | {QueueId(state): _queue("交谈", "Talks") for state in TALKS}
    | {QueueId(CALLBACK): _queue("回拨", "Callbacks") | {"callback": CALLBACK_RULES}},
    calls_max=CALLS_MAX,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIns:
    """Names and passwords of the people of the site."""

    serving: dict[str, str]
    fallback: dict[str, str]
    talks: dict[str, dict[str, str]]
    """By the state of the calls that they are for: first the agents, then colleagues or supervisors."""

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self.serving) + len(self.fallback) + sum(map(len, self.talks.values()))


async def lay_out(data: Path, agents: int, *, talks: Sequence[str] = (), n_talks: int = 0) -> SignIns:
    """Writes the site into an installation that was not started yet."""
    serving = [f"agent{number:03}" for number in range(1, agents + 1)]
    troupes = {state: _names(state, n_talks) for state in talks}
    passwords = await make_site(
        data,
        FILES,
        {SERVING: serving, OTHER: ["fallback"]} | {QueueId(state): names for state, names in troupes.items()},
        supervisors=troupes.get(SUPERVISED, [])[n_talks:],
    )
    return SignIns(
        fallback={"fallback": passwords["fallback"]},
        serving={name: passwords[name] for name in serving},
        talks={state: {name: passwords[name] for name in names} for state, names in troupes.items()},
    )


def _names(state: str, n: int) -> list[str]:
    # Half of the customers who are called back wait until an agent is free of another.
    people = {CALLBACK: (n + 1) // 2}.get(state, n * (2 if state in PAIRED else 1))
    return [f"{state}{number:03}" for number in range(1, people + 1)]
