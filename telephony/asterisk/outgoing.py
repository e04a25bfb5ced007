"""Calling customers: by which line, and by the next one where that is full or does not work."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from functools import partial

import structlog

from kernel.clock import Clock
from kernel.events import Event
from kernel.ids import CallId
from telephony.asterisk.ami_link import AmiLink
from telephony.asterisk.ari import Ari
from telephony.asterisk.attempts import order_by_lines
from telephony.asterisk.mark_variables import to_variables
from telephony.asterisk.orders import originate_out
from telephony.asterisk.translate import Translator
from telephony.asterisk.trunk_sections import endpoint_name
from telephony.errors import SwitchUnavailable
from telephony.events import CallEnded, CallPlaced
from telephony.model import Arrival, CallOut, Direction, EndReason
from telephony.trunks import Trunk

_log = structlog.get_logger(__name__)


class Outgoing:
    """Gives the orders; what becomes of them `Dialled` reads from Asterisk's events."""

    def __init__(  # noqa: PLR0913 - one collaborator each
        self,
        link: AmiLink,
        ari: Ari,
        lines: Sequence[Trunk],
        translator: Translator,
        *,
        clock: Clock,
        publish: Callable[[Event], None],
    ) -> None:
        self._link = link
        self._ari = ari
        self._lines = lines
        self._translator = translator
        self._dialled = translator.dialled
        self._clock = clock
        self._publish = publish
        self._one_at_a_time = asyncio.Lock()

    async def call(self, order: CallOut) -> None:
        """Calls a customer by the first line that works, as far as that can be known before."""
        self._dialled.ordered(order)
        try:
            lines = await self.in_turn(order.leg)
        except Exception:
            self._dialled.forget(order.call)
            raise
        if order.call not in self._dialled:
            raise SwitchUnavailable("the connection to Asterisk was lost before the order")
        arrival = Arrival(
            call=order.call,
            at=self._clock.now(),
            caller_number=order.to,
            caller_name="",
            dialled=order.shown or (_own_number(lines[0]) if lines else ""),
            trunk=lines[0].name if lines else "",
            direction=Direction.OUT,
        )
        self._dialled.placed(arrival, lines)
        self._publish(CallPlaced(at=arrival.at, arrival=arrival, leg=order.leg, agent=order.agent))
        await self.dial(order.call)

    async def dial(self, call: CallId) -> None:
        """Rings the customer's phone by the first line left. From here on events tell what becomes of it."""
        attempt = self._dialled.find(call)
        if attempt is None or attempt.order is None:
            return
        reason = await order_by_lines(attempt, partial(self._send, attempt.order))
        if reason is not None and self._dialled.find(call) is attempt:
            self._end(call, reason)

    def _send(self, order: CallOut, line: Trunk) -> Awaitable[None]:
        variables = {
            "HL_CALL": order.call,
            "HL_FOR": order.leg,
            "HL_FROM": order.to,
            "HL_TO": order.shown or _own_number(line),
            **to_variables(order.mark),
        }
        headers = originate_out(order, line)
        # The call's id is the action's id too: a failure without a channel has no other name.
        return self._link.connection.originate(headers, variables=variables, action_id=order.call)

    def _end(self, call: CallId, reason: EndReason) -> None:
        if reason is EndReason.NO_LINE:
            _log.warning("no_outside_line", call_id=call)
        self._dialled.forget(call)
        self._publish(CallEnded(at=self._clock.now(), call=call, reason=reason))

    async def in_turn(self, channel: str | None) -> list[Trunk]:
        """The lines that have room in their order, those last that do not answer, as some never do.

        Who asks takes one without waiting for anything: the next to ask finds that counted.
        """
        async with self._one_at_a_time:
            return await self._in_turn(channel)

    async def _in_turn(self, channel: str | None) -> list[Trunk]:
        free = [line for line in self._lines if await self._has_room(line, channel)]
        online = set[str]()
        if len(free) > 1:
            with suppress(SwitchUnavailable):
                online = await self._ari.online()
        return sorted(free, key=lambda line: endpoint_name(line) not in online)

    async def _has_room(self, line: Trunk, channel: str | None) -> bool:
        """Whether another call may go there, beside those that are about to; asked by any channel or none."""
        counted = {"Variable": f"GROUP_COUNT({line.name}@trunk)"}
        if channel is not None:
            counted["Channel"] = channel
        answer = await self._link.connection.act("Getvar", counted)
        return int(answer.response.get("Value") or 0) + self._translator.about_to_use(line) < line.channels


def _own_number(line: Trunk) -> str:
    return line.caller_id or line.user or ""
