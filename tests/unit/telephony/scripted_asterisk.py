"""An Asterisk of a few lines: its manager and HTTP ports, whose answers a test writes."""

import asyncio
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from aiohttp import web

from kernel.clock import SystemClock
from rig.ports import free_ports
from telephony.asterisk.render import AsteriskSecrets
from telephony.asterisk.switch import AsteriskSwitch
from telephony.events import SwitchConnected
from telephony.port import Line
from telephony.settings import TelephonySettings
from telephony.trunks import NumberRules, Trunk
from tests.asterisk.private_asterisk import Heard

CALL = "h-1795000000.1"
SUCCESS = "Response: Success\nActionID: <id>"
NO_CHANNEL = "Response: Error\nActionID: <id>\nMessage: No such channel"
BOOTED = f"{SUCCESS}\nCoreStartupDate: 2026-11-22\nCoreStartupTime: 09:00:00"
ONE_CALLER = (
    f"{SUCCESS}\nEventList: start",
    (
        f"Event: Status\nActionID: <id>\nUniqueid: {CALL}\nChannel: PJSIP/trunk-a-00000001\n"
        f"ChannelState: 6\nVariable: HL_CALL={CALL}\nVariable: HL_TRUNK=a"
    ),
    "Event: StatusComplete\nActionID: <id>\nEventList: Complete",
)


class ScriptedAsterisk:
    """Has one caller, and answers each action as the test wants it; `<id>` stands for the action's id."""

    def __init__(self) -> None:
        self.scripts: dict[str, deque[tuple[str, ...]]] = defaultdict(deque)
        """What is said to the next actions of a name; success after that."""
        self.online: list[str] = []
        """The devices that ARI shows as registered."""
        self.actions: list[dict[str, str]] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._news = asyncio.Event()

    def says(self, *messages: str) -> None:
        """Tells whoever is connected."""
        for message in messages:
            self._writers[-1].write((message.replace("\n", "\r\n") + "\r\n\r\n").encode())

    def hangs_up_the_manager(self) -> None:
        """The connection is lost, the calls are not."""
        self._writers[-1].close()

    async def asked(self, name: str, times: int = 1) -> list[dict[str, str]]:
        """The actions of this name, once there are so many."""
        async with asyncio.timeout(5):
            while len(found := [action for action in self.actions if action["Action"] == name]) < times:
                self._news.clear()
                await self._news.wait()
        return found

    async def manage(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection to the manager."""
        self._writers.append(writer)
        try:
            while True:
                text = (await reader.readuntil(b"\r\n\r\n")).decode()
                action = dict(line.split(": ", 1) for line in text.splitlines() if line)
                self.says(*(message.replace("<id>", action["ActionID"]) for message in self._answer(action)))
                self.actions.append(action)
                self._news.set()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def endpoints(self, _request: web.Request) -> web.Response:
        """ARI's list."""
        return web.json_response([{"resource": name, "state": "online"} for name in self.online])

    def _answer(self, action: dict[str, str]) -> tuple[str, ...]:
        script = self.scripts[action["Action"]]
        if script:
            return script.popleft()
        return {"CoreStatus": (BOOTED,), "Status": ONE_CALLER}.get(action["Action"], (SUCCESS,))


@asynccontextmanager
async def on_scripted_asterisk(
    scripted: ScriptedAsterisk | None = None, lines: Sequence[Trunk] = (), *, action_timeout_s: float = 2.0
) -> AsyncIterator[tuple[ScriptedAsterisk, AsteriskSwitch, Heard]]:
    """A switch that has adopted the one caller."""
    scripted, heard = scripted or ScriptedAsterisk(), Heard()
    agi, ami, http = free_ports(3)
    app = web.Application()
    app.router.add_get("/ari/endpoints/PJSIP", scripted.endpoints)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", http).start()
    settings = TelephonySettings(
        agi_port=agi,
        ami_port=ami,
        http_port=http,
        reconnect_first_s=0.01,
        action_timeout_s=action_timeout_s,
    )
    switch = AsteriskSwitch(
        settings,
        AsteriskSecrets(ami="secret", ari="secret"),
        bus=heard,
        clock=SystemClock(),
        number_rules={"a": NumberRules()},
        lines=lines,
    )
    async with await asyncio.start_server(scripted.manage, "127.0.0.1", ami):
        running = asyncio.create_task(switch.run(_hold))
        try:
            await heard.until(SwitchConnected)
            yield scripted, switch, heard
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            await runner.cleanup()


async def _hold(line: Line) -> None:
    await line.hold()
