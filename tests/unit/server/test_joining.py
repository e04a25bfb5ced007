import asyncio
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from typing_extensions import override

from acd import model as acd
from acd.service import Routing
from customers.service import Customers
from infra.own_threads import Hanging, OwnThreads
from ivr.ports import QueueRequest
from kernel.clock import SystemClock
from kernel.errors import DatabaseUnavailable
from kernel.ids import AgentId, CallId, QueueId, SkillId
from server.joining import Directory, LeftMessages, LineQueueing
from staff import service as staff
from telephony.model import Arrival, LastTalk
from telephony.spool import Part
from telephony.spool_folder import SpoolFolder
from tickets.store import TicketStore

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)


@dataclass
class Queues:
    """Routing with three queues, each with its own look-back."""

    entered: list[acd.QueueRequest] = field(default_factory=list)

    def rules_of(self, queue: QueueId) -> acd.QueueRules | None:
        days = {"sales": 7, "complaints": 30, "off": 0}.get(queue)
        if days is None:
            return None
        return acd.QueueRules(id=queue, name_zh="", name_en="", sticky=acd.StickyRules(days=days))

    async def enter(self, request: acd.QueueRequest) -> None:
        self.entered.append(request)


@pytest.mark.parametrize(
    ("queue", "talked_ago", "is_remembered"),
    [
        ("sales", timedelta(days=6, hours=23), True),
        ("sales", timedelta(days=8), False),
        ("complaints", timedelta(days=8), True),
        ("complaints", timedelta(days=31), False),
        ("off", timedelta(0), False),
        ("gone", timedelta(0), False),
        ("sales", None, False),
    ],
)
async def test_each_queue_says_how_far_back_an_agent_is_remembered(
    queue: str, talked_ago: timedelta | None, *, is_remembered: bool
) -> None:
    queues = Queues()
    request = QueueRequest(
        arrival=Arrival(
            call=CallId("c"), at=NOW, caller_number="1", caller_name="", dialled="4008009000", trunk="t"
        ),
        queue=QueueId(queue),
        language="zh",
        needs=((SkillId("english"), 2),),
        last_talk=None if talked_ago is None else LastTalk(agent=AgentId(7), at=NOW - talked_ago),
    )
    await LineQueueing(routing=cast("Routing", queues)).enter(request)
    assert queues.entered[0].sticky_agent == (7 if is_remembered else None)
    assert queues.entered[0].needs == {"english": 2}


class Accounts:
    """People whom a database gives, unless it is away."""

    def __init__(self) -> None:
        self.is_away = True

    async def all(self) -> list[object]:
        if self.is_away:
            raise DatabaseUnavailable("away")
        person = SimpleNamespace(display_name="李静", number="1001")
        return [SimpleNamespace(id=1, profile=person)]


async def test_names_that_could_not_be_read_are_asked_for_again() -> None:
    accounts = Accounts()
    directory = Directory(
        cast("staff.Accounts", accounts), cast("Routing", Queues()), SystemClock(), cast("Customers", None)
    )
    with pytest.raises(DatabaseUnavailable):
        await directory.colleagues()
    accounts.is_away = False
    assert (await directory.colleagues())[AgentId(1)].name == "李静"


async def test_the_ledger_does_not_wait_for_a_spool_that_hangs(tmp_path: Path) -> None:
    disk_is_back = threading.Event()

    class HangingSpool(SpoolFolder):
        @override
        def parts(self) -> list[Part]:
            disk_is_back.wait(10)
            return super().parts()

    threads = OwnThreads("spool", threads=1, work_max_s=0.05)
    messages = LeftMessages(
        spool=HangingSpool(tmp_path, min_s=1.0), threads=threads, store=cast("TicketStore", None)
    )
    async with asyncio.timeout(5):
        for _ in range(3):
            with pytest.raises(Hanging):
                await messages.waits(CallId("h-1.1"))
    disk_is_back.set()
