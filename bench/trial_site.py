"""A site to be measured or drilled: its files, its one outside line, and who works there."""

import json
import secrets
from collections.abc import Collection, Iterable, Mapping
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


def files_around(
    flow: Mapping[str, object], queues: Mapping[QueueId, object], *, calls_max: int
) -> dict[str, object]:
    """The files of a site where every call enters this flow."""
    network = {
        "name": "network",
        "host": NETWORK_HOST,
        "accept_from": [f"{NETWORK_HOST}/32"],
        "codecs": ["ulaw"],
        "channels": calls_max,
    }
    return {
        "numbers.yaml": {"timezone": "Asia/Shanghai", "numbers": {}, "default": {"flow": "trial"}},
        "calendars.yaml": {"calendars": {}},
        "queues.yaml": {"queues": queues},
        "flows/trial.yaml": flow,
        "trunks.yaml": {"trunks": [network]},
    }


async def make_site(
    data: Path,
    files: Mapping[str, object],
    crew: Mapping[QueueId, Iterable[str]],
    supervisors: Collection[str] = (),
) -> dict[str, str]:
    """Makes an installation that was not started yet into this site; the passwords of the crew.

    `supervisors`: those of the crew who are that as well.
    """
    for name, content in files.items():
        path = data / "site" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        # JSON is YAML too.
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    url = f"sqlite:///{data / 'hotline.db'}"
    await migrate(url)
    database = Database(url)
    try:
        queue_of = {name: queue for queue, names in crew.items() for name in names}
        return await _employ(database, queue_of, supervisors)
    finally:
        await database.close()


async def _employ(
    database: Database, crew: Mapping[str, QueueId], supervisors: Collection[str]
) -> dict[str, str]:
    # Hashes that are quick to make and to check: signing in is not what is measured.
    staff = build_staff(database, SystemClock(), StaffSettings(hash_memory_kib=64))
    journal = AcdStore(database, AcdSettings())
    sign_ins = {name: secrets.token_urlsafe(12) for name in crew}
    try:
        for number, (name, password) in enumerate(sign_ins.items(), start=9001):
            profile = _profile(name, str(number), is_supervisor=name in supervisors)
            account = await staff.accounts.create(profile, password, by=None)
            await journal.save_profile(AgentProfile(agent=AgentId(account.id), queues=(crew[name],)))
    finally:
        staff.passwords.close()
    return sign_ins


def _profile(name: str, number: str, *, is_supervisor: bool) -> Profile:
    return Profile(
        name=name,
        display_name=name,
        number=number,
        language="zh",
        timezone="Asia/Shanghai",
        roles=frozenset({Role.AGENT, *([Role.SUPERVISOR] if is_supervisor else [])}),
    )
