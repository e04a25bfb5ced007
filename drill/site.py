"""The site that is drilled: a menu within a menu, two queues, no time after a call, and many agents."""

import json
import secrets
from dataclasses import dataclass
from pathlib import Path

from acd.model import AgentProfile
from acd.settings import AcdSettings
from acd.store import AcdStore
from infra.database import Database
from infra.migrations import migrate
from kernel.access import Role
from kernel.clock import SystemClock
from kernel.ids import AgentId, QueueId
from rig.instance import NETWORK_HOST
from staff.model import Profile
from staff.settings import StaffSettings
from staff.wiring import build_staff

NUMBER = "4000"
CALLS_MAX = 1000
INNER_KEY, QUEUE_KEY = "1", "2"
INNER_TEXT = "您在第二层菜单。这里介绍我们的产品和服务，请耐心收听。要和客服代表通话，请按2。"
VIP_BOOST_S = 300
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


FILES: dict[str, object] = {
    "numbers.yaml": {"timezone": "Asia/Shanghai", "numbers": {}, "default": {"flow": "drill"}},
    "calendars.yaml": {"calendars": {}},
    "queues.yaml": {"queues": {SERVING: _queue("客服", "Service"), OTHER: _queue("其他", "Other")}},
    "flows/drill.yaml": {
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
    "trunks.yaml": {
        "trunks": [
            {
                "name": "network",
                "host": NETWORK_HOST,
                "accept_from": [f"{NETWORK_HOST}/32"],
                "codecs": ["ulaw"],
                "channels": CALLS_MAX,
            }
        ]
    },
}
"""JSON is YAML too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignIns:
    """Names and passwords of the people of the site."""

    serving: dict[str, str]
    fallback: dict[str, str]


async def lay_out(data: Path, agents: int) -> SignIns:
    """Writes the site into an installation that was not started yet."""
    for name, content in FILES.items():
        path = data / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    url = f"sqlite:///{data / 'hotline.db'}"
    await migrate(url)
    database = Database(url)
    try:
        return SignIns(
            serving=await _employ(database, [f"agent{n:03}" for n in range(1, agents + 1)], SERVING),
            fallback=await _employ(database, ["fallback"], OTHER),
        )
    finally:
        await database.close()


async def _employ(database: Database, names: list[str], queue: QueueId) -> dict[str, str]:
    # Hashes that are quick to make and to check: signing in is not what is drilled.
    staff = build_staff(database, SystemClock(), StaffSettings(hash_memory_kib=64))
    journal = AcdStore(database, AcdSettings())
    sign_ins = {name: secrets.token_urlsafe(12) for name in names}
    try:
        for name, password in sign_ins.items():
            account = await staff.accounts.create(_profile(name), password, by=None)
            await journal.save_profile(AgentProfile(agent=AgentId(account.id), queues=(queue,)))
    finally:
        staff.passwords.close()
    return sign_ins


def _profile(name: str) -> Profile:
    return Profile(
        name=name,
        display_name=name,
        number="9" + "".join(letter for letter in name if letter.isdigit()),
        language="zh",
        timezone="Asia/Shanghai",
        roles=frozenset({Role.AGENT}),
    )
