"""Calling customers: by which line, and by the next one where that is full or does not work."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress

import structlog

from kernel.clock import Clock
from kernel.events import Event
from kernel.ids import CallId
from telephony.asterisk.ami import AmiRefused
from telephony.asterisk.ami_link import AmiLink
from telephony.asterisk.ari import Ari
from telephony.asterisk.mark_variables import to_variables
from telephony.asterisk.orders import originate_out
from telephony.asterisk.translate import Translator
from telephony.asterisk.trunk_sections import endpoint_name
from telephony.errors import CallGone, SwitchUnavailable
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
        except (AmiRefused, CallGone, SwitchUnavailable):
            self._dialled.forget(order.call)
            raise
        self._dialled.may_use(order.call, lines)
        arrival = Arrival(
            call=order.call,
            at=self._clock.now(),
            caller_number=order.to,
            caller_name="",
            dialled=order.shown or (_own_number(lines[0]) if lines else ""),
            trunk=lines[0].name if lines else "",
            direction=Direction.OUT,
        )
        self._publish(CallPlaced(at=arrival.at, arrival=arrival, leg=order.leg, agent=order.agent))
        if lines:
            await self.dial(order, lines[0])
        else:
            self._end(order.call, EndReason.NO_LINE)

    async def dial(self, order: CallOut, line: Trunk) -> None:
        """Rings the customer's phone by this line, unless that was stopped meanwhile."""
        if order.call not in self._dialled:
            return
        if self._dialled.is_stopped(order.call):
            self._end(order.call, EndReason.HOTLINE_HUNG_UP)
            return
        variables = {
            "HL_CALL": order.call,
            "HL_FOR": order.leg,
            "HL_FROM": order.to,
            "HL_TO": order.shown or _own_number(line),
            **to_variables(order.mark),
        }
        headers = originate_out(order, line)
        # The call's id is the action's id too: a failure without a channel has no other name.
        sent = self._link.connection.send("Originate", headers, variables=variables, action_id=order.call)
        try:
            await sent
        except (AmiRefused, CallGone):
            self._end(order.call, EndReason.NO_LINE)

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
