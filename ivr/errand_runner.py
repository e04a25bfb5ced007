"""Errands of callers: done outside while the caller hears what is said, then music, and never silence.

Whatever becomes of an errand is a way of the flow. Who hangs up meanwhile ends one that only asks; one that
leaves something behind, as a ticket, is brought to its end, for they were told that it would be done.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import structlog

from ivr.callers import who_calls
from ivr.errands import FAILED
from ivr.neighbours import Neighbours
from ivr.ports import ErrandOrder, order_of
from ivr.prompts import Prompts
from ivr.session import Session
from ivr.settings import IvrSettings
from ivr.texts import SystemText
from ivr.turn import Errand, ErrandDone, ErrandKind
from ivr.walk import system

log = structlog.get_logger(__name__)

ASKING: frozenset[ErrandKind] = frozenset({"lookup", "progress"})
"""What leaves nothing behind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrandRunner:
    """Has things done while callers wait."""

    near: Neighbours
    prompts: Prompts
    settings: IvrSettings

    async def run(self, session: Session, errand: Errand) -> ErrandDone:
        """Done, or by which way it could not be; raises `LineGone` when the caller is."""
        came, language = session.line.arrival, session.state.language
        place = (session.flow.name, session.state.node)
        doing = asyncio.ensure_future(self._do(order_of(errand, came, language, place)))
        try:
            await self._keep_company(session, errand, doing)
        except BaseException:
            await self._leave(doing, errand.kind)
            raise
        done = doing.result()
        if errand.kind == "identify" and done.way == "found":
            # Queues go by who it is; should that not be found now, by what was known before.
            known = await who_calls(self.near.customers, came, self.settings.lookup_timeout_s)
            session.caller = known or session.caller
        return done

    async def _do(self, order: ErrandOrder) -> ErrandDone:
        try:
            async with asyncio.timeout(self.settings.errand_max_s):
                return await self.near.errands.do(order)
        except Exception as error:  # noqa: BLE001 - whatever is wrong outside, the call goes on
            log.warning("errand failed", kind=order.kind, about=order.about, error=repr(error))
            return ErrandDone(way=FAILED)

    async def _keep_company(
        self, session: Session, errand: Errand, doing: "asyncio.Future[ErrandDone]"
    ) -> None:
        line = session.line
        if errand.prompts:
            await line.play(await self.prompts.files(errand.prompts))
        await asyncio.wait({doing}, timeout=self.settings.errand_silence_s)
        if doing.done():
            return
        await line.play(await self.prompts.files([system(SystemText.PLEASE_WAIT, session.state)]))
        held = asyncio.ensure_future(line.hold())
        try:
            either: set[asyncio.Future[Any]] = {doing, held}
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
            if held.done():
                held.result()
        finally:
            held.cancel()
            await asyncio.gather(held, return_exceptions=True)

    async def _leave(self, doing: "asyncio.Future[ErrandDone]", kind: ErrandKind) -> None:
        """The caller is gone; what is done in their name has its own limit of time."""
        if kind in ASKING:
            doing.cancel()
        await asyncio.wait({doing})
