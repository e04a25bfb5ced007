"""A private installation of Hotline, started as anyone starts it, on free ports and in its own folder."""

import asyncio
import os
import secrets
import signal
from collections.abc import Mapping
from pathlib import Path

import aiohttp

from rig.customers import Trunk
from rig.ports import free_port

ROOT = Path(__file__).resolve().parent.parent
READY_WITHIN_S = 60.0
"""The first start on a machine unpacks and builds; later ones take seconds."""
STOPPED_WITHIN_S = 40.0
RTP_FIRST_PORT, RTP_PORTS, RTP_RANGES = 20000, 2000, 6
"""Below 32768, from where on the system gives out the other ports."""
LOOPBACK = "127.0.0.1"
NETWORK_HOST = "127.0.0.2"
"""The address of the simulated telephone network; the example's trunk `network` knows it."""


class NotReady(AssertionError):
    """The installation did not come up; the message holds the end of what it said."""


class Instance:
    """One running installation."""

    def __init__(self, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        """`settings`: `HOTLINE_*` variables beside those of ports and folders."""
        self.data = folder / "var"
        self._settings_file = folder / "hotline.toml"
        self.sip_port = free_port()
        self.edge_port = free_port()
        self.agi_port = free_port()
        self.ami_port = free_port()
        rtp_first = RTP_FIRST_PORT + secrets.randbelow(RTP_RANGES) * RTP_PORTS
        self._environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("HOTLINE_") or k == "HOTLINE_CACHE"},
            # The settings of the site around the code, its database above all, are not this one's.
            "HOTLINE_CONFIG": str(self._settings_file),
            "HOTLINE_DATA_DIR": str(self.data),
            "HOTLINE_EDGE__PORT": str(self.edge_port),
            "HOTLINE_WEB__PORT": str(free_port()),
            "HOTLINE_EXAMPLE__BUSINESS_PORT": str(free_port()),
            "HOTLINE_TELEPHONY__AGI_PORT": str(self.agi_port),
            "HOTLINE_TELEPHONY__AMI_PORT": str(self.ami_port),
            "HOTLINE_TELEPHONY__HTTP_PORT": str(free_port()),
            "HOTLINE_TELEPHONY__SIP_PORT": str(self.sip_port),
            "HOTLINE_TELEPHONY__RTP_FIRST_PORT": str(rtp_first),
            "HOTLINE_TELEPHONY__RTP_LAST_PORT": str(rtp_first + RTP_PORTS - 1),
            "HOTLINE_TELEPHONY__SYSTEM_NAME": f"rig{secrets.token_hex(3)}",
            **(settings or {}),
        }
        self._address = self._environment.get("HOTLINE_EDGE__ADDRESS", LOOPBACK)
        self._said = folder / "run.log"
        self._process: asyncio.subprocess.Process | None = None

    @property
    def base_url(self) -> str:
        """Where browsers find it."""
        scheme = "http" if self._address == LOOPBACK else "https"
        return f"{scheme}://{self._address}:{self.edge_port}"

    @property
    def trunk(self) -> Trunk:
        """Where simulated customers dial in from."""
        return Trunk(host=NETWORK_HOST, port=0, asterisk_host="127.0.0.1", asterisk_port=self.sip_port)

    async def start(self) -> None:
        """Starts it and returns when all parts say that they are ready."""
        self._said.parent.mkdir(parents=True, exist_ok=True)
        self._settings_file.touch()
        with self._said.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                str(ROOT / "hotline"),
                "run",
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        await self.until_ready()

    async def until_ready(self, within_s: float = READY_WITHIN_S) -> None:
        """Returns when `/ready` says so; raises `NotReady` after the time or when the process ended."""
        deadline = asyncio.get_running_loop().time() + within_s
        async with aiohttp.ClientSession() as session:
            while asyncio.get_running_loop().time() < deadline:
                if self._process is not None and self._process.returncode is not None:
                    break
                if await _answers(session, f"{self.base_url}/ready"):
                    return
                await asyncio.sleep(0.1)
        raise NotReady(f"{self.said()[-2000:]}\n{self.log('server')[-3000:]}")

    async def command(self, *arguments: str, stdin: bytes | None = None) -> tuple[int, str, str]:
        """Runs `./hotline ARGUMENTS` against this installation: exit code, output, errors."""
        process = await asyncio.create_subprocess_exec(
            str(ROOT / "hotline"),
            *arguments,
            env=self._environment,
            stdin=asyncio.subprocess.PIPE if stdin is not None else asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, errors = await process.communicate(stdin)
        return process.returncode or 0, out.decode(), errors.decode()

    def pid(self, part: str) -> int:
        """The process of `server`, `edge` or `asterisk`."""
        return int((self.data / "run" / f"{part}.process").read_text(encoding="ascii").split()[0])

    def signal(self, part: str, number: signal.Signals) -> None:
        """Sends a signal to one part and all that it started."""
        os.killpg(self.pid(part), number)

    def said(self) -> str:
        """What the installation printed."""
        return self._said.read_text(encoding="utf-8", errors="replace") if self._said.exists() else ""

    def log(self, part: str) -> str:
        """What `server`, `edge` or `asterisk` printed."""
        file = self.data / "log" / f"{part}.log"
        return file.read_text(encoding="utf-8", errors="replace") if file.exists() else ""

    async def stop(self) -> None:
        """Stops it as a person would."""
        if self._process is None or self._process.returncode is not None:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), STOPPED_WITHIN_S)
        except TimeoutError:
            os.killpg(self._process.pid, signal.SIGKILL)
            raise


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url, ssl=False, timeout=aiohttp.ClientTimeout(total=2)) as reply:
            return reply.status == 200
    except (aiohttp.ClientError, TimeoutError, OSError):
        return False
