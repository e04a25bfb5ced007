"""Callers and customers: one number is one, whoever wrote it and whichever way it came."""

from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.model import one_spelling
from customers.service import Customers
from customers.settings import CustomerSettings
from kernel.clock import SystemClock
from kernel.ids import CallId
from server.installation import home_numbers, trunks_file
from server.joining import Directory
from server.settings import Settings
from telephony.asterisk.status import arrival_of
from telephony.trunks import NumberRules

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
BEIJING = CustomerSettings(area_code="010")
LONDON = CustomerSettings(home_region="GB")


@given(
    st.from_regex(r"\A\+?[0-9]{3,20}\Z"), st.sampled_from(["CN", "GB", "US"]), st.sampled_from(["", "010"])
)
def test_a_line_and_a_customer_spell_every_number_alike(text: str, region: str, area_code: str) -> None:
    rules = NumberRules(region=region, area_code=area_code)
    assert rules.read(text) == one_spelling(text, region=region, area_code=area_code)


@pytest.mark.parametrize(
    ("customers", "numbers", "raw", "spelled"),
    [
        (LONDON, "", "020 7946 0018", "+442079460018"),
        (BEIJING, "", "65529988", "+861065529988"),
        (BEIJING, ", numbers: {area_code: '021'}", "65529988", "+862165529988"),
        (BEIJING, ", numbers: {region: GB}", "02079460018", "+442079460018"),
        (BEIJING, ", numbers: {region: GB}", "65529988", "65529988"),
        (LONDON, ", numbers: {region: CN, area_code: '010'}", "65529988", "+861065529988"),
    ],
)
def test_what_a_line_does_not_say_of_its_numbers_is_the_sites(
    tmp_path: Path, customers: CustomerSettings, numbers: str, raw: str, spelled: str
) -> None:
    settings = Settings(data_dir=tmp_path, customers=customers)
    settings.places.make()
    settings.places.trunks.write_text(f"trunks: [{{name: a, host: b{numbers}}}]", encoding="utf-8")
    (trunk,) = trunks_file(settings).at_start()
    assert trunk.numbers.read(raw) == spelled


def test_a_caller_by_a_line_that_is_not_listed_is_read_as_the_site_writes() -> None:
    rules = {"": home_numbers(Settings(customers=BEIJING))}
    arrival = arrival_of(CallId("c"), NOW, "", {"HL_FROM": "65529988", "HL_TRUNK": "gone"}, rules)
    assert arrival.caller_number == "+861065529988"


def test_calls_are_looked_for_by_a_number_as_the_site_writes_it() -> None:
    nobody = SimpleNamespace()
    customers = Customers(
        store=cast("Any", nobody),
        clock=SystemClock(),
        settings=BEIJING,
    )
    directory = Directory(cast("Any", nobody), cast("Any", nobody), SystemClock(), customers)
    assert directory.spelled("65529988") == "+861065529988"
    assert directory.spelled("张") == "张"
