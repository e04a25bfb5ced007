"""Performs the engine's commands on the switch, each in a task of its own."""

from collections.abc import Awaitable, Callable, Coroutine, Hashable
from typing import Any, Generic, TypeVar

import structlog

from acd.engine.effects import CancelLeg, Command, MarkCall, MirrorAgent, ParkCall, RingAgent
from acd.engine.inputs import RingFailed, RingFailure
from kernel.errors import HotlineError
from telephony.errors import CallGone
from telephony.model import Ring
from telephony.port import Switch

log = structlog.get_logger(__name__)

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")
Spawn = Callable[[Coroutine[Any, Any, None]], object]


class LatestWriter(Generic[KeyT, ValueT]):
    """Writes values in order for each key; one that is out of date before its turn is skipped."""

    def __init__(self, spawn: Spawn, write: Callable[[KeyT, ValueT], Awaitable[None]]) -> None:
        self._spawn = spawn
        self._write = write
        self._pending: dict[KeyT, ValueT] = {}
        self._writing: set[KeyT] = set()

    def put(self, key: KeyT, value: ValueT) -> None:
        """Has the value written."""
        self._pending[key] = value
        if key not in self._writing:
            self._writing.add(key)
            self._spawn(self._drain(key))

    async def _drain(self, key: KeyT) -> None:
        try:
            while key in self._pending:
                await self._write(key, self._pending.pop(key))
        finally:
            self._writing.discard(key)


class Performer:
    """Gives the switch its orders. None of them is waited for by the engine."""

    def __init__(self, switch: Switch, spawn: Spawn, report: Callable[[RingFailed], None]) -> None:
        self._switch = switch
        self._spawn = spawn
        self._report = report
        self._marks = LatestWriter(spawn, self._guard(switch.write_mark))
        self._mirrors = LatestWriter(spawn, self._guard(self._mirror))

    def perform(self, command: Command) -> None:
        """Starts to perform a command."""
        match command:
            case RingAgent():
                self._spawn(self._follow(command.ring, self._order(command.ring)))
            case CancelLeg():
                self._spawn(self._guard(self._switch.cancel)(command.leg))
            case ParkCall():
                self._spawn(self._guard(self._switch.park)(command.call))
            case MarkCall():
                self._marks.put(command.call, command.mark)
            case MirrorAgent():
                self._mirrors.put(command.device, command.is_ready)
            case _:
                pass

    async def _mirror(self, device: Any, is_ready: Any) -> None:
        await self._switch.set_fallback(device, is_ready=is_ready)

    def _order(self, ring: Ring) -> Awaitable[None]:
        """Orders at once: a task of its own would begin behind all who hear of what led to this order."""
        try:
            return self._switch.ring(ring)
        except Exception as error:  # noqa: BLE001 - told like a failure that comes later
            return _refused(error)

    async def _follow(self, ring: Ring, ordered: Awaitable[None]) -> None:
        try:
            await ordered
        except CallGone:
            self._report(RingFailed(leg=ring.leg, failure=RingFailure.CALL_GONE))
        except Exception as error:  # noqa: BLE001 - whatever it was, the caller must not wait for it
            log.warning("ring not ordered", leg=ring.leg, error=str(error))
            self._report(RingFailed(leg=ring.leg, failure=RingFailure.SWITCH_UNAVAILABLE))

    def _guard(self, action: Callable[..., Awaitable[None]]) -> Callable[..., Coroutine[Any, Any, None]]:
        """The action, with its failures logged.

        What is gone needs no order, and what the switch missed is put right when it is back.
        """

        async def guarded(*arguments: Any) -> None:
            try:
                await action(*arguments)
            except CallGone:
                log.debug("already gone", order=action.__name__, target=str(arguments[0]))
            except HotlineError as error:
                log.warning("order not taken", order=action.__name__, error=str(error))
            except Exception:
                log.exception("order failed", order=action.__name__)

        return guarded


async def _refused(error: Exception) -> None:
    raise error
