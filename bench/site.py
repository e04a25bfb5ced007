"""The site that is measured: one number, one queue, no time after a call, and as many agents as asked for."""

import json
import secrets
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
QUEUE = QueueId("bench")
CALLS_MAX = 5000

FILES = {
    "numbers.yaml": {"timezone": "Asia/Shanghai", "numbers": {}, "default": {"flow": "bench"}},
    "calendars.yaml": {"calendars": {}},
    "queues.yaml": {
        "queues": {
            QUEUE: {
                "name": {"zh": "测量", "en": "Measurement"},
                "strategy": "longest_idle",
                "wrap_up_s": 0,
                "sticky": {"days": 0, "hold_s": 0},
            }
        }
    },
    "flows/bench.yaml": {
        "start": "wait",
        "language": "zh",
        "nodes": {"wait": {"type": "queue", "queue": QUEUE}},
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


async def lay_out(data: Path, agents: int) -> dict[str, str]:
    """Writes the site into an installation that was not started yet; the agents' sign-ins."""
    for name, content in FILES.items():
        path = data / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    url = f"sqlite:///{data / 'hotline.db'}"
    await migrate(url)
    database = Database(url)
    try:
        return await _employ(database, agents)
    finally:
        await database.close()


async def _employ(database: Database, agents: int) -> dict[str, str]:
    # Hashes that are quick to make and to check: signing in is not what is measured.
    staff = build_staff(database, SystemClock(), StaffSettings(hash_memory_kib=64))
    journal = AcdStore(database, AcdSettings())
    sign_ins = {f"agent{number:03}": secrets.token_urlsafe(12) for number in range(1, agents + 1)}
    try:
        for name, password in sign_ins.items():
            account = await staff.accounts.create(_profile(name), password, by=None)
            await journal.save_profile(AgentProfile(agent=AgentId(account.id), queues=(QUEUE,)))
    finally:
        staff.passwords.close()
    return sign_ins


def _profile(name: str) -> Profile:
    return Profile(
        name=name,
        display_name=name,
        number=name.removeprefix("agent"),
        language="zh",
        timezone="Asia/Shanghai",
        roles=frozenset({Role.AGENT}),
        is_active=True,
    )
