"""A server that does nothing but keep deadlines, to be killed.

Run as `python -m tests.db.deadline_server URL EPOCH`. Its minutes pass in less than a second, counted from
EPOCH, which all processes share.
"""

import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from infra.database import Database
from infra.jobs import Jobs
from infra.settings import JobLimits
from infra.tasks import Tasks
from tests.db.deadline_parts import Server
from tests.db.ticket_parts import Clock, Site

FASTER = 100
LIMITS = JobLimits(at_once=2, poll_s=0.05, lease_s=120, retry_first_s=30, retry_last_s=60, attempts_max=1_000)
"""In the fast clock's seconds where the clock is asked."""


class FastClock(Clock):
    def __init__(self, epoch: float) -> None:
        super().__init__()
        self._epoch = epoch

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._epoch + (time.time() - self._epoch) * FASTER, UTC)


def server_at(database: Database, folder: Path, epoch: float) -> Server:
    clock = FastClock(epoch)
    site = Site(database, folder)
    site.clock = clock
    return Server(site, database, jobs=Jobs(database, clock, LIMITS))


async def serve(url: str, epoch: float) -> None:
    server = server_at(Database(url), Path(tempfile.mkdtemp()), epoch)
    tasks = Tasks()
    server.jobs.start(tasks)
    server.deadlines.start(tasks)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], float(sys.argv[2])))
