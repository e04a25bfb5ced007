"""The faults, and when everything is back."""

import asyncio
import contextlib
import signal
import time
from dataclasses import dataclass

from drill.scene import NotSet
from rig.instance import Instance

PART = {"kill": "server", "hang": "server", "asterisk": "asterisk", "edge": "edge"}
SIGNAL = {"hang": signal.SIGSTOP}
BACK_WITHIN_S = 60.0
POLL_S = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What was done, and when; monotonic seconds beside wall clock's."""

    kind: str
    at_s: float
    at_wall_s: float
    pid: int

    @property
    def kills_calls(self) -> bool:
        """With the switch all calls are over that stand in it."""
        return PART[self.kind] == "asterisk"


def do(kind: str, instance: Instance) -> Fault:
    """Does the fault."""
    part = PART[kind]
    pid = instance.pid(part)
    fault = Fault(kind=kind, at_s=time.monotonic(), at_wall_s=time.time(), pid=pid)
    instance.signal(part, SIGNAL.get(kind, signal.SIGKILL))
    return fault


async def until_back(fault: Fault, instance: Instance) -> float:
    """Returns, with the time of the new process's start, once everything is ready again by itself."""
    restarted_at_s = await _new_process(fault, instance)
    await instance.until_ready(BACK_WITHIN_S)
    return restarted_at_s


async def _new_process(fault: Fault, instance: Instance) -> float:
    give_up_at_s = time.monotonic() + BACK_WITHIN_S
    while time.monotonic() < give_up_at_s:
        with contextlib.suppress(OSError, ValueError, IndexError):
            if instance.pid(PART[fault.kind]) != fault.pid:
                return time.monotonic()
        await asyncio.sleep(POLL_S)
    raise NotSet(f"the {PART[fault.kind]} was not started again within {BACK_WITHIN_S:.0f} s")
