"""One process of Hotline, seen from outside: a group of its own, found again after a supervisor's death."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from server.heartbeat import HEARTBEAT_FD_VARIABLE

LOG_MAX_BYTES = 50 * 1024 * 1024


@dataclass(frozen=True)
class Part:
    """What the supervisor needs to know about a process it owns."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    own_logs: Sequence[Path] = ()
    """Files beside its output to which it appends as long as it runs."""
    outlives_supervisor: bool = False
    """Left running when its supervisor dies, and adopted by the next; otherwise ended by the next."""
    reload_command: Sequence[str] = ()
    """Run when it was adopted, so that it reads its configuration as it is now."""
    silent_max_s: float | None = None
    """Killed when it has beaten its heart once and then not for so long; None: it has no heartbeat."""
    first_beat_max_s: float = 90
    spare_first_beat_max_s: float = 90
    """The same for a spare that was told to begin: it has loaded already."""
    stop_patience_s: float = 10
    spare_after_s: float | None = None
    """Once it has run so long, a spare is kept in reserve: it has loaded its code, and opens nothing before
    it reads a line on its standard input. None: it begins by itself, and has no spare."""


@dataclass(frozen=True)
class Running:
    """A process that runs: started by us or adopted."""

    pid: int
    watch: int
    """A descriptor that becomes readable when the process ends, child of ours or not."""
    heartbeat: int | None
    child: subprocess.Popen[bytes] | None

    def signal_group(self, number: signal.Signals) -> None:
        """To the process and all it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)

    def bury(self) -> str:
        """Clear away what it left, after it ended; how it ended."""
        # nginx's workers outlive a killed master and would keep its port.
        self.signal_group(signal.SIGKILL)
        os.close(self.watch)
        if self.heartbeat is not None:
            os.close(self.heartbeat)
        if self.child is None:
            return "ended"
        if self.child.stdin is not None:
            self.child.stdin.close()
        code = self.child.wait()
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


class ProcessTable:
    """Starts parts, and keeps on disk which processes they are."""

    def __init__(self, run_folder: Path, log_folder: Path, log_max_bytes: int = LOG_MAX_BYTES) -> None:
        self._run_folder = run_folder
        self._log_folder = log_folder
        self._log_max_bytes = log_max_bytes
        for folder in (run_folder, log_folder):
            folder.mkdir(parents=True, exist_ok=True)

    def log_of(self, part: Part) -> Path:
        """Where the part's output goes."""
        return self._log_folder / f"{part.name}.log"

    def trim_logs(self, part: Part) -> None:
        """Put logs that grew long aside, and begin them again; what was put aside before goes."""
        for log in (self.log_of(part), *part.own_logs):
            if log.exists() and log.stat().st_size > self._log_max_bytes:
                self._put_aside(log)

    def _put_aside(self, log: Path) -> None:
        """Emptied rather than renamed, because the process holds it open, and appends.

        One that cannot be put aside is emptied too: on a full disk the room is worth more.
        """
        aside = log.with_name(f"{log.name}.1")
        try:
            shutil.copyfile(log, aside)
        except OSError:
            with suppress(OSError):
                os.truncate(aside, 0)
        os.truncate(log, 0)

    def start(self, part: Part) -> Running:
        """A new process for the part, at work."""
        running = self.prepare(part)
        self.begin(part, running)
        return running

    def prepare(self, part: Part) -> Running:
        """A new process that is not the part's yet; one that waits for the word does nothing before."""
        environment = {**os.environ, **part.environment}
        reading, writing = os.pipe() if part.silent_max_s is not None else (None, None)
        if writing is not None:
            environment[HEARTBEAT_FD_VARIABLE] = str(writing)
        try:
            child = self._spawn(part, environment, writing)
        finally:
            if writing is not None:
                os.close(writing)
        return Running(child.pid, os.pidfd_open(child.pid), reading, child)

    def begin(self, part: Part, running: Running) -> None:
        """Makes a prepared process the part's, and gives it the word if it waits for that."""
        if running.child is not None and running.child.stdin is not None:
            with suppress(BrokenPipeError):  # it has just died, and who watches it will hear of that
                running.child.stdin.write(b"begin\n")
        mark = f"{running.pid} {_started_at(running.pid)} {_boot()}\n"
        # On a full disk it runs unmarked: only a supervisor that is killed too would miss the mark.
        with suppress(OSError):
            self._mark(part).write_text(mark, encoding="ascii")

    def _spawn(
        self, part: Part, environment: Mapping[str, str], heartbeat: int | None
    ) -> subprocess.Popen[bytes]:
        with self.log_of(part).open("ab") as output:
            # Commands come from Hotline's own configuration.
            return subprocess.Popen(  # noqa: S603
                list(part.command),
                env=dict(environment),
                stdin=subprocess.DEVNULL if part.spare_after_s is None else subprocess.PIPE,
                bufsize=0,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=() if heartbeat is None else (heartbeat,),
            )

    def find(self, part: Part) -> Running | None:
        """The part's process from before, if it still runs."""
        try:
            pid, started_at, boot = self._mark(part).read_text(encoding="ascii").split()
        except (OSError, ValueError):
            return None
        if boot != _boot():
            return None
        try:
            watch = os.pidfd_open(int(pid))
        except ProcessLookupError:
            # It is gone, but what it started may live and hold its port.
            with suppress(ProcessLookupError):
                os.killpg(int(pid), signal.SIGKILL)
            return None
        running = Running(int(pid), watch, None, None)
        # Numbers are used again; the time of its start tells a process from a later one of its number.
        if _started_at(running.pid) == started_at:
            return running
        os.close(watch)
        return None

    def is_running(self, part: Part) -> bool:
        """Whether its process from before still runs."""
        found = self.find(part)
        if found is not None:
            os.close(found.watch)
        return found is not None

    def forget(self, part: Part) -> None:
        """It ended; nothing is to be found."""
        self._mark(part).unlink(missing_ok=True)

    def _mark(self, part: Part) -> Path:
        return self._run_folder / f"{part.name}.process"


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def _started_at(pid: int) -> str:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "gone"
    # The name in parentheses may hold spaces; the fields after it are numbered from 3, the start is 22.
    fields = status.rpartition(")")[2].split()
    is_ended = fields[0] in {"Z", "X"}
    return "gone" if is_ended else fields[19]
