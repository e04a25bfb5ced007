"""How far tickets are, for callers who can show that it is theirs.

Who calls from a number of the ticket's customer is told at once; anybody else types the last four digits of
such a number. A ticket that does not exist and one of somebody else look alike: nobody finds out which do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

import structlog

from kernel.clock import Clock
from kernel.ids import CallId, CustomerId
from kernel.tries import Tries
from tickets.engine import PREFIX
from tickets.model import Details, Ticket, TicketFilter
from tickets.settings import TicketSettings
from tickets.store import TicketStore

log = structlog.get_logger(__name__)

PROOF_DIGITS = 4


class Numbers(Protocol):
    """Whose numbers are whose."""

    async def of_customer(self, customer: CustomerId) -> Sequence[str]:
        """All numbers of a customer."""
        ...

    async def of_call(self, call: CallId) -> str:
        """From which number a call came; "" where that was withheld, or nothing is known of the call."""
        ...

    async def customer_of(self, number: str) -> CustomerId | None:
        """The customer with this number in any spelling."""
        ...

    def spelled(self, number: str) -> str:
        """A number in the one spelling."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a caller wants to know."""

    call: CallId
    caller_number: str
    ticket: str = ""
    """Its number as typed, with or without the letters before it; "": the caller's own newest open one."""
    proof: str = ""
    """The last digits of a number that is known; "" while they were not asked for."""


class NotProven(Exception):
    """The caller has to show that it is theirs."""


@dataclass(kw_only=True)
class Progress:
    """Tells callers how far their tickets are."""

    store: TicketStore
    numbers: Numbers
    clock: Clock
    settings: TicketSettings
    _tries: Tries = field(init=False)

    def __post_init__(self) -> None:
        within = timedelta(hours=self.settings.proof_tries_hours)
        self._tries = Tries(most=self.settings.proof_tries_max, within=within)

    async def tell(self, asked: Asked) -> Ticket | None:
        """The caller's ticket; None where there is none that is theirs. Raises `NotProven`."""
        if not asked.ticket:
            return await self._own(asked)
        number = asked.ticket if asked.ticket.startswith(PREFIX) else f"{PREFIX}{asked.ticket}"
        details = await self.store.numbered(number)
        known = await self._known(details) if details is not None else frozenset[str]()
        if details is not None and self._is_of(asked.caller_number, known):
            return details.ticket
        if not asked.proof:
            raise NotProven
        return details.ticket if self._proves(asked, number, known) and details is not None else None

    async def _own(self, asked: Asked) -> Ticket | None:
        customer = await self.numbers.customer_of(asked.caller_number) if asked.caller_number else None
        if customer is None:
            return None
        wanted = TicketFilter(customer=customer, only_open=True, sort="-updated_at", limit=1)
        found, _ = await self.store.find(wanted)
        return found[0] if found else None

    async def _known(self, details: Details) -> frozenset[str]:
        """The numbers of whose ticket it is: the customer's, or of a stranger those of their calls."""
        customer = details.ticket.matter.customer
        if customer is not None:
            return frozenset(await self.numbers.of_customer(customer))
        return frozenset([await self.numbers.of_call(call) for call in details.calls]) - {""}

    def _is_of(self, caller_number: str, known: frozenset[str]) -> bool:
        return bool(caller_number) and self.numbers.spelled(caller_number) in known

    def _proves(self, asked: Asked, number: str, known: frozenset[str]) -> bool:
        now = self.clock.now()
        names = [f"call {asked.call}", f"ticket {number}"]
        if asked.caller_number:
            names.append(f"from {asked.caller_number}")
        if not self._tries.may(names, now):
            log.warning("too many tries to prove whose a ticket is", call_id=asked.call, ticket=number)
            return False
        is_right = len(asked.proof) == PROOF_DIGITS and any(one.endswith(asked.proof) for one in known)
        if not is_right:
            self._tries.note(names, now)
        return is_right
