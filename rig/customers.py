"""Simulated customers: sipp signals, a `MediaEnd` speaks, presses keys and listens."""

import asyncio
import contextlib
import itertools
import secrets
import shutil
import socket
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from rig.media import MediaClock, MediaEnd
from rig.sip import build, media_address
from rig.tones import PACKET_S, Heard, listen

SCENARIO = Path(__file__).with_name("customer.xml")
MEDIA_PORTS = range(10000, 20000, 4)
"""Above those by which sipps are controlled, below those that the system and the switch give out."""
FIRST_SOUND_WITHIN_S = 20.0
ERRORS = "errors.log"
ANSWER = "answer.log"

_next_media_ports = itertools.cycle(MEDIA_PORTS)
# Each run begins elsewhere, so that runs beside each other seldom want the same.
next(itertools.islice(_next_media_ports, secrets.randbelow(len(MEDIA_PORTS)), None))


class NoAnswer(AssertionError):
    """A customer who dialled heard nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trunk:
    """Where customers come from and go to."""

    host: str
    """Local address of the simulated network; the trunk knows it by this."""
    port: int
    """Local SIP port; one customer at a time uses it, so each gets a free one when 0."""
    asterisk_host: str
    asterisk_port: int


@dataclass(frozen=True, slots=True)
class _Answer:
    """What the far end's answer said, as customer.xml writes it down."""

    to: str
    contact: str
    sound: tuple[str, int]
    """Where it wants what the customer says."""


class Customer:
    """One customer on the phone."""

    def __init__(
        self, end: MediaEnd, process: asyncio.subprocess.Process, folder: Path, trunk: Trunk, number: str
    ) -> None:
        self.end = end
        self.process = process
        self._folder = folder
        self._trunk = trunk
        self.number = number
        self.dialled_at_s = time.monotonic()
        self._speaking = asyncio.create_task(self._speak_once_answered())

    async def _speak_once_answered(self) -> None:
        """As phones do; a switch that is sent no sound plays none either for its first half second."""
        while self.is_on_the_phone and self.end.far is None:
            if answer := self._answer():
                self.end.far = answer.sound
            await asyncio.sleep(PACKET_S)

    def _answer(self) -> _Answer | None:
        file = self._folder / ANSWER
        written = file.read_text(encoding="utf-8") if file.exists() else ""
        if not written.endswith("\n"):
            return None
        to, contact, *description = written.strip().split("|")
        return _Answer(to, contact.split("<")[-1].split(">")[0], media_address("\n".join(description)))

    async def first_sound(self) -> None:
        """Returns when the line was answered and something came back."""
        if self.end.heard:
            return
        heard = asyncio.Event()
        self.end.on_first_packet = heard.set
        hearing, ending = asyncio.create_task(heard.wait()), asyncio.create_task(self.process.wait())
        try:
            await asyncio.wait(
                (hearing, ending), timeout=FIRST_SOUND_WITHIN_S, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            hearing.cancel()
            ending.cancel()
        if not heard.is_set():
            words = (self._folder / ERRORS).read_text(encoding="utf-8", errors="replace")
            raise NoAnswer(f"{self.number} heard nothing; sipp ended with {self.process.returncode}: {words}")

    def press(self, key: str) -> None:
        """Presses a key."""
        self.end.press(key)

    def listen(self) -> list[Heard]:
        """What this customer heard until now, or until the call's end."""
        return listen(self.end.heard, time.monotonic() if self.is_on_the_phone else self._last_s())

    def _last_s(self) -> float:
        return self.end.heard[-1][0] if self.end.heard else 0.0

    @property
    def is_on_the_phone(self) -> bool:
        """Whether the call goes on."""
        return self.process.returncode is None

    async def until_over(self, timeout_s: float) -> int:
        """Waits for the end of the call; 0 when it ended in good order."""
        code = await asyncio.wait_for(self.process.wait(), timeout_s)
        self.end.is_open = False
        return code

    async def hang_up(self) -> None:
        """Hangs up now. sipp can't be told to, so its dialog is ended from outside."""
        self._send("BYE", 3)
        await self.vanish()

    def ask_for_transfer(self, target: str) -> None:
        """Asks the switch to connect the far end with `target`, as phones do (RFC 3515)."""
        self._send("REFER", 2, ("Refer-To", target))

    def _send(self, method: str, number: int, *more: tuple[str, str]) -> None:
        answer = self._answer()
        assert answer is not None, "not answered yet"
        here = f"{self._trunk.host}:{self.end.port}"
        request = build(
            f"{method} {answer.contact} SIP/2.0",
            [
                ("Via", f"SIP/2.0/UDP {here};branch=z9hG4bK{secrets.token_hex(8)}"),
                ("From", f"<sip:{self.number}@{here}>;tag=1c"),
                ("To", answer.to),
                ("Call-ID", f"1-{self._folder.name}"),
                ("CSeq", f"{number} {method}"),
                ("Contact", f"<sip:{self.number}@{here}>"),
                ("Max-Forwards", "70"),
                *more,
            ],
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.bind((self._trunk.host, 0))
            wire.sendto(request.encode(), (self._trunk.asterisk_host, self._trunk.asterisk_port))

    async def leave(self) -> None:
        """Ends the call, whatever it has come to."""
        if self.is_on_the_phone and self._answer():
            await self.hang_up()
        await self.vanish()

    async def vanish(self) -> None:
        """Ends without a word, as a phone whose battery died."""
        if self.is_on_the_phone:
            self.process.kill()
            await self.process.wait()
        self._speaking.cancel()
        self.end.close()
        shutil.rmtree(self._folder, ignore_errors=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who dials: number and name as the phone sends them."""

    number: str
    name: bytes = b""
    """Raw, so that a phone's bad manners can be played; no semicolon or line feed."""


def _idle_ports(host: str) -> tuple[int, int]:
    """For sipp: one for sound, beside which it binds the next even one for pictures; one for SIP.

    Left to itself every sipp searches from the same ports on: beside fifty others it finds none, and it takes
    5060, where whoever is called by an outside line is to be found.
    """
    while True:
        port = next(_next_media_ports)
        with contextlib.suppress(OSError), contextlib.ExitStack() as bound:
            for each in (port, port + 2, port + 3):
                bound.enter_context(socket.socket(type=socket.SOCK_DGRAM)).bind((host, each))
            return port, port + 3


async def dial(
    line: tuple[MediaClock, Trunk],
    caller: Caller,
    *,
    to: str,
    tone_hz: int | None = 440,
    patience_s: float = 120.0,
) -> Customer:
    """A customer dials. `patience_s`: hangs up by themselves after this time on the phone."""
    clock, trunk = line
    end = await clock.open(trunk.host, tone_hz)
    folder = Path(tempfile.mkdtemp(prefix="customer-"))
    fields = b";".join((str(end.port).encode(), to.encode(), caller.number.encode(), caller.name))
    (folder / "fields.csv").write_bytes(b"SEQUENTIAL\n" + fields + b"\n")
    scenario = SCENARIO.read_text(encoding="utf-8").replace("PATIENCE_MS", str(int(patience_s * 1000)))
    (folder / "customer.xml").write_text(scenario, encoding="utf-8")
    media_port, sip_port = _idle_ports(trunk.host)
    with (folder / ERRORS).open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *("sipp", f"{trunk.asterisk_host}:{trunk.asterisk_port}", "-m", "1", "-nostdin"),
            *("-sf", "customer.xml", "-inf", "fields.csv", "-cid_str", f"%u-{folder.name}"),
            *("-i", trunk.host, "-p", str(trunk.port or sip_port)),
            *("-mi", trunk.host, "-mp", str(media_port)),
            *("-timeout", f"{int(patience_s) + 60}", "-trace_logs", "-log_file", ANSWER),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=errors,
            cwd=folder,
        )
    return Customer(end, process, folder, trunk, caller.number)
