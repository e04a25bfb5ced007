"""`hotline call` against a running installation."""

import json
from typing import Any

from rig.instance import Instance

HOTLINE = "4008009000"


async def report_of(instance: Instance, *options: str) -> tuple[int, dict[str, Any]]:
    code, out, errors = await instance.command("call", "--json", *options)
    assert out, errors
    report: dict[str, Any] = json.loads(out)
    return code, report
