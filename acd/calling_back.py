"""Customers called back for an agent who is on the phone: each call is written down before it is made."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from acd.engine.effects import DialCustomer
from acd.engine.inputs import Input, NotCalled
from acd.ports import CallingRules
from acd.written_promises import WrittenPromises
from telephony.port import Switch

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class CallingBack:
    """Calls a customer where the rules and the book let it."""

    _ask: Callable[[Input], Awaitable[None]]
    _switch: Switch
    _rules: CallingRules
    _written: WrittenPromises

    async def call(self, wanted: DialCustomer) -> None:
        """What becomes of the call is told by events; that there is none, the engine hears from here."""
        order, is_forbidden = wanted.order, False
        try:
            if await self._may_call(wanted):
                await self._switch.call_out(order)
                return
            is_forbidden = True
        except Exception as error:  # noqa: BLE001 - whatever it was, the agent must not wait for nobody
            log.warning("customer not called", call_id=order.call, error=repr(error))
        await self._ask(NotCalled(call=order.call, is_forbidden=is_forbidden))

    async def _may_call(self, wanted: DialCustomer) -> bool:
        order = wanted.order
        if await self._rules.refusal(order.to) is not None:
            return False
        return await self._written.claim(wanted.promise, order.call)
