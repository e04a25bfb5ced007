"""A private Asterisk on free ports, and what a test needs around it."""

import asyncio
import hashlib
import secrets
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import IPv4Network
from pathlib import Path
from typing import TypeVar

import aiohttp

from infra.toolchain import asterisk as toolchain
from kernel.clock import SystemClock
from kernel.events import Event
from kernel.ids import AgentId, DeviceId
from rig.agents import Manners, WebPhone
from rig.customers import Caller, Customer, dial
from rig.customers import Trunk as Network
from rig.desk_phone import DeskPhone
from rig.media import MediaClock
from rig.ports import PORTS, free_ports
from server.edge import Certificate
from telephony.asterisk.render import AsteriskPlaces, AsteriskSecrets, ensure_secrets, render
from telephony.asterisk.switch import AsteriskSwitch
from telephony.events import SwitchConnected
from telephony.model import Device, DeviceSecret
from telephony.port import LineHandler
from telephony.settings import TelephonySettings
from telephony.trunks import NumberRules, Trunk

E = TypeVar("E", bound=Event)
T = TypeVar("T")
PATIENCE_S = 15.0
BOOT_WITHIN_S = 20.0
REALM = "hotline"
CUSTOMERS_AT = "127.0.0.2"


async def eventually(found: Callable[[], T], *, within_s: float = PATIENCE_S) -> T:
    """What `found` gives as soon as it is something; for news of other programs that send no events."""
    async with asyncio.timeout(within_s):
        while not (value := found()):  # noqa: ASYNC110 - nothing here could set an event
            await asyncio.sleep(0.05)
    return value


class Heard:
    """A bus that keeps every event, and lets a test await one."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._news = asyncio.Event()

    def publish(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    def subscribe(self, kind: type[E], handler: Callable[[E], Awaitable[None]]) -> None:
        raise AssertionError(f"the switch subscribes to nothing, not to {kind} for {handler}")

    async def until(
        self,
        kind: type[E],
        matches: Callable[[E], bool] = lambda _: True,
        *,
        after: int = 0,
        within_s: float = PATIENCE_S,
    ) -> E:
        """The first event of the kind, that has come or comes in time; `after` skips so many events."""
        async with asyncio.timeout(within_s):
            while True:
                for event in self.events[after:]:
                    if isinstance(event, kind) and matches(event):
                        return event
                self._news.clear()
                await self._news.wait()

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class PrivateAsterisk:
    """An instance in a folder of its own."""

    folder: Path
    tree: toolchain.AsteriskTree
    settings: TelephonySettings
    secrets: AsteriskSecrets
    places: AsteriskPlaces
    line: Trunk
    lines: tuple[Trunk, ...]
    """All of them, in their order."""
    process: subprocess.Popen[bytes] | None = None

    @property
    def configuration(self) -> str:
        return str(self.places.instance / "etc" / "asterisk.conf")

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.tree.asterisk("-f", "-C", self.configuration),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        give_up_at = time.monotonic() + BOOT_WITHIN_S
        while "fully booted" not in self.console("core waitfullybooted"):
            assert self.process.poll() is None, self.log()
            assert time.monotonic() < give_up_at, self.log()

    def console(self, command: str) -> str:
        asked = subprocess.run(
            self.tree.asterisk("-C", self.configuration, "-rx", command),
            capture_output=True,
            check=False,
            timeout=BOOT_WITHIN_S,
        )
        return (asked.stdout + asked.stderr).decode(errors="replace")

    def log(self) -> str:
        file = self.places.instance / "log" / "messages"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else "no log"

    def kill(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def network(self) -> Network:
        """Where simulated customers call from."""
        return Network(
            host=CUSTOMERS_AT, port=0, asterisk_host="127.0.0.1", asterisk_port=self.settings.sip_port
        )

    def switch(self, bus: Heard) -> AsteriskSwitch:
        return AsteriskSwitch(
            self.settings,
            self.secrets,
            bus=bus,
            clock=SystemClock(),
            number_rules={"loopback": NumberRules()},
            lines=self.lines,
        )


def prepare(
    folder: Path,
    *,
    trunk_channels: int = 100,
    others: Sequence[Trunk] = (),
    served_by: Certificate | None = None,
    **changes: object,
) -> PrivateAsterisk:
    """Renders an instance into `folder`, whose customers call on the first line."""
    agi, ami, http, sip, rtp, outside = free_ports(6)
    # Above those that are given to others, which may be bound later.
    first = (rtp + len(PORTS)) // 2 * 2
    settings = TelephonySettings(
        agi_port=agi,
        ami_port=ami,
        http_port=http,
        sip_address="127.0.0.1",
        sip_port=sip,
        rtp_first_port=first,
        rtp_last_port=first + 998,
        accept_key_s=1,
        **changes,
    )
    tree = toolchain.ensure()
    places = AsteriskPlaces(
        instance=folder / "asterisk",
        tree=tree,
        recordings=folder / "recordings",
        voicemail=folder / "voicemail",
        fallback_prompts=folder / "prompts",
        python=Path(sys.executable),
        certificate=served_by.chain if served_by else None,
        certificate_key=served_by.key if served_by else None,
    )
    known = ensure_secrets(folder / "secrets.json")
    line = Trunk(
        name="loopback",
        host=CUSTOMERS_AT,
        port=outside,
        caller_id="02180009000",
        accept_from=(IPv4Network(f"{CUSTOMERS_AT}/32"),),
        codecs=("ulaw", "alaw"),
        channels=trunk_channels,
    )
    lines = (line, *others)
    render(places, settings, known, lines)
    return PrivateAsterisk(folder, tree, settings, known, places, line, lines)


@dataclass
class Exchange:
    """A running Asterisk with a switch on it, customers and phones."""

    asterisk: PrivateAsterisk
    heard: Heard
    switch: AsteriskSwitch
    clock: MediaClock
    web: aiohttp.ClientSession
    customers: list[Customer] = field(default_factory=list)
    desk_phones: list[DeskPhone] = field(default_factory=list)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    serving: asyncio.Task[None] | None = None

    async def server_dies(self) -> None:
        """All that the server had open is closed, as the kernel does for a killed process."""
        assert self.serving is not None
        self.serving.cancel()
        await asyncio.gather(self.serving, return_exceptions=True)

    async def server_starts(self, handler: LineHandler) -> None:
        """A new server, which knows nothing but what it finds."""
        before = len(self.heard.events)
        self.switch = self.asterisk.switch(self.heard)
        self.serving = asyncio.create_task(self.switch.run(handler))
        self.tasks.append(self.serving)
        await self.heard.until(SwitchConnected, after=before)

    async def call(
        self,
        *,
        to: str = "4001",
        number: str = "13800138000",
        name: bytes = b"",
        network: Network | None = None,
        **facts: object,
    ) -> Customer:
        """A customer dials."""
        line = (self.clock, network or self.asterisk.network())
        customer = await dial(line, Caller(number=number, name=name), to=to, **facts)
        self.customers.append(customer)
        return customer

    async def phone(self, agent: int, manners: Manners | None = None) -> "tuple[Device, WebPhone]":
        """A registered phone of an agent; rings, answers and talks by its manners."""
        device = Device(
            id=DeviceId(f"d{agent}-{secrets.token_hex(4)}"), agent=AgentId(agent), is_browser=False
        )
        ha1 = hashlib.md5(f"{device.id}:{REALM}:{secrets.token_hex(8)}".encode()).hexdigest()
        await self.switch.provide(device, DeviceSecret(username=device.id, realm=REALM, ha1=ha1))
        url = f"ws://127.0.0.1:{self.asterisk.settings.http_port}/ws"
        phone = WebPhone(self.web, url, {"username": device.id, "realm": REALM, "ha1": ha1}, self.clock)
        phone.tone_hz, phone.manners = 1000 + 100 * agent, manners or Manners(ring_s=0.1, talk_s=60)
        self.tasks.append(asyncio.create_task(phone.run()))
        async with asyncio.timeout(PATIENCE_S):
            await phone.is_registered.wait()
        return device, phone

    async def desk_phone(
        self, agent: int, manners: Manners | None = None, *, is_encrypted: bool = False
    ) -> "tuple[Device, DeskPhone]":
        """The plugged-in desk phone of an agent; it registers when it is told to."""
        device = Device(
            id=DeviceId(f"desk-{secrets.token_hex(3)}"),
            agent=AgentId(agent),
            is_browser=False,
            is_lasting=True,
            is_encrypted=is_encrypted,
        )
        ha1 = hashlib.md5(f"{device.id}:{REALM}:{secrets.token_hex(8)}".encode()).hexdigest()
        await self.switch.provide(device, DeviceSecret(username=device.id, realm=REALM, ha1=ha1))
        known = {"username": device.id, "realm": REALM, "ha1": ha1}
        server = ("127.0.0.1", self.asterisk.settings.sip_port)
        phone = await DeskPhone.plug_in(known, self.clock, server)
        phone.tone_hz, phone.manners = 1000 + 100 * agent, manners or Manners(ring_s=0.1, talk_s=60)
        self.desk_phones.append(phone)
        return device, phone


def _hang_up_all(asterisk: PrivateAsterisk) -> None:
    """Waits until they are gone, too: the next test's server would hear of their ends.

    Only once no server serves: a call whose script waits for its server does not end before.
    """
    give_up_s = time.monotonic() + PATIENCE_S
    while asterisk.process is not None and asterisk.process.poll() is None:
        asterisk.console("channel request hangup all")
        if "0 active channels" in (shown := asterisk.console("core show channels")):
            return
        if time.monotonic() > give_up_s:
            raise TimeoutError(shown)


@asynccontextmanager
async def exchange(asterisk: PrivateAsterisk, handler: LineHandler) -> AsyncIterator[Exchange]:
    """Runs a switch on `asterisk`; in the end everything that this started is gone."""
    heard = Heard()
    switch = asterisk.switch(heard)
    clock = MediaClock()
    async with aiohttp.ClientSession() as web:
        found = Exchange(asterisk, heard, switch, clock, web)
        found.tasks.append(asyncio.create_task(clock.run()))
        try:
            await found.server_starts(handler)
            yield found
        finally:
            for customer in found.customers:
                await customer.vanish()
            for phone in found.desk_phones:
                phone.unplug()
            for task in found.tasks:
                task.cancel()
            results = await asyncio.gather(*found.tasks, return_exceptions=True)
            await asyncio.to_thread(_hang_up_all, asterisk)
            for result in results:
                if isinstance(result, Exception):
                    raise result
