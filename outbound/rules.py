"""Which numbers may be called, as the site says it. No I/O."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from phonenumbers import PhoneNumberType

from outbound.errors import (
    CountryRefused,
    EmergencyRefused,
    KindRefused,
    NoSuchNumber,
    OwnNumber,
    TooManyCalls,
)

_E164 = re.compile(r"\+[1-9][0-9]{4,14}")
_ORDINARY = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
    PhoneNumberType.TOLL_FREE,
    PhoneNumberType.UAN,
}
"""Kinds that cost what calls cost; a premium rate is none, nor is one that the caller shares."""
_PHONES = {
    PhoneNumberType.FIXED_LINE,
    PhoneNumberType.MOBILE,
    PhoneNumberType.FIXED_LINE_OR_MOBILE,
}
"""Kinds at which a person has a phone."""


_MOBILES = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}
"""Kinds that take a text."""


class Use(StrEnum):
    """What somebody is called for."""

    CUSTOMER = "customer"
    """A call that an agent makes."""
    CALLBACK = "callback"
    GUEST = "guest"
    """A number that an agent typed, to send a caller there or to ask."""
    EXPERT = "expert"
    MESSAGE = "message"
    """A text that is sent."""
    ANSWER = "answer"
    """A text for who is on the phone and wants it."""
    OWN_PHONE = "own_phone"
    """An agent's number outside, at which calls ring."""


WRITTEN = frozenset({Use.MESSAGE, Use.ANSWER})
"""Nobody's phone rings."""
_KINDS = {Use.OWN_PHONE: _PHONES, Use.MESSAGE: _MOBILES, Use.ANSWER: _MOBILES}
"""Of all others: ordinary ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallingRules:
    """What agents may call."""

    home: str = "CN"
    """The country (ISO 3166) whose numbers stand without a country's code, and may be called."""
    countries: frozenset[str] = frozenset()
    """Others that may be called."""
    refused: tuple[str, ...] = ()
    """Numbers that begin so, in E.164, are not called."""
    allowed: tuple[str, ...] = ()
    """Numbers that begin so are, whatever their kind and country."""
    short: frozenset[str] = frozenset()
    """Short numbers, such as 12345, that may be called as they are."""
    allows_emergency: bool = True
    per_hour: int = 60
    """Calls that one agent may place within an hour; the fraudster's night begins with the sixty-first."""
    per_day: int = 300
    ring_s: float = 45.0
    """How long a customer's phone is let ring."""


ORDINARY_RULES = CallingRules()
"""Of a site that says nothing."""


def is_emergency(number: str, rules: CallingRules) -> bool:
    """Whether lives may depend on the call."""
    return number.isdigit() and phonenumbers.is_emergency_number(number, rules.home)


def check(number: str, rules: CallingRules, own: Collection[str], use: Use) -> None:
    """Raises unless the number, in its one spelling, may be called for this."""
    if number in own:
        raise OwnNumber("This is one of our own numbers.")
    if is_emergency(number, rules):
        if not rules.allows_emergency or use in {Use.CALLBACK, Use.OWN_PHONE, *WRITTEN}:
            raise EmergencyRefused("Emergency numbers cannot be called from here: use another phone.")
        return
    if number in rules.short and use not in {Use.OWN_PHONE, *WRITTEN}:
        return
    if not _E164.fullmatch(number):
        raise NoSuchNumber("This is no number that can be called; write it with its area code.")
    refused, allowed = _longest(number, rules.refused), _longest(number, rules.allowed)
    if refused > allowed:
        raise KindRefused("Numbers that begin so are not called from here.")
    if not allowed:
        _check_place(number, rules, _KINDS.get(use, _ORDINARY))


def _longest(number: str, beginnings: Collection[str]) -> int:
    """How much of the number the beginning that fits best has; 0 where none does."""
    return max((len(part) for part in beginnings if number.startswith(part)), default=0)


def _check_place(number: str, rules: CallingRules, kinds: Collection[int]) -> None:
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        raise NoSuchNumber("This is no number that can be called.") from error
    country = phonenumbers.region_code_for_number(parsed)
    if country not in {rules.home, *rules.countries}:
        raise CountryRefused("Numbers of this country are not called from here.")
    if phonenumbers.number_type(parsed) not in kinds:
        raise KindRefused("Numbers of this kind are not called from here.")


def check_limits(rules: CallingRules, *, in_hour: int, in_day: int) -> None:
    """Raises where an agent has placed as many calls as anybody may."""
    if in_hour >= rules.per_hour or in_day >= rules.per_day:
        raise TooManyCalls("You have called as often as the site allows for now; ask your supervisor.")
