"""Customers, and the one spelling of their numbers."""

import re
from dataclasses import dataclass
from enum import StrEnum

from customers.errors import NotAMemberNumber, NotANumber, NumberHasExtension
from kernel import numbers
from kernel.ids import CustomerId

_EXTENSION = re.compile(r"(?:转|轉|分机|ext\.?|x|#|,|;).*$", re.IGNORECASE | re.DOTALL)

DIGITS_MIN, DIGITS_MAX = 3, 20
CUSTOMER_DIGITS_MIN = 4
"""Of a customer's number, such as an extension of the house; nobody calls from a shorter one."""
_MEMBER_NUMBER = re.compile(r"[0-9]{3,31}[0-9X]")
NUMBERS_MAX = 20
"""Numbers of one customer."""


class Level(StrEnum):
    """How much a customer matters to the order of waiting calls."""

    POTENTIAL = "potential"
    NORMAL = "normal"
    IMPORTANT = "important"
    VIP = "vip"
    BOARD = "board"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of a customer, and may be changed."""

    name: str
    level: Level = Level.NORMAL
    language: str = ""
    """`zh`, `en`, or "" when the customer never chose."""
    note: str = ""
    region: str = ""
    """Where the customer is at home: a region of the site, or a place as somebody wrote it."""
    numbers: tuple[str, ...] = ()
    """In their one spelling, the main one first."""
    member_number: str = ""
    """By which the customer is known on any telephone, in its one spelling; "" of who has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A person or company that calls."""

    id: CustomerId
    record: Record


class KnownBy(StrEnum):
    """How it was found who calls."""

    NUMBER = "number"
    """The call came from a number of theirs."""
    PROVEN = "proven"
    """They gave their member number, and showed that it is theirs."""
    TYPED = "typed"
    """They gave a member number, and the flow asked for nothing else: it may be somebody else's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """Who calls."""

    customer: Customer
    by: KnownBy

    @property
    def is_sure(self) -> bool:
        """Whether they may hear of what is the customer's alone."""
        return self.by is not KnownBy.TYPED


def member_number(text: str) -> str:
    """The one spelling of a member number, or "" where there is none; raises `NotAMemberNumber`."""
    plain = re.sub(r"[\s-]", "", numbers.half_width(text)).upper()
    if plain and not _MEMBER_NUMBER.fullmatch(plain):
        raise NotAMemberNumber("a member number has 4 to 32 digits, and may end in X")
    return plain


def digits_of(text: str) -> str:
    """The digits of a number, full-width ones too, with the + that it may begin with."""
    plain = _EXTENSION.sub("", numbers.half_width(text)).strip()
    digits = "".join(letter for letter in plain if letter.isascii() and letter.isdigit())
    return f"+{digits}" if plain.startswith("+") else digits


def one_spelling(text: str, *, region: str, area_code: str = "") -> str:
    """The number as it is kept and compared: E.164 where it is one, else its digits.

    Calls are kept with numbers in the same spelling.
    """
    digits = digits_of(text)
    if not DIGITS_MIN <= len(digits.lstrip("+")) <= DIGITS_MAX:
        raise NotANumber(f"between {DIGITS_MIN} and {DIGITS_MAX} digits make a number")
    return numbers.one_spelling(digits, region=region, area_code=area_code)


def number_to_keep(text: str, *, region: str, area_code: str = "") -> str:
    """The one spelling of a number that is to be a customer's: nothing that was written may be lost."""
    if _EXTENSION.search(numbers.half_width(text)):
        raise NumberHasExtension("a customer's number is kept without an extension")
    spelled = one_spelling(text, region=region, area_code=area_code)
    if len(spelled.lstrip("+")) < CUSTOMER_DIGITS_MIN:
        raise NotANumber(f"at least {CUSTOMER_DIGITS_MIN} digits make a customer's number")
    return spelled
