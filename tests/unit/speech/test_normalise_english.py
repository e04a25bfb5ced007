"""English figures are read as a person reads them on the telephone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech.normalise import normalise

READINGS = [
    ("call 400-800-1234.", "call four zero zero, eight zero zero, one two three four."),
    ("+86 138 1234 5678", "plus eight six, one three eight, one two three four, five six seven eight"),
    ("(555) 123-4567", "five five five, one two three, four five six seven"),
    ("dial 5551234567", "dial five five five, one two three, four five six seven"),
    ("order A1024", "order A one zero two four"),
    ("ticket CS202611220001", "ticket C S two zero two, six one one, two two zero, zero zero one"),
    ("ticket number 12345", "ticket number one two three, four five"),
    ("extension 1024", "extension one zero two four"),
    ("room 402", "room four zero two"),
    ("your code is 908172", "your code is nine zero eight, one seven two"),
    ("2026-12-03 at 12:30", "December third, twenty twenty-six at twelve thirty"),
    ("12/25/2026", "December twenty-fifth, twenty twenty-six"),
    ("Nov 22, 2026", "November twenty-second, twenty twenty-six"),
    ("3 March 2005", "March third, two thousand five"),
    ("May 5", "May fifth"),
    ("June 1907", "June nineteen oh seven"),
    ("in 1999", "in nineteen ninety-nine"),
    ("since 2000", "since two thousand"),
    ("9:00-18:00, Monday to Friday", "nine a m to six p m, Monday to Friday"),
    ("from 9 am to 5:30 pm", "from nine a m to five thirty p m"),
    ("at 00:15 and 9:05 a.m.", "at twelve fifteen a m and nine oh five a m"),
    ("$1,234.50", "one thousand two hundred thirty-four dollars and fifty cents"),
    ("$1", "one dollar"),
    ("$0.50", "fifty cents"),
    ("£3.01", "three pounds and one penny"),
    ("¥500", "five hundred yuan"),
    ("US$20", "twenty US dollars"),
    ("$2 million", "two million dollars"),
    ("3.5% off", "three point five percent off"),
    ("-5% growth", "minus five percent growth"),
    ("0.75", "zero point seven five"),
    ("1,000,000 people", "one million people"),
    ("the 1st, 22nd and 103rd", "the first, twenty-second and one hundred third"),
    ("the 20th", "the twentieth"),
    ("3-5 days", "three to five days"),
    ("version 2.10.1", "version two point ten point one"),
    ("1/2 or 3/4", "one half or three fourths"),
    ("-5°C and 2.5 kg", "minus five degrees Celsius and two point five kilograms"),
    ("24/7", "twenty-four seven"),
    ("No. 5", "number five"),
    ("007", "zero zero seven"),
    ("a 5G phone", "a five G phone"),
    ("You are number 3 in line.", "You are number three in line."),
    ("Press 1 for sales, 2 for support.", "Press one for sales, two for support."),
    ("about 5 minutes", "about five minutes"),
    ("I may call 3 times", "I may call three times"),
    ("Please hold.", "Please hold."),
]


@pytest.mark.parametrize(("written", "spoken"), READINGS)
def test_english_figures_become_words(written: str, spoken: str) -> None:
    assert normalise(written, "en") == spoken


@given(st.text(alphabet="0123456789.,-:/$€%#+() apmthNo", max_size=40))
def test_no_digit_is_left_to_the_voice(text: str) -> None:
    assert not any("0" <= character <= "9" for character in normalise(text, "en"))
