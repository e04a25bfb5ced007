"""The one place that decides whether a number may be called, whoever asks and whatever for."""

from dataclasses import dataclass

from outbound.errors import DoNotCall
from outbound.ports import OwnNumbers
from outbound.rules import CallingRules, Use, check, is_emergency
from outbound.rules_file import CallingBook
from outbound.store import OutboundStore


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingGate:
    """Nobody outside is called but by a number that has passed here."""

    book: CallingBook
    own_numbers: OwnNumbers
    store: OutboundStore

    async def require(self, number: str, use: Use) -> CallingRules:
        """Raises unless this number, in its one spelling, may be called now for this; returns the rules."""
        rules = await self.book.read()
        check(number, rules, await self.own_numbers.all(), use)
        # An expert's number is the site's own choice, and who is on the phone asks for an answer themselves;
        # and nothing stands between anybody and help.
        is_free = use in {Use.EXPERT, Use.ANSWER} or is_emergency(number, rules)
        if not is_free and await self.store.is_listed(number):
            raise DoNotCall("This person does not want to be called.")
        return rules
