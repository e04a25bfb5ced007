"""The telephone network of a simulated call: a second Asterisk that phones the running system.

It listens on another loopback address than Hotline's, which is how the outside line `loopback`
knows its calls. Everything it writes is in one temporary folder.
"""

import asyncio
import secrets
import shutil
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from infra.toolchain.asterisk import AsteriskTree
from kernel.errors import HotlineError
from telephony.asterisk.ami import AmiConnection

NETWORK_ADDRESS = "127.0.0.2"
START_TIMEOUT_S = 20.0
STOP_TIMEOUT_S = 5.0
RING_TIMEOUT_MS = 20_000
ACTION_TIMEOUT_S = 5.0
RTP_PORTS = 40
RING_AGENT_S = 1

FIXED_FILES = Path(__file__).parent / "network_conf"
EMPTY_FILES = (
    *("acl.conf", "ccss.conf", "cdr.conf", "cel.conf", "cli_aliases.conf", "cli_permissions.conf"),
    *("codecs.conf", "dnsmgr.conf", "dsp.conf", "features.conf", "http.conf", "pjproject.conf"),
    *("stasis.conf", "udptl.conf"),
)
"""Asterisk complains about these when they are absent; empty ones mean the defaults."""


class NetworkFailed(HotlineError):
    """The second Asterisk, which plays the network, did not come up."""

    code = "network_failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Digest credentials of a simulated agent's phone, as the API gave them out."""

    username: str
    realm: str
    ha1: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """Where the network finds Hotline and the people's sound."""

    hotline_sip_port: int
    ears_port: int
    desk: Desk | None = None
    desk_ear: str = ""


class Network:
    """A running network."""

    def __init__(self, manager: AmiConnection, lines: Lines) -> None:
        self._manager = manager
        self._lines = lines

    async def dial(self, *, number: str, caller: str, name: str, ear: str, channel: str) -> None:
        """Phones Hotline; when it answers, the caller's sound goes to `ear`."""
        # Asterisk takes a backslash in a quoted name for the sign before a quotation mark.
        quoted = name.replace("\\", "\\\\")
        await self._manager.act(
            "Originate",
            {
                "Channel": f"PJSIP/{number}@hotline",
                "ChannelId": channel,
                "CallerID": f'"{quoted}" <{caller}>' if name else f"<{caller}>",
                "Application": "AudioSocket",
                "Data": f"{ear},127.0.0.1:{self._lines.ears_port}",
                "Timeout": str(RING_TIMEOUT_MS),
                "Async": "true",
            },
        )

    async def press(self, channel: str, key: str) -> None:
        """Presses a key on a caller's phone."""
        await self._manager.act("PlayDTMF", {"Channel": channel, "Digit": key, "Duration": "160"})

    async def hang_up(self, channel: str) -> None:
        """The caller hangs up; harmless when the call is over."""
        with suppress(HotlineError):
            await self._manager.act("Hangup", {"Channel": channel})


@asynccontextmanager
async def network(tree: AsteriskTree, lines: Lines) -> AsyncIterator[Network]:
    """A network that lives as long as the block."""
    with TemporaryDirectory(prefix="hotline-network-") as folder:
        manager_port, manager_secret = free_port("127.0.0.1", socket.SOCK_STREAM), secrets.token_hex(16)
        configuration = write_configuration(Path(folder), tree, lines, manager_port, manager_secret)
        process = await asyncio.create_subprocess_exec(
            *tree.asterisk("-f", "-C", str(configuration)),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            manager = await _sign_in(process, manager_port, manager_secret)
            try:
                yield Network(manager, lines)
            finally:
                manager.transport.close()
        finally:
            await _end(process)


async def _sign_in(process: asyncio.subprocess.Process, port: int, secret: str) -> AmiConnection:
    """Connects to the manager as soon as it listens, and waits until all is loaded."""
    loop = asyncio.get_running_loop()
    is_booted = asyncio.Event()

    def on_event(message: Mapping[str, object]) -> None:
        if message.get("Event") == "FullyBooted":
            is_booted.set()

    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            while True:
                if process.returncode is not None:
                    raise NetworkFailed(f"Asterisk as network ended with exit code {process.returncode}")
                with suppress(OSError):
                    _, manager = await loop.create_connection(
                        lambda: AmiConnection(on_event, ACTION_TIMEOUT_S), "127.0.0.1", port
                    )
                    break
                await asyncio.sleep(0.05)
            await manager.act("Login", {"Username": "network", "Secret": secret, "Events": "system"})
            await is_booted.wait()
    except TimeoutError as error:
        raise NetworkFailed(f"Asterisk as network was not up within {START_TIMEOUT_S:.0f} s") from error
    return manager


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def free_port(address: str, kind: socket.SocketKind) -> int:
    """A port that is free at this moment."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind((address, 0))
        port: int = probe.getsockname()[1]
        return port


def write_configuration(
    folder: Path, tree: AsteriskTree, lines: Lines, manager_port: int, manager_secret: str
) -> Path:
    """Writes all files; returns the path of `asterisk.conf`."""
    for name in ("etc", "lib", "spool", "run", "log", "cache"):
        (folder / name).mkdir(mode=0o700)
    rtp_first = free_port(NETWORK_ADDRESS, socket.SOCK_DGRAM) // 2 * 2
    rtp_first = min(rtp_first, 65_000 - RTP_PORTS)
    files = {
        "asterisk.conf": _asterisk(folder, tree),
        "manager.conf": (
            f"[general]\nenabled = yes\nbindaddr = 127.0.0.1\nport = {manager_port}\n"
            f"[network]\nsecret = {manager_secret}\nread = system,call\nwrite = originate,call,system\n"
        ),
        "rtp.conf": f"[general]\nrtpstart = {rtp_first}\nrtpend = {rtp_first + RTP_PORTS}\n",
        "pjsip.conf": _pjsip(lines),
        "extensions.conf": _extensions(lines),
    } | dict.fromkeys(EMPTY_FILES, "")
    shutil.copytree(FIXED_FILES, folder / "etc", dirs_exist_ok=True)
    for name, text in files.items():
        (folder / "etc" / name).write_text(text, encoding="utf-8")
    return folder / "etc" / "asterisk.conf"


def _asterisk(folder: Path, tree: AsteriskTree) -> str:
    places = {
        "astetcdir": folder / "etc",
        "astmoddir": tree.modules,
        "astvarlibdir": folder / "lib",
        "astdbdir": folder / "lib",
        "astkeydir": folder / "lib",
        "astdatadir": tree.data,
        "astagidir": folder / "lib",
        "astspooldir": folder / "spool",
        "astrundir": folder / "run",
        "astlogdir": folder / "log",
        "astcachedir": folder / "cache",
    }
    listed = "".join(f"{name} => {place}\n" for name, place in places.items())
    return f"[directories]\n{listed}[options]\nsystemname = network\nlive_dangerously = no\n"


def _pjsip(lines: Lines) -> str:
    hotline = f"sip:127.0.0.1:{lines.hotline_sip_port}"
    text = (
        "[udp]\ntype = transport\nprotocol = udp\n"
        f"bind = {NETWORK_ADDRESS}:{free_port(NETWORK_ADDRESS, socket.SOCK_DGRAM)}\n"
        "[hotline]\ntype = endpoint\ncontext = ringing\ndisallow = all\nallow = ulaw\ndirect_media = no\n"
        "aors = hotline\ndtmf_mode = rfc4733\nidentify_by = ip\n"
        f"[hotline]\ntype = aor\ncontact = {hotline}\n"
        "[hotline]\ntype = identify\nendpoint = hotline\nmatch = 127.0.0.1\n"
    )
    if lines.desk is None:
        return text
    desk = lines.desk
    return text + (
        f"[desk]\ntype = auth\nauth_type = md5\nusername = {desk.username}\nrealm = {desk.realm}\n"
        f"md5_cred = {desk.ha1}\n"
        "[desk]\ntype = registration\ntransport = udp\noutbound_auth = desk\ncontact_user = desk\n"
        f"server_uri = {hotline}\nclient_uri = sip:{desk.username}@127.0.0.1:{lines.hotline_sip_port}\n"
        "expiration = 120\nretry_interval = 2\n"
    )


def _extensions(lines: Lines) -> str:
    """What the simulated agent's phone does when it rings."""
    return (
        "[general]\nstatic = yes\n[ringing]\nexten => desk,1,Ringing()\n"
        f" same => n,Wait({RING_AGENT_S})\n same => n,Answer()\n"
        f" same => n,AudioSocket({lines.desk_ear},127.0.0.1:{lines.ears_port})\n same => n,Hangup()\n"
    )
