"""The machine on which something was measured, and what processes take of it."""

import os
import platform
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

from kernel.errors import HotlineError


def machine() -> dict[str, object]:
    """What a reader needs to judge a figure."""
    return {
        "processor": _processor(),
        "processors": os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average_1min": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


class NoPrecedence(HotlineError):
    """The system does not allow real-time scheduling."""

    code = "no_precedence"


class ProcessorTime:
    """What processes, with all that they started, take from now on."""

    def __init__(self, pids: dict[str, int]) -> None:
        self._pids = pids
        self._began_at_s = time.monotonic()
        self._before_s = self._taken_s()

    def percent(self) -> dict[str, float]:
        """Of one processor, since the begin."""
        seconds = time.monotonic() - self._began_at_s
        taken = self._taken_s()
        return {name: 100 * (taken[name] - self._before_s[name]) / seconds for name in self._pids}

    def _taken_s(self) -> dict[str, float]:
        return {name: sum(map(_seconds, _family(pid))) for name, pid in self._pids.items()}


def _family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def _seconds(process: psutil.Process) -> float:
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def give_precedence(pids: Iterable[int]) -> None:
    """Lets these processes, and what they start, run before every other program of the machine.

    What goes before others already, as Asterisk may, keeps the priority that it has.
    """
    processes = [process for pid in pids for process in _family(pid)]
    try:
        for thread in (thread for process in processes for thread in process.threads()):
            if os.sched_getscheduler(thread.id) == os.SCHED_OTHER:
                os.sched_setscheduler(thread.id, os.SCHED_RR, os.sched_param(1))
    except PermissionError as error:
        raise NoPrecedence("precedence over other programs needs root") from error
