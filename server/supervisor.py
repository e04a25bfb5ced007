"""The owner of Hotline's processes: starts each, restarts each alone, kills what hangs, stops all in order.

It holds no event loop, no database and no business, so that there is nothing in it to hang or fail. If it is
itself killed, calls go on: Asterisk and the edge stay and the next supervisor adopts them; the server ends
itself, because a server without a watchdog is worse than a restart.
"""

import fcntl
import os
import selectors
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import ClassVar, TextIO

from kernel.clock import Clock
from kernel.errors import HotlineError
from server.process import Part, ProcessTable, Running

RESTART_DELAY_FIRST_S = 0.1
RESTART_DELAY_MAX_S = 30.0
STEADY_AFTER_S = 10.0
"""A part that ran so long before it ended starts again without having to wait for its earlier failures."""
CRASH_LOOP_FAILURES = 3
RELOAD_MAX_S = 10
LOGS_TRIMMED_EACH_S = 60.0


class AlreadyRuns(HotlineError):
    """Another supervisor owns this data folder."""

    code = "already_runs"


@dataclass
class Post:
    """A part and how it stands."""

    part: Part
    running: Running | None = None
    was_spare: bool = False
    """What runs had loaded its code before it began."""
    started_at: float = 0
    last_beat_at: float | None = None
    failures_in_a_row: int = 0
    start_due_at: float | None = 0
    spare: Running | None = None
    """Takes the place of `running` at once when that ends."""
    spare_due_at: float | None = None


@contextmanager
def sole_owner(lock_path: Path) -> Iterator[None]:
    """Only one supervisor per data folder; the lock goes with the process, however it ends."""
    lock_path.parent.mkdir(parents=True, exist_ok=True)
    with lock_path.open("a+", encoding="ascii") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRuns(_who_runs(file, lock_path.parent)) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _who_runs(file: TextIO, folder: Path) -> str:
    file.seek(0)
    return (
        f"Hotline already runs on {folder.parent} (process {file.read() or 'unknown'}):"
        " stop it first, or give this one a data folder of its own (HOTLINE_DATA_DIR)."
    )


class Supervisor:
    """Runs its parts until it is told to stop."""

    STOP_SIGNALS: ClassVar = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def __init__(
        self, parts: Sequence[Part], processes: ProcessTable, clock: Clock, log: Callable[[str], None]
    ) -> None:
        self._posts = [Post(part) for part in parts]
        self._processes = processes
        self._clock = clock
        self._log = log
        self._selector = selectors.DefaultSelector()
        self._logs_due_at = 0.0
        self._is_stopping = False

    def run(self) -> None:
        """Until a signal says stop; then stop all, the last started first."""
        with self._wakened_by_signals():
            for post in self._posts:
                self._take_over(post)
            while not self._is_stopping:
                self._start_what_is_due()
                self._wait(self._next_due_at())
                self._kill_what_hangs()
                self._trim_logs_when_due()
            for post in reversed(self._posts):
                self._drop_spare(post)
                self._stop(post)

    @contextmanager
    def _wakened_by_signals(self) -> Iterator[None]:
        reading, writing = os.pipe()
        for end in (reading, writing):
            os.set_blocking(end, False)
        before = signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
        handlers = {number: signal.signal(number, self._on_signal) for number in self.STOP_SIGNALS}
        self._selector.register(reading, selectors.EVENT_READ, lambda: os.read(reading, 64))
        try:
            yield
        finally:
            self._selector.unregister(reading)
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(before)
            os.close(reading)
            os.close(writing)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self._is_stopping = True

    def _take_over(self, post: Post) -> None:
        found = self._processes.find(post.part)
        if found is None:
            return
        if not post.part.outlives_supervisor:
            self._log(f"{post.part.name} was left behind by a supervisor that died: ending it")
            found.signal_group(signal.SIGKILL)
            self._watch(post, found)
            self._wait_for_end(post, RESTART_DELAY_MAX_S)
            return
        self._log(f"{post.part.name} still runs (process {found.pid}): adopted")
        self._watch(post, found)
        if post.part.reload_command:
            self._reload(post.part)

    def _reload(self, part: Part) -> None:
        try:
            subprocess.run(  # noqa: S603  # a command of Hotline's own configuration
                list(part.reload_command), check=True, timeout=RELOAD_MAX_S, capture_output=True
            )
        except (OSError, subprocess.SubprocessError) as failure:
            self._log(f"{part.name} could not be told to read its configuration again: {failure}")

    def _watch(self, post: Post, running: Running) -> None:
        now = self._clock.monotonic()
        post.running, post.started_at, post.last_beat_at, post.start_due_at = running, now, None, None
        post.spare_due_at = None if post.part.spare_after_s is None else now + post.part.spare_after_s
        self._selector.register(running.watch, selectors.EVENT_READ, lambda: self._on_end(post))
        if running.heartbeat is not None:
            self._selector.register(running.heartbeat, selectors.EVENT_READ, lambda: self._on_beat(post))

    def _start_what_is_due(self) -> None:
        now = self._clock.monotonic()
        for post in self._posts:
            if post.start_due_at is not None and post.start_due_at <= now:
                self._start(post)
            if post.spare_due_at is not None and post.spare_due_at <= now:
                self._prepare_spare(post)

    def _start(self, post: Post) -> None:
        try:
            spare = self._take_spare(post)
            running = spare or self._processes.prepare(post.part)
            self._processes.begin(post.part, running)
        except OSError as failure:
            post.started_at = self._clock.monotonic()
            self._plan_restart(post, f"could not be started ({failure})")
            return
        self._watch(post, running)
        post.was_spare = spare is not None
        self._log(f"{post.part.name} started (process {running.pid})")

    def _prepare_spare(self, post: Post) -> None:
        post.spare_due_at = None
        try:
            post.spare = self._processes.prepare(post.part)
        except OSError as failure:
            self._log(f"no spare {post.part.name}: it could not be started ({failure})")
            return
        self._selector.register(post.spare.watch, selectors.EVENT_READ, lambda: self._on_spare_end(post))
        self._log(f"spare {post.part.name} kept in reserve (process {post.spare.pid})")

    def _take_spare(self, post: Post) -> Running | None:
        spare, post.spare = post.spare, None
        if spare is not None:
            self._selector.unregister(spare.watch)
        return spare

    def _drop_spare(self, post: Post) -> str:
        spare = self._take_spare(post)
        return spare.bury() if spare is not None else ""

    def _on_spare_end(self, post: Post) -> None:
        self._log(f"spare {post.part.name} {self._drop_spare(post)}")
        post.spare_due_at = self._clock.monotonic() + RESTART_DELAY_MAX_S

    def _on_beat(self, post: Post) -> None:
        if post.running is None or post.running.heartbeat is None:
            return
        if os.read(post.running.heartbeat, 4096):
            post.last_beat_at = self._clock.monotonic()
        else:  # Closed by its last holder: the end itself comes by the other descriptor.
            self._selector.unregister(post.running.heartbeat)

    def _on_end(self, post: Post) -> None:
        running = post.running
        if running is None:
            return
        for descriptor in (running.watch, running.heartbeat):
            if descriptor is not None and descriptor in self._selector.get_map():
                self._selector.unregister(descriptor)
        how = running.bury()
        self._processes.forget(post.part)
        post.running = None
        if not self._is_stopping:
            self._plan_restart(post, how)

    def _plan_restart(self, post: Post, how: str) -> None:
        now = self._clock.monotonic()
        post.failures_in_a_row = 1 if now - post.started_at >= STEADY_AFTER_S else post.failures_in_a_row + 1
        delay_s = min(RESTART_DELAY_FIRST_S * 2 ** (post.failures_in_a_row - 1), RESTART_DELAY_MAX_S)
        if post.spare is not None and post.failures_in_a_row == 1:
            delay_s = 0.0
        post.start_due_at, post.spare_due_at = now + delay_s, None
        again = ""
        if post.failures_in_a_row >= CRASH_LOOP_FAILURES:
            again = f", {post.failures_in_a_row} times in a row; see {self._processes.log_of(post.part)}"
        self._log(f"{post.part.name} {how}{again}: starting it again in {delay_s:.1f} s")

    def _silent_until(self, post: Post) -> float | None:
        """When the part counts as hung if its heart doesn't beat before."""
        if post.running is None or post.running.heartbeat is None or post.part.silent_max_s is None:
            return None
        if post.last_beat_at is None:
            part = post.part
            limit_s = part.spare_first_beat_max_s if post.was_spare else part.first_beat_max_s
            return post.started_at + limit_s
        return post.last_beat_at + post.part.silent_max_s

    def _kill_what_hangs(self) -> None:
        now = self._clock.monotonic()
        for post in self._posts:
            until = self._silent_until(post)
            if until is not None and until <= now and post.running is not None:
                self._log(f"{post.part.name} hangs (no heartbeat): killing it")
                post.running.signal_group(signal.SIGKILL)
                self._wait_for_end(post, RESTART_DELAY_MAX_S)

    def _trim_logs_when_due(self) -> None:
        now = self._clock.monotonic()
        if now >= self._logs_due_at:
            self._logs_due_at = now + LOGS_TRIMMED_EACH_S
            for post in self._posts:
                self._processes.trim_logs(post.part)

    def _next_due_at(self) -> float | None:
        dues = [
            due
            for post in self._posts
            for due in (post.start_due_at, post.spare_due_at, self._silent_until(post))
        ]
        return min((due for due in dues if due is not None), default=None)

    def _wait(self, until: float | None) -> None:
        timeout_s = None if until is None else max(0, until - self._clock.monotonic())
        for key, _ in self._selector.select(timeout_s):
            key.data()

    def _wait_for_end(self, post: Post, patience_s: float) -> None:
        give_up_at = self._clock.monotonic() + patience_s
        while post.running is not None and self._clock.monotonic() < give_up_at:
            self._wait(give_up_at)

    def _stop(self, post: Post) -> None:
        if post.running is None:
            return
        post.running.signal_group(signal.SIGTERM)
        self._wait_for_end(post, post.part.stop_patience_s)
        if post.running is not None:
            self._log(f"{post.part.name} did not stop within {post.part.stop_patience_s:.0f} s: killing it")
            post.running.signal_group(signal.SIGKILL)
            self._wait_for_end(post, RESTART_DELAY_MAX_S)
        self._log(f"{post.part.name} stopped")
