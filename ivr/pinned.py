"""The flows that a call goes by: those of the moment when it began, whatever is published meanwhile."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog

from ivr.flow import Surroundings, load_flow
from ivr.kept import read_kept
from ivr.model import Flow
from ivr.ports import FlowArchive
from ivr.settings import IvrSettings
from ivr.site import Site
from kernel.errors import HotlineError
from telephony.model import CallMark

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowsOfCall:
    """A set of flows, and what a call's mark names it by."""

    pin: str
    flows: Mapping[str, Flow]


class PinnedFlows:
    """Finds the flows of a call again, also after a restart."""

    def __init__(self, archive: FlowArchive, settings: IvrSettings) -> None:
        self._archive = archive
        self._settings = settings
        self._at_hand: dict[str, FlowsOfCall] = {}

    async def of(self, mark: CallMark | None, site: Site) -> FlowsOfCall:
        """Those with which the call began; today's of a new call, and where those are not to be had.

        A caller whom an agent has sent to a node goes by today's flows, too, where that node is new. Who was
        marked in a flow without a pin, by older code, gets none.
        """
        today = self._kept_at_hand(FlowsOfCall(pin=site.pin, flows=site.flows))
        if mark is None or not mark.flow:
            return today
        pin = read_kept(mark.kept_by_flow).pin
        if pin in {"", today.pin}:
            return replace(today, pin=pin)
        began = await self._found(pin)
        flow = began.flows.get(mark.flow) if began is not None else None
        return began if began is not None and flow is not None and mark.node in flow.nodes else today

    async def _found(self, pin: str) -> FlowsOfCall | None:
        if pin in self._at_hand:
            return self._kept_at_hand(self._at_hand[pin])
        try:
            async with asyncio.timeout(self._settings.lookup_timeout_s):
                texts = await self._archive.texts_of(pin)
        except (HotlineError, TimeoutError) as error:
            log.warning("the flows that a call began with are not to be had", reason=str(error))
            return None
        if texts is None:
            log.warning("the flows that a call began with are not kept any more")
            return None
        loaded = await asyncio.to_thread(_load, texts)
        return self._kept_at_hand(FlowsOfCall(pin=pin, flows=loaded))

    def _kept_at_hand(self, one: FlowsOfCall) -> FlowsOfCall:
        """The set that was not asked for longest goes."""
        self._at_hand.pop(one.pin, None)
        self._at_hand[one.pin] = one
        while len(self._at_hand) > self._settings.flow_sets_at_hand_max:
            del self._at_hand[next(iter(self._at_hand))]
        return one


def _load(texts: Mapping[str, str]) -> dict[str, Flow]:
    """What was right when it was kept; what newer code does not read any more is left out."""
    loaded = {
        name: load_flow(text, file=f"{name}.yaml", name=name, around=Surroundings())[0]
        for name, text in texts.items()
    }
    return {name: flow for name, flow in loaded.items() if flow is not None}
