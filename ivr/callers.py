"""Who calls, as far as that is known in time."""

import asyncio

import structlog

from ivr.ports import CustomerDirectory, KnownCaller
from telephony.model import Arrival

log = structlog.get_logger(__name__)


async def who_calls(customers: CustomerDirectory, came: Arrival, within_s: float) -> KnownCaller | None:
    """Who calls; a slow or broken directory makes a stranger of them, and never loses the call."""
    try:
        async with asyncio.timeout(within_s):
            return await customers.find_caller(came)
    except Exception as error:  # noqa: BLE001 - whatever the directory does, the call goes on
        log.warning("customer lookup failed", error=repr(error))
        return None
