"""Legs of people outside: by which line they are called, and by the next one where that is full or fails."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from kernel.clock import Clock
from kernel.events import Event
from kernel.ids import LegId
from telephony.asterisk.ami_link import AmiLink
from telephony.asterisk.attempts import order_by_lines
from telephony.asterisk.channels import OutsideCall
from telephony.asterisk.orders import originate_outside, way_of
from telephony.errors import NoOutsideLine
from telephony.events import LegEnded
from telephony.model import EndReason
from telephony.trunks import Trunk


class OutsideLegs:
    """Gives the orders; what becomes of them `Translator` reads, as of every leg."""

    def __init__(
        self,
        link: AmiLink,
        in_turn: Callable[[str | None], Awaitable[Sequence[Trunk]]],
        *,
        forget: Callable[[LegId], None],
        clock: Clock,
        publish: Callable[[Event], None],
    ) -> None:
        self._link = link
        self._in_turn = in_turn
        self._forget = forget
        self._clock = clock
        self._publish = publish

    async def require_line(self) -> None:
        """Raises `NoOutsideLine` where a customer could be called by none now."""
        if not await self._in_turn(None):
            raise NoOutsideLine("There is no outside line by which a customer could be called now.")

    async def ring(self, called: OutsideCall) -> None:
        """Calls by the first line that works, as far as that can be known before."""
        ring = called.ring
        # Who is to call a customer is rung before there is any channel that could be asked.
        called.lines = await self._in_turn(None if ring.dials else ring.call)
        if not called.lines:
            raise NoOutsideLine("There is no outside line by which the number could be called now.")
        await self.call(called)

    async def call(self, called: OutsideCall) -> None:
        """Calls by the first line left. Somebody waits for whoever is called, so that every end is told."""
        reason = await order_by_lines(called, partial(self._send, called))
        if reason is not None:
            # As where events tell that no line has led there.
            self._end(called, EndReason.UNREACHABLE if reason is EndReason.NO_LINE else reason)

    def _send(self, called: OutsideCall, line: Trunk) -> Awaitable[None]:
        ring = called.ring
        _, variables = way_of(ring)
        variables["HL_AGENT"] = str(ring.agent)
        if ring.device:
            variables["HL_DEVICE"] = ring.device
        # Whoever is asked has the caller without a key only if the agent who asks connects them.
        must_accept = ring.must_accept or bool(ring.device)
        variables["HL_ACCEPTS_IN" if must_accept else "HL_ALONE_IN"] = called.outside.language
        headers = originate_outside(ring, called.outside, line)
        # The leg's id is the action's id too: a failure without a channel has no other name.
        return self._link.connection.originate(headers, variables=variables, action_id=ring.leg)

    def _end(self, called: OutsideCall, reason: EndReason) -> None:
        """No channel comes any more: one that is waited for would count on its line for ever."""
        ring = called.ring
        self._forget(ring.leg)
        ended = LegEnded(
            at=self._clock.now(),
            call=ring.call,
            leg=ring.leg,
            agent=ring.agent,
            reason=reason,
            was_joined=False,
        )
        self._publish(ended)
