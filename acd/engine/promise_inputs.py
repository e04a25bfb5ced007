"""What the engine is told of customers who are called back."""

from dataclasses import dataclass

from acd.promises import Promise
from kernel.ids import CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class TakePromise:
    """A customer's place is kept without a line from now on: just promised, or before a restart."""

    promise: Promise
    is_on_the_line: bool = False
    """It was made just now, and the customer may still hear so: they are called once that call is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyOnPromise:
    """A caller is to be called back on a number that is to be called already: there is no second place."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelPromise:
    """A supervisor takes back that a customer is called."""

    call: CallId


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerCame:
    """A customer who was called back has answered, and the agent who was to have them is gone."""

    call: CallId
