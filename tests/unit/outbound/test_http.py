"""Numbers as people type them where somebody is to be called, or not to be."""

import pytest
from pydantic import ValidationError

from outbound.http import Block, CallOrder


@pytest.mark.parametrize(
    "typed", ["１３９００１３９０００", "（０２１）６０００－００００", "＋８６　１３９００１３９０００"]
)
def test_digits_of_full_width_are_digits(typed: str) -> None:
    ordinary = CallOrder(number=typed, key="press-0001").number
    assert ordinary is not None
    assert ordinary.isascii()
    assert Block(number=typed).number == ordinary


@pytest.mark.parametrize("typed", ["张伟", "13900139000;ext=1", "١٣٩٠٠١٣٩٠٠٠", ""])
def test_what_is_typed_and_no_number_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        CallOrder(number=typed, key="press-0001")


def test_two_digits_are_nobody_who_must_not_be_called() -> None:
    with pytest.raises(ValidationError):
        Block(number="13")


@pytest.mark.parametrize("whom", ["customer_id", "ticket_id"])
def test_an_id_that_no_database_holds_is_refused(whom: str) -> None:
    with pytest.raises(ValidationError):
        CallOrder.model_validate({"key": "press-0001", whom: 2**63})
