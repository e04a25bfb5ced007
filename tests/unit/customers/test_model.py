"""One number, however it is written."""

import pytest

from customers.errors import NotANumber, NumberHasExtension
from customers.model import number_to_keep, one_spelling


@pytest.mark.parametrize(
    "text",
    [
        "13812341234",
        "+8613812341234",
        "8613812341234",
        "008613812341234",
        "0086 138 1234 1234",
        "+86 138-1234-1234",
        "(+86) 138 1234 1234",
        "013812341234",
        "１３８１２３４１２３４",
        " 138 1234 1234 ",
        "+86 (0) 138 1234 1234",
    ],
)
def test_a_mobile_number_in_any_spelling(text: str) -> None:
    assert one_spelling(text, region="CN") == "+8613812341234"


@pytest.mark.parametrize(
    "text",
    [
        "010-65529988",
        "01065529988",
        "(010) 6552 9988",
        "+86 10 65529988",
        "+86 010 65529988",
        "0086-10-65529988",
        "65529988",
        "010-65529988转8001",
        "010-65529988 ext. 12",
    ],
)
def test_a_landline_number_with_and_without_its_area_code(text: str) -> None:
    assert one_spelling(text, region="CN", area_code="010") == "+861065529988"


@pytest.mark.parametrize("text", ["400-810-1234", "4008101234", "+864008101234", "400 8101234"])
def test_a_number_of_the_400_service(text: str) -> None:
    assert one_spelling(text, region="CN", area_code="010") == "+864008101234"


@pytest.mark.parametrize(("text", "spelled"), [("95588", "95588"), ("10086", "10086"), ("8001", "8001")])
def test_a_short_number_stays_as_it_is(text: str, spelled: str) -> None:
    assert one_spelling(text, region="CN", area_code="010") == spelled


def test_a_number_from_abroad_keeps_its_country() -> None:
    assert one_spelling("0044 20 7946 0018", region="CN") == "+442079460018"


def test_the_home_region_decides_what_a_national_number_is() -> None:
    assert one_spelling("020 7946 0018", region="GB") == "+442079460018"


@pytest.mark.parametrize("text", ["", "anonymous", "12", "1" * 21, "转8001", "${SHELL(id)}"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(NotANumber):
        one_spelling(text, region="CN")


@pytest.mark.parametrize(
    "text", ["13812341234;ext=1", "010-65529988转8001", "+8613812341234，1", "65529988＃2"]
)
def test_a_customers_number_loses_no_extension_unsaid(text: str) -> None:
    with pytest.raises(NumberHasExtension):
        number_to_keep(text, region="CN", area_code="010")


@pytest.mark.parametrize("text", ["139", "１３９", "+139", "1-3-9"])
def test_the_beginning_of_a_number_is_no_customers_number(text: str) -> None:
    with pytest.raises(NotANumber):
        number_to_keep(text, region="CN")


@pytest.mark.parametrize("text", ["8001", "95588", "13812341234", "010 6552 9988"])
def test_numbers_that_people_call_from_are_customers_numbers(text: str) -> None:
    assert number_to_keep(text, region="CN") == one_spelling(text, region="CN")
