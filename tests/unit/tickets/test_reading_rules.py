"""The file of rules, and how its mistakes are named."""

import pytest

from tickets.errors import ReadingFileInvalid
from tickets.reading.model import Severity
from tickets.reading.rules_file import parse_reading

FILE = """\
reading:
  types:
    complaint: [投诉, complain*]
  severity:
    major: [漏水]
    critical: [冒烟]
  products:
    washer:
      name: {zh: 洗衣机, en: Washer}
      words: [洗衣机]
  orders: [CS0000]
"""


def test_the_gravest_comes_first_wherever_it_is_written() -> None:
    assert [entry.key for entry in parse_reading(FILE).severity] == list(Severity)


def test_rules_may_be_few() -> None:
    assert parse_reading("reading: {orders: [CS0000]}").products == ()


@pytest.mark.parametrize(
    ("old", "new", "line", "what"),
    [
        ("reading:", "reads:", 1, "needs `reading:` with the rules below it"),
        ("complaint:", "complaints:", 3, "types.complaints: input should be"),
        ("major:", "bad:", 5, "severity.bad: input should be"),
        ("[漏水]", "[]", 5, "severity.major: list should have at least 1 item"),
        ("[冒烟]", "[404]", 6, "severity.critical.0: input should be a valid string"),
        ("[冒烟]", "[漏水]", 6, "severity.critical: 漏水 stands for major already"),
        ("[冒烟]", '["*"]', 6, "severity.critical: '*' is no word"),
        ("washer:", "Washer:", 8, "products.Washer: it has characters that cannot be here"),
        (", en: Washer", "", 9, "products.washer.name.en: field required"),
        ("words: [洗", "word: [洗", 8, "products.washer.words: field required"),
        ("CS0000", "cs0000", 11, "orders.0: it has characters"),
        ("  orders", "  order", 11, "order: extra inputs are not permitted"),
    ],
)
def test_each_mistake_is_named_with_its_line(old: str, new: str, line: int, what: str) -> None:
    with pytest.raises(ReadingFileInvalid) as refused:
        parse_reading(FILE.replace(old, new, 1))
    assert str(refused.value).startswith(f"reading.yaml:{line}: {what}")


def test_what_is_no_yaml_is_named_so() -> None:
    with pytest.raises(ReadingFileInvalid, match=r"reading\.yaml:4: not YAML"):
        parse_reading(FILE.replace("complain*]", "complain*"))
