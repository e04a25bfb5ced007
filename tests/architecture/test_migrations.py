"""Migrations form one line; databases would go different ways otherwise."""

import re
from pathlib import Path

VERSIONS = Path(__file__).resolve().parents[2] / "infra" / "migrations" / "versions"
_REVISION = re.compile(r'^revision = "(\d{4})"$', re.MULTILINE)
_BEFORE = re.compile(r'^down_revision = (?:"(\d{4})"|None)$', re.MULTILINE)


def test_each_migration_follows_the_one_before() -> None:
    line = []
    for path in sorted(VERSIONS.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        (revision,), (before,) = _REVISION.findall(text), _BEFORE.findall(text)
        line.append((path.name[:4], revision, before))
    before = ["", *(number for number, _, _ in line)]
    assert line == [(number, number, earlier) for (number, _, _), earlier in zip(line, before, strict=False)]
