"""Amounts of business time, as the site's files write them: 30m, 4h, 1h30m."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator

HOURS_MAX = 10_000
_AMOUNT = re.compile(r"(?=.)(?:(\d{1,5})h)?(?:(\d{1,6})m)?")


def _amount(written: object) -> timedelta:
    found = _AMOUNT.fullmatch(written) if isinstance(written, str) else None
    if found is None:
        raise ValueError("this has to be hours and minutes, such as 30m, 4h or 1h30m")
    amount = timedelta(hours=int(found[1] or 0), minutes=int(found[2] or 0))
    if amount > timedelta(hours=HOURS_MAX):
        raise ValueError(f"this has to be at most {HOURS_MAX}h")
    return amount


Amount = Annotated[timedelta, BeforeValidator(_amount)]
