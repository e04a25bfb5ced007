"""The switch on Asterisk: FastAGI holds callers, AMI rings agents, and their events become neutral."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from functools import partial

import structlog
from panoramisk.message import Message
from typing_extensions import override

from kernel.bus import Bus
from kernel.clock import Clock
from kernel.errors import HotlineError
from kernel.ids import CallId, DeviceId, LegId
from telephony.asterisk.agi_server import AgiServer, AgiSession
from telephony.asterisk.ami import AmiConnection, AmiRefused, Answer, HeaderMissing, required
from telephony.asterisk.ami_link import AmiLink
from telephony.asterisk.ari import Ari
from telephony.asterisk.audio_socket import AudioSocketServer
from telephony.asterisk.callers import Callers
from telephony.asterisk.legs import AsteriskLegs
from telephony.asterisk.mark_variables import to_variables
from telephony.asterisk.orders import MEMBER_PENALTY, interface
from telephony.asterisk.outgoing import Outgoing
from telephony.asterisk.outside_legs import OutsideLegs
from telephony.asterisk.render import AsteriskSecrets
from telephony.asterisk.status import ON_HOLD, STATUS_VARIABLES, Alive, read_status, with_newcomers
from telephony.asterisk.taps import Taps
from telephony.asterisk.translate import Translator
from telephony.errors import CallGone, SwitchUnavailable
from telephony.events import (
    CallArrived,
    CallEnded,
    DeviceRegistered,
    HoldChanged,
    KeyPressed,
    SwitchConnected,
    SwitchDisconnected,
)
from telephony.model import Arrival, CallMark, CallOut, Device, DeviceSecret, EndReason, Snapshot
from telephony.port import LineHandler
from telephony.settings import TelephonySettings
from telephony.trunks import NumberRules, Trunk

_FALLBACK = "fallback"

_log = structlog.get_logger(__name__)


class AsteriskSwitch(AsteriskLegs):
    """`run` serves until cancelled; the commands work while it runs and Asterisk is connected."""

    def __init__(  # noqa: PLR0913 - one collaborator each, joined in the composition root
        self,
        settings: TelephonySettings,
        secrets: AsteriskSecrets,
        *,
        bus: Bus,
        clock: Clock,
        number_rules: Mapping[str, NumberRules],
        lines: Sequence[Trunk] = (),
    ) -> None:
        self.counts: Counter[str] = Counter()
        """What was said between us and Asterisk since the start, by kind."""
        self._settings = settings
        self._bus = bus
        self._clock = clock
        self._rules = number_rules
        translator = Translator(number_rules)
        link = AmiLink(
            settings,
            secrets.ami,
            on_event=self._on_event,
            on_connected=self._adopt,
            on_lost=self._on_lost,
            counts=self.counts,
        )
        self._ari = Ari(settings, secrets.ari, lines)
        self._outgoing = Outgoing(link, self._ari, lines, translator, clock=clock, publish=bus.publish)
        outside = OutsideLegs(
            link, self._outgoing.in_turn, forget=translator.forget, clock=clock, publish=bus.publish
        )
        super().__init__(link, translator, outside)
        self._marks: dict[CallId, dict[str, str | None]] = {}
        """What is written at each call; None where that is not known."""
        self.sounds = AudioSocketServer(settings)
        """The sound of channels, for who is told of a feed's address."""
        self._taps = Taps(link, self.sounds)
        self._callers = Callers(
            settings,
            number_rules,
            now=clock.now,
            on_caller=self._on_caller,
            write_mark=self.write_mark,
            sounds=self.sounds,
        )
        self._buffer: list[Message] | None = []
        self._newcomers: dict[CallId, Arrival] = {}
        """Calls that came while events are buffered: the picture being taken may lack them."""
        self._first_connection = asyncio.Event()
        self._follow_ups: asyncio.Queue[Callable[[], Awaitable[object]]] = asyncio.Queue()
        """Orders that follow from what was heard, where nothing can be waited for."""

    @property
    def is_connected(self) -> bool:
        """Asterisk is reachable and its state known."""
        return self._buffer is None

    async def run(self, handler: LineHandler) -> None:
        """Connects, adopts what is alive, and runs `handler` for each caller handed over."""
        server = AgiServer(self._settings, lambda session: self._serve(session, handler), self.counts)
        async with self._ari, self.sounds, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._link.run())
            tasks.create_task(self._give_follow_ups())
            await server.run(lambda: _log.info("agi_listening", port=self._settings.agi_port))

    @override
    async def call_out(self, order: CallOut) -> None:
        if order.leg not in self._translator.legs:
            raise CallGone("the agent hung up")
        if not self._translator.is_known(order.call):
            await self._outgoing.call(order)

    @override
    def tap(self, call: CallId, leg: LegId | None) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        self._require(call)
        if leg is not None and leg not in self._translator.legs:
            raise CallGone("the agent hung up")
        return self._taps.open(leg or call)

    @override
    async def write_mark(self, call: CallId, mark: CallMark) -> None:
        await self._write(call, to_variables(mark))

    @override
    async def provide(self, device: Device, secret: DeviceSecret) -> None:
        interface(device.id)
        await self._ari.push(device, secret)
        if device.number:  # nobody registers there: from now on it can be rung
            self._own_numbers[device.id] = device
            self._bus.publish(DeviceRegistered(at=self._clock.now(), device=device.id))

    @override
    async def withdraw(self, device: DeviceId) -> None:
        interface(device)
        self._own_numbers.pop(device, None)
        await self._ari.remove(device)

    @override
    async def set_fallback(self, device: DeviceId, *, is_ready: bool | None) -> None:
        connection = self._link.connection
        member = {"Queue": _FALLBACK, "Interface": interface(device)}
        if is_ready is None:
            await _accept_refusal(connection, "QueueRemove", member)
            return
        paused = {"Paused": "false" if is_ready else "true"}
        if not await _accept_refusal(connection, "QueueAdd", {**member, **paused, "Penalty": MEMBER_PENALTY}):
            await connection.act("QueuePause", member | paused)

    @override
    async def snapshot(self) -> Snapshot:
        return (await self._look(self._link.connection))[0]

    @override
    async def look_again(self) -> None:
        if self._buffer is not None:
            return  # it is being looked at, or will be with the next connection
        self._buffer = []
        try:
            await self._adopt(self._link.connection)
        except BaseException:
            if self._link.is_connected:
                self._take_up()
            raise

    async def _write(self, call: CallId, variables: Mapping[str, str]) -> None:
        """Writes what differs from what is there, in order; nothing waits between the writes."""
        connection = self._link.connection
        self._require(call)
        known = self._marks.setdefault(call, {})
        changed = {name: value for name, value in variables.items() if known.get(name, "") != value}
        known.update(changed)
        writes = (
            connection.act("Setvar", {"Channel": call, "Variable": name, "Value": value})
            for name, value in changed.items()
        )
        try:
            await asyncio.gather(*writes)
        except (CallGone, SwitchUnavailable, AmiRefused):
            # Also what is to be empty next: a piece of a longer mark may stand there.
            known.update(dict.fromkeys(known))
            raise

    async def _look(self, connection: AmiConnection) -> tuple[Snapshot, Alive]:
        core = (await connection.act("CoreStatus")).response
        status = await connection.act("Status", {"Variables": ",".join(STATUS_VARIABLES)})
        alive = read_status(status, self._rules)
        boot_id = f"{required(core, 'CoreStartupDate')}T{required(core, 'CoreStartupTime')}"
        registered = await self._ari.registered()
        seen = Snapshot(
            boot_id=boot_id,
            calls=alive.calls,
            legs=alive.legs,
            registered=registered,
            watches=alive.watches,
        )
        return seen, alive

    async def _adopt(self, connection: AmiConnection) -> None:
        """Learns what is alive; events that came meanwhile follow the snapshot."""
        self._newcomers.clear()
        seen, alive = await self._look(connection)
        ended = {str(m.get("Uniqueid")) for m in self._buffer or () if m.get("Event") == "Hangup"}
        snapshot = with_newcomers(seen, self._newcomers.values(), ended)
        self._translator.adopt(snapshot)
        snapshot = replace(snapshot, calls=(*snapshot.calls, *self._translator.dialled.coming()))
        written: dict[CallId, dict[str, str | None]] = {
            call: {**variables} for call, variables in alive.variables.items()
        }
        # What was written while the picture was taken may be missing in it.
        self._marks = {
            call: known for call, known in self._marks.items() if call in self._newcomers
        } | written
        self._bus.publish(SwitchConnected(at=self._clock.now(), snapshot=snapshot))
        self._take_up()
        self._first_connection.set()
        for channel in alive.fallback_channels:
            # They ask again by `next`, unless an agent has just taken them.
            await _accept_refusal(connection, "QueueWithdrawCaller", {"Queue": _FALLBACK, "Caller": channel})

    def _take_up(self) -> None:
        """Goes on with what came while the picture was taken."""
        waiting, self._buffer = self._buffer or [], None
        for message in waiting:
            self._translate(message)

    async def _serve(self, session: AgiSession, handler: LineHandler) -> None:
        # A caller brought back by the adoption may ask before everyone has heard of the snapshot.
        async with asyncio.timeout(self._settings.action_timeout_s):
            await self._first_connection.wait()
        await self._callers.serve(session, handler)

    def _on_caller(self, arrival: Arrival) -> None:
        if self._buffer is not None:
            self._newcomers[arrival.call] = arrival
        if self._translator.arrived(arrival.call):
            self._bus.publish(CallArrived(at=arrival.at, arrival=arrival))

    def _on_lost(self) -> None:
        self._buffer = []
        self._translator.dialled.lose_sight()
        self._bus.publish(SwitchDisconnected(at=self._clock.now()))

    def _on_event(self, message: Message) -> None:
        if self._buffer is not None:
            self._buffer.append(message)
        else:
            self._translate(message)

    def _translate(self, message: Message) -> None:
        try:
            events = self._translator.handle(message, self._clock.now())
        except (HeaderMissing, ValueError):
            _log.exception("ami_event_unreadable", event_name=message.get("Event"))
            return
        self._follow_up(message)
        self._taps.note(message)
        for event in events:
            if isinstance(event, KeyPressed):
                self._callers.press(event.call, event.key)
                continue
            if isinstance(event, CallEnded):
                self._marks.pop(event.call, None)
                if event.reason is EndReason.NO_LINE:
                    _log.warning("no_outside_line", call_id=event.call)
            elif isinstance(event, HoldChanged):
                self._follow_ups.put_nowait(partial(self._note_hold, event))
            self._bus.publish(event)

    def _follow_up(self, message: Message) -> None:
        channel = str(message.get("Uniqueid", ""))
        leg, dialled = self._translator.legs.get(LegId(channel)), self._translator.dialled
        is_cancelled = (leg is not None and leg.is_cancelled) or dialled.is_stopped(CallId(channel))
        if is_cancelled and message.get("Event") == "Newchannel":
            # It was cancelled before there was anything to be ended.
            self._follow_ups.put_nowait(partial(self._hang_up_channel, channel))
        for called in self._translator.take_due():
            self._follow_ups.put_nowait(partial(self._outside.call, called))
        for call in dialled.take_due():
            self._follow_ups.put_nowait(partial(self._outgoing.dial, call))

    def _note_hold(self, event: HoldChanged) -> Awaitable[Answer]:
        """For a later server, which cannot ask the phone."""
        noted = {"Channel": event.leg, "Variable": ON_HOLD, "Value": str(int(event.is_held))}
        return self._link.connection.send("Setvar", noted)

    async def _give_follow_ups(self) -> None:
        """In their order; none waits for what became of those before it."""
        async with asyncio.TaskGroup() as tasks:
            while True:
                tasks.create_task(_needless_at_worst(await self._follow_ups.get()))


async def _needless_at_worst(order: Callable[[], Awaitable[object]]) -> None:
    try:
        await order()
    except HotlineError as error:
        _log.info("follow_up_needless", error=str(error))


async def _accept_refusal(connection: AmiConnection, name: str, headers: Mapping[str, str]) -> bool:
    """Does what may already be done; False says that it was, or could not be."""
    try:
        await connection.act(name, headers)
    except (AmiRefused, CallGone):
        return False
    return True
