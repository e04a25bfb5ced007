"""`lookups.yaml`: what it may say, and each mistake with its line."""

from pathlib import Path
from typing import get_args

import pytest

from ivr.names import VariableType
from lookups.errors import LookupsFileInvalid
from lookups.model import FIELD_TYPES, HttpSource, SqlSource
from lookups.sources_file import parse_lookups

ROOT = Path(__file__).resolve().parents[3]
TEXT = """\
lookups:
  order:
    kind: http
    url: https://erp.example.com/orders/{number}?phone={phone}
    token_from: ERP_TOKEN
    params: {number: digits, phone: phone}
    fields:
      state: {type: text, at: data.0.state}
  warranty:
    kind: sql
    database_from: ERP_DATABASE
    query: SELECT model, ends_on FROM warranty WHERE serial = :serial AND note <> ';--'
    params: {serial: digits}
    fields: {model: text, ends_on: date}
"""


def test_both_kinds_are_read() -> None:
    found = parse_lookups(TEXT)
    assert isinstance(found["order"], HttpSource)
    assert isinstance(found["warranty"], SqlSource)


def test_the_example_companys_file_is_right() -> None:
    text = (ROOT / "server" / "example" / "site" / "lookups.yaml").read_text(encoding="utf-8")
    assert {"order", "warranty"} <= set(parse_lookups(text))


def test_fields_have_the_types_of_variables() -> None:
    assert get_args(VariableType) == FIELD_TYPES


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("lookups:\n", "look:\n", 1, "needs `lookups:`"),
        ("lookups:\n", "more: 1\nlookups:\n", 1, "more: there is no such field"),
        ("  order:", "  2order:", 2, "cannot be the name"),
        ("kind: http", "kind: ftp", 2, "order"),
        ("{number: digits, phone: phone}", "{number: digit, phone: phone}", 6, "order.params.number"),
        ("https://erp.example.com", "file:///etc", 4, "begins with http"),
        ("https://erp.example.com", "https://{number}.example.com", 4, "part of the host"),
        ("https://erp.example.com", "https://me:secret@erp.example.com", 4, "use token_from"),
        ("?phone={phone}", "", 6, "'phone' is not used in url"),
        ("{phone}", "{mobile}", 4, "names 'mobile'"),
        ("token_from: ERP_TOKEN", "token_from: tok en", 5, "token_from"),
        ("token_from: ERP_TOKEN", "timeout_s: 60", 5, "timeout_s"),
        ("token_from: ERP_TOKEN", "address_from: ERP", 4, "url begins with /"),
        ("SELECT model,", "DELETE", 12, "one SELECT"),
        ("= :serial AND", "= :serial; DELETE FROM warranty WHERE", 12, "one SELECT"),
        ("= :serial", "= '{serial}'", 13, "'serial' is not used in query"),
        ("= :serial", "= :seria", 12, "names 'seria'"),
        ("at: data.0.state", "at: data..state", 8, "order.fields.state.at"),
        ("{model: text, ends_on: date}", "{}", 14, "warranty.fields"),
        ("kind: sql", "kind: [", 12, "not YAML"),
    ],
)
def test_each_mistake_is_told_with_its_line(old: str, new: str, line: int, says: str) -> None:
    assert TEXT.count(old) == 1
    with pytest.raises(LookupsFileInvalid) as refused:
        parse_lookups(TEXT.replace(old, new))
    assert (refused.value.line, says in refused.value.what) == (line, True), refused.value.what
