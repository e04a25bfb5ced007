"""Who calls, as far as that is known in time."""

import asyncio

import structlog

from ivr.ports import CustomerDirectory, KnownCaller
from ivr.session import Session
from ivr.turn import Turn
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


async def keep_choice(customers: CustomerDirectory, session: Session, turn: Turn, within_s: float) -> None:
    """Remembers a language chosen in this turn; a slow or broken directory never loses the call by it."""
    language = turn.state.language
    if language == session.state.language:
        return
    try:
        async with asyncio.timeout(within_s):
            await customers.keep_language(session.line.arrival, language)
    except Exception as error:  # noqa: BLE001 - whatever the directory does, the call goes on
        log.warning("the caller's language is not kept", error=repr(error))
