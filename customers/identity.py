"""Callers who say which customer they are, by their member number.

A number that somebody types or says proves nothing: anybody can read it from a card. So they have to show
that it is theirs, by the telephone from which they call or by the last digits of one of the customer's; a
flow may do without. Where proof is asked for, a number that does not exist looks like somebody else's.
"""

from dataclasses import dataclass, field
from datetime import timedelta

import structlog

from customers.errors import NotAMemberNumber
from customers.model import Customer, KnownBy, Recognised, member_number
from customers.service import Customers
from kernel.ids import CallId
from kernel.tries import Tries

log = structlog.get_logger(__name__)

PROOF_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """Who somebody says to be."""

    call: CallId
    caller_number: str
    """"" of who withholds it."""
    member_number: str
    """As it was typed or said."""
    proof: str = ""
    """The last digits of a number of the customer's; "" while they were not asked for."""
    needs_proof: bool = True
    """False: the flow takes their word for it."""


class NotProven(Exception):
    """The caller has to show who they are."""


@dataclass(kw_only=True)
class Identities:
    """Finds who callers are, and keeps it with the call."""

    customers: Customers
    _tries: Tries = field(init=False)

    def __post_init__(self) -> None:
        limits = self.customers.settings
        within = timedelta(hours=limits.identify_tries_hours)
        self._tries = Tries(most=limits.identify_tries_max, within=within)

    async def identify(self, claim: Claim) -> Recognised | None:
        """The customer, whom the call is known by from now on, or None; raises `NotProven`."""
        now, names = self.customers.clock.now(), _names(claim)
        if not self._tries.may(names, now):
            log.warning("too many tries to say who calls", call_id=claim.call)
            return None
        customer = await self._find(claim)
        is_proven = customer is not None and self._proves(claim, customer)
        if not is_proven and not claim.proof and claim.needs_proof:
            raise NotProven
        if customer is None or (not is_proven and (claim.needs_proof or claim.proof)):
            self._tries.note(names, now)
            return None
        await self.customers.store.identify(claim.call, customer.id, now, is_proven=is_proven)
        return Recognised(customer=customer, by=KnownBy.PROVEN if is_proven else KnownBy.TYPED)

    async def _find(self, claim: Claim) -> Customer | None:
        try:
            spelled = member_number(claim.member_number)
        except NotAMemberNumber:
            return None
        return await self.customers.store.find_by_member_number(spelled) if spelled else None

    def _proves(self, claim: Claim, customer: Customer) -> bool:
        theirs = customer.record.numbers
        if claim.caller_number and self.customers.spelled(claim.caller_number) in theirs:
            return True
        return len(claim.proof) == PROOF_DIGITS and any(one.endswith(claim.proof) for one in theirs)


def _names(claim: Claim) -> list[str]:
    """In whose name a wrong try counts."""
    names = [f"call {claim.call}", f"member {claim.member_number}"]
    return [*names, f"from {claim.caller_number}"] if claim.caller_number else names
