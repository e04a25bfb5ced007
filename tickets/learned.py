"""What closed tickets teach of their types: learned once a day, beside the server, and kept in a file."""

import asyncio
import json
import os
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from kernel.clock import Clock
from tickets.model import TicketType
from tickets.settings import TicketSettings
from tickets.store import TicketStore

if TYPE_CHECKING:
    from tickets.classifier import Classifier, Verdict

log = structlog.get_logger(__name__)

ROOT = Path(__file__).resolve().parent.parent


class LearnedTypes:
    """Knows nothing until there are enough closed tickets of two types."""

    def __init__(self, store: TicketStore, clock: Clock, settings: TicketSettings, kept: Path) -> None:
        """`kept`: the file, which may be lost: it is learned anew then."""
        self._store = store
        self._clock = clock
        self._settings = settings
        self._kept = kept
        self._classifier: Classifier | None = None

    def verdict(self, text: str) -> "Verdict | None":
        """The type that a text probably is of."""
        return self._classifier.classify(text) if self._classifier else None

    async def keep_learning(self) -> None:
        """Takes up what was learned before, and learns every so often; to run in the background."""
        await self.take_up()
        learned_at = await asyncio.to_thread(self._learned_at)
        every_s = self._settings.learn_every_s
        await asyncio.sleep(wait_s(learned_at, self._clock.now().timestamp(), every_s))
        while True:
            try:
                await self.learn()
            except Exception:
                log.exception("types of tickets not learned, tried again at the next time")
            await asyncio.sleep(every_s)

    async def learn(self) -> None:
        """Learns now from all that is closed; without enough of it, all stays as it is."""
        examples = enough(
            await self._store.closed_texts(self._settings.learned_max), self._settings.learned_of_each_min
        )
        if examples:
            await self._work(json.dumps({"examples": examples, "out": str(self._kept)}).encode())
            await self.take_up()
            log.info("types of tickets learned", tickets=len(examples))

    async def _work(self, asked: bytes) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tickets.learn_worker"),
            stdin=asyncio.subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        try:
            async with asyncio.timeout(self._settings.learning_max_s):
                await process.communicate(asked)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode != 0:
            raise RuntimeError(f"learning ended with code {process.returncode}")

    async def take_up(self) -> None:
        """What was learned before, by this server or an earlier one."""
        try:
            self._classifier = await asyncio.to_thread(_read, self._kept)
        except FileNotFoundError:
            return
        except (OSError, ValueError) as error:
            log.warning("what was learned of tickets' types cannot be read", error=str(error))

    def _learned_at(self) -> float | None:
        try:
            return self._kept.stat().st_mtime
        except OSError:
            return None


def wait_s(learned_at: float | None, now: float, every_s: float) -> float:
    """Until what was learned is old enough: a restart is no reason to learn again."""
    return 0.0 if learned_at is None else min(max(learned_at + every_s - now, 0.0), every_s)


def _read(kept: Path) -> "Classifier":
    # A server that starts has calls waiting: numpy takes longer to load than all of Hotline's tickets.
    from tickets.classifier import Classifier  # noqa: PLC0415 - see above

    return Classifier.from_bytes(kept.read_bytes())


def enough(closed: Sequence[tuple[TicketType, str]], of_each_min: int) -> list[tuple[str, str]]:
    """Those of types that are common enough to be learned; none if that leaves fewer than two types."""
    counts = Counter(type_ for type_, text in closed if text)
    common = {type_ for type_, count in counts.items() if count >= of_each_min}
    if len(common) < 2:
        return []
    return [(type_.value, text) for type_, text in closed if text and type_ in common]
