"""The site that is soaked: two queues, messages, and words instead of a person."""

from dataclasses import dataclass
from pathlib import Path

from bench.trial_site import files_around, make_site
from kernel.ids import QueueId

NUMBER = "4000"
CALLS_MAX = 1000
SALES, SERVICE = QueueId("sales"), QueueId("service")
QUEUE_KEYS = {"1": SALES, "2": SERVICE}
MESSAGE_KEY, WORDS_KEY, CALLBACK_KEY, YES_KEY = "3", "4", "5", "1"
MESSAGE_SILENCE_S, MESSAGE_MAX_S = 4, 60
SETTINGS = {
    "HOTLINE_SPEECH__SYNTHESIS__WORDS_PER_MINUTE": "300",
    # A caller whose agent's page was lost comes to somebody else before long.
    "HOTLINE_ACD__PARK_S": "6",
    # Hashes that are quick to make and to check: agents sign in again and again.
    "HOTLINE_STAFF__HASH_MEMORY_KIB": "64",
}


def _queue(zh: str, en: str) -> dict[str, object]:
    return {
        "name": {"zh": zh, "en": en},
        "offer_timeout_s": 8,
        "wrap_up_s": 1,
        "sticky": {"days": 1, "hold_s": 2},
        # Shorter than any agent's patience.
        "callback": {"attempts": 2, "retry_after_s": 5, "ring_s": 5},
    }


FILES = files_around(
    {
        "start": "welcome",
        "language": "zh",
        "nodes": {
            "welcome": {
                "type": "menu",
                "text": {"zh": "您好，人工服务请按1或2。", "en": "Hello."},
                "options": {**QUEUE_KEYS, MESSAGE_KEY: "message", WORDS_KEY: "words"}
                | {CALLBACK_KEY: "callback"},
                "timeout_s": 2,
                "tries": 10,
            },
            "message": {
                "type": "voicemail",
                "text": {"zh": "请留言。", "en": "Please leave a message."},
                "max_s": MESSAGE_MAX_S,
                "silence_s": MESSAGE_SILENCE_S,
            },
            "callback": {"type": "callback", "queue": SALES},
            "words": {"type": "hangup", "text": {"zh": "再见。", "en": "Goodbye."}},
        }
        | {queue: {"type": "queue", "queue": queue} for queue in QUEUE_KEYS.values()},
    },
    {SALES: _queue("售前", "Sales"), SERVICE: _queue("售后", "Service")},
    calls_max=CALLS_MAX,
) | {"calling.yaml": {"calling": {"ring_s": 6, "limits": {"per_hour": 10_000, "per_day": 100_000}}}}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIns:
    """Names and passwords of the people of the site."""

    agents: dict[str, str]
    supervisors: dict[str, str]


async def lay_out(data: Path, agents: int, supervisors: int) -> SignIns:
    """Writes the site into an installation that was not started yet."""
    names = [f"agent{number:03}" for number in range(1, agents + 1)]
    chiefs = [f"chief{number}" for number in range(1, supervisors + 1)]
    crew = {SALES: [*names[::2], *chiefs], SERVICE: names[1::2]}
    passwords = await make_site(data, FILES, crew, chiefs)
    return SignIns(
        agents={name: passwords[name] for name in names},
        supervisors={name: passwords[name] for name in chiefs},
    )
