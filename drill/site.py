"""The site that is drilled: a menu within a menu, two queues, no time after a call, and many agents."""

from dataclasses import dataclass
from pathlib import Path

from bench.trial_site import files_around, make_site
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
                "options": {INNER_KEY: "inner", QUEUE_KEY: "person"},
                **_SEVERAL_TRIES,
            },
            "inner": {
                "type": "menu",
                "text": {"zh": INNER_TEXT, "en": _EN},
                "options": {QUEUE_KEY: "person"},
                **_SEVERAL_TRIES,
            },
            "person": {"type": "queue", "queue": SERVING},
        },
    },
    {SERVING: _queue("客服", "Service"), OTHER: _queue("其他", "Other")},
    calls_max=CALLS_MAX,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIns:
    """Names and passwords of the people of the site."""

    serving: dict[str, str]
    fallback: dict[str, str]


async def lay_out(data: Path, agents: int) -> SignIns:
    """Writes the site into an installation that was not started yet."""
    serving = [f"agent{number:03}" for number in range(1, agents + 1)]
    passwords = await make_site(data, FILES, {SERVING: serving, OTHER: ["fallback"]})
    return SignIns(fallback={"fallback": passwords.pop("fallback")}, serving=passwords)
