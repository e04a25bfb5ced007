"""Supervisors who hear conversations: legs of their own, which no caller is ever joined with."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from panoramisk.message import Message

from kernel.events import Event
from kernel.ids import LegId
from telephony.asterisk.ami import required
from telephony.errors import CallGone
from telephony.events import WatchEnded, Watching
from telephony.model import LiveWatch, Watch, WatchMode


@dataclass(slots=True)
class _Watcher:
    """A supervisor's leg."""

    live: LiveWatch
    mode: WatchMode
    """What was ordered last."""


class Watches:
    """Which legs are supervisors', and what Asterisk's events mean for them. No I/O."""

    def __init__(self) -> None:
        self._watchers: dict[LegId, _Watcher] = {}
        self._readers: Mapping[str, Callable[[Message, datetime], list[Event]]] = {
            "ChanSpyStart": self._began,
            "Hangup": lambda message, now: self._ended(required(message, "Uniqueid"), now),
            "OriginateResponse": self._originated,
        }

    @property
    def reads(self) -> frozenset[str]:
        """The events that mean something here."""
        return frozenset(self._readers)

    def __contains__(self, leg: object) -> bool:
        return leg in self._watchers

    def adopt(self, found: Iterable[LiveWatch]) -> None:
        """Takes what is alive for all there is."""
        self._watchers = {live.leg: _Watcher(live, live.mode or WatchMode.LISTEN) for live in found}

    def ordered(self, watch: Watch) -> None:
        """Notes a leg that is about to be ordered."""
        live = LiveWatch(leg=watch.leg, watched=watch.watched, call=watch.call, agent=watch.agent, mode=None)
        self._watchers[watch.leg] = _Watcher(live, watch.mode)

    def forget(self, leg: LegId) -> None:
        """The order for it was refused."""
        self._watchers.pop(leg, None)

    def change(self, leg: LegId, mode: WatchMode) -> None:
        """Notes the mode that is about to be ordered."""
        if leg not in self._watchers:
            raise CallGone("the supervisor's leg is gone")
        self._watchers[leg].mode = mode

    def handle(self, message: Message, now: datetime) -> list[Event]:
        """What an event of Asterisk's means; nothing, for most."""
        reader = self._readers.get(required(message, "Event"))
        return reader(message, now) if reader and self._watchers else []

    def _began(self, message: Message, now: datetime) -> list[Event]:
        found = self._watchers.get(LegId(required(message, "SpyerUniqueid")))
        if found is None:
            return []
        live = found.live
        return [Watching(at=now, call=live.call, leg=live.leg, agent=live.agent, mode=found.mode)]

    def _originated(self, message: Message, now: datetime) -> list[Event]:
        # The order's ActionID is the leg's id: without a channel there is no other name for it.
        is_taken = required(message, "Response") == "Success"
        return [] if is_taken else self._ended(str(message.get("ActionID", "")), now)

    def _ended(self, leg: str, now: datetime) -> list[Event]:
        found = self._watchers.pop(LegId(leg), None)
        if found is None:
            return []
        live = found.live
        return [WatchEnded(at=now, call=live.call, leg=live.leg, agent=live.agent)]
