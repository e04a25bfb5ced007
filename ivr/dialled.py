"""What the numbers that customers dial lead to."""

import phonenumbers
from pydantic import Field

from ivr.names import BoostWritten, Name
from ivr.words import Language, Part
from kernel.written import Timezone


class NumberRule(Part):
    """What a dialled number leads to."""

    flow: Name
    language: Language | None = None
    """Of callers whose own language is not known; by itself the flow's."""
    boost: BoostWritten | None = None
    """For all who dial this number."""


class Numbers(Part):
    """The numbers that customers dial."""

    timezone: Timezone = "Asia/Shanghai"
    region: str = Field(default="CN", pattern=r"^[A-Z]{2}$")
    """Where the numbers are that stand without a country's code."""
    default: NumberRule | None = None
    """For numbers that are not listed; without it such calls are turned away politely."""
    numbers: dict[str, NumberRule] = Field(default_factory=dict)

    def rule_for(self, dialled: str) -> NumberRule | None:
        """The rule for a number, however it is spelt: with +86, an area code, spaces or dashes."""
        listed = {same_number(number, self.region): rule for number, rule in self.numbers.items()}
        return listed.get(same_number(dialled, self.region), self.default)


def same_number(number: str, region: str) -> str:
    """One spelling for all spellings of a dialled number: E.164 where it could be one, else its digits.

    Callers' numbers are told from what is none more strictly (`kernel.numbers`). What was dialled did
    lead here, also service numbers such as 9510 5888, which no plan of numbers lists.
    """
    try:
        parsed = phonenumbers.parse(number, region)
    except phonenumbers.NumberParseException:
        parsed = None
    if parsed is not None and phonenumbers.is_possible_number(parsed):
        return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return "".join(char for char in number if char.isascii() and char.isdigit())
