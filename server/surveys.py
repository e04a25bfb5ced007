"""Surveys as customers are reached by them: small adapters between the slices."""

from dataclasses import dataclass

from kernel.errors import HotlineError
from kernel.ids import CallId, CustomerId
from messaging.model import NewMessage
from messaging.service import Messaging
from outbound.gate import CallingGate
from outbound.rules import Use
from server.errands import KnownNumbers
from tickets.surveys.model import Addressee


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAddresses:
    """Numbers of customers that may be written to."""

    known: KnownNumbers
    gate: CallingGate

    async def of(self, customer: CustomerId | None, call: CallId | None) -> Addressee:
        """The first of the customer's numbers that takes messages, else that from which the call came."""
        numbers = list(await self.known.of_customer(customer)) if customer is not None else []
        if call is not None and (number := await self.known.of_call(call)):
            numbers.append(self.known.spelled(number))
        for number in numbers:
            if await self._is_allowed(number):
                return await self._addressee(number, is_allowed=True)
        return await self._addressee(numbers[0], is_allowed=False) if numbers else NOWHERE

    async def _is_allowed(self, number: str) -> bool:
        try:
            await self.gate.require(number, Use.MESSAGE)
        except HotlineError:
            return False
        return True

    async def _addressee(self, number: str, *, is_allowed: bool) -> Addressee:
        language = await self.known.customers.chosen_language(number) or "zh"
        return Addressee(number=number, language=language, is_allowed=is_allowed)


NOWHERE = Addressee(number="", language="zh", is_allowed=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyLetters:
    """Messages as surveys write them."""

    messaging: Messaging

    async def send(self, key: str, to: Addressee, text: str, call: CallId | None) -> None:
        """Writes to the customer, once for a key."""
        del call  # Its messages are shown with it, and who reads this one could answer.
        await self.messaging.write(NewMessage(key=key, number=to.number, text=text, language=to.language))
