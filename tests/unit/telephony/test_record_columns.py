"""A call's record is written by Asterisk itself, or by the dialplan where Asterisk gives its own up."""

import csv
import re

from telephony.asterisk.render import TEMPLATES

SAID_OTHERWISE = {
    "uniqueid": "${HL_CALL}",
    "start": "${CUT(HL_CALL,-,2)}",
    "end": "${EPOCH}",
    "hl_joined": "${CSV_QUOTE(${CDR(hl_joined)})}",
}
"""What the dialplan must say in its own way, as it writes before the record is finished."""
WHY = "${HANGUPCAUSE}"
"""Only the dialplan's own lines end with it."""


def test_the_dialplan_writes_the_columns_of_asterisks_own_records_in_their_order() -> None:
    columns = re.findall(
        r"CSV_QUOTE\(\$\{CDR\((\w+)(?:,u)?\)\}\)", (TEMPLATES / "cdr_custom.conf").read_text(encoding="utf-8")
    )
    dialplan = (TEMPLATES / "extensions.conf").read_text(encoding="utf-8")
    ended = dialplan.partition("\n[ended]\n")[2].partition("\n[")[0]
    noted = dict(re.findall(r"Set\(CDR\((\w+)\)=(.*)\)$", ended, re.MULTILINE))
    names = dict(re.findall(r"Set\(([a-z]+)=(.*)\)$", ended, re.MULTILINE))
    [line] = re.findall(r"Set\(FILE\([^)]*\)=(.*)\)$", ended, re.MULTILINE)
    for name, value in names.items():
        line = line.replace(f"${{{name}}}", value)

    assert columns[:2] == ["uniqueid", "hl_phase"]
    assert next(csv.reader([line])) == [SAID_OTHERWISE.get(column) or noted[column] for column in columns] + [
        WHY
    ]
