"""Tabs of a browser that nothing keeps awake: driven by bare DevTools commands.

Playwright tells every page that it is visible and starts browsers with their throttling off. What a browser
does to a tab that nobody looks at shows only without it.
"""

import asyncio
import contextlib
import itertools
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from rig.browser import COMMON_ARGUMENTS, microphone

STARTED_WITHIN_S = 30.0
ANSWERED_WITHIN_S = 30.0
POLL_S = 0.1
THROTTLED_AFTER_S = 10
"""Hidden for so long, a tab's timers get the slowest pace; browsers as they come wait five minutes."""


class Devtools:
    """The browser's DevTools socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def run(self) -> None:
        """Hands answers to those who asked, until cancelled."""
        async for frame in self._socket:
            answer = json.loads(frame.data)
            if asked := self._waiting.pop(answer.get("id"), None):
                asked.set_result(answer)

    async def ask(self, method: str, session: str | None = None, **parameters: object) -> dict[str, Any]:
        """One command; raises `AssertionError` with the browser's words when it fails."""
        number = next(self._ids)
        answered = self._waiting[number] = asyncio.get_running_loop().create_future()
        where = {"sessionId": session} if session else {}
        await self._socket.send_json({"id": number, "method": method, "params": parameters, **where})
        answer = await asyncio.wait_for(answered, ANSWERED_WITHIN_S)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return dict(answer["result"])


class Tab:
    """One tab."""

    def __init__(self, devtools: Devtools, session: str) -> None:
        self._devtools = devtools
        self._session = session

    async def evaluate(self, expression: str) -> Any:
        """What a script gives; a promise is awaited."""
        answer = await self._devtools.ask(
            "Runtime.evaluate",
            self._session,
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            userGesture=True,
        )
        assert "exceptionDetails" not in answer, str(answer["exceptionDetails"])
        return answer["result"].get("value")

    async def open(self, url: str) -> None:
        """Goes to a page and returns when it has loaded."""
        await self._devtools.ask("Page.navigate", self._session, url=url)
        await self.until(f"document.readyState === 'complete' && location.href === {json.dumps(url)}", 30)

    async def until(self, expression: str, within_s: float) -> None:
        """Returns when a script gives true; asks from outside, because the page's own timers may sleep."""
        async with asyncio.timeout(within_s):
            while not await self.evaluate(expression):  # noqa: ASYNC110 - nothing here could set an event
                await asyncio.sleep(POLL_S)


class Tabs:
    """All tabs of one window: the one opened last hides the others."""

    def __init__(self, devtools: Devtools) -> None:
        self._devtools = devtools

    async def open(self, url: str = "about:blank") -> Tab:
        """A new tab, in front of the others."""
        target = (await self._devtools.ask("Target.createTarget", url=url))["targetId"]
        attached = await self._devtools.ask("Target.attachToTarget", targetId=target, flatten=True)
        await self._devtools.ask("Target.activateTarget", targetId=target)
        return Tab(self._devtools, attached["sessionId"])


@asynccontextmanager
async def sleepy_browser(*, tone_hz: int) -> AsyncIterator[Tabs]:
    """A browser as people start it, except that tabs fall asleep sooner."""
    with tempfile.TemporaryDirectory(prefix="browser-", ignore_cleanup_errors=True) as name:
        profile = Path(name) / "profile"
        process = await asyncio.create_subprocess_exec(
            "chromium",
            "--headless=new",
            f"--user-data-dir={profile}",
            "--remote-debugging-port=0",
            f"--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/{THROTTLED_AFTER_S}",
            *COMMON_ARGUMENTS,
            f"--use-file-for-fake-audio-capture={microphone(Path(name), tone_hz)}",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            address = await _address(profile / "DevToolsActivePort")
            async with _devtools(address) as devtools:
                yield Tabs(devtools)
        finally:
            process.terminate()
            await process.wait()


@asynccontextmanager
async def _devtools(address: str) -> AsyncIterator[Devtools]:
    async with aiohttp.ClientSession() as session, session.ws_connect(address, max_msg_size=0) as socket:
        devtools = Devtools(socket)
        running = asyncio.create_task(devtools.run())
        try:
            yield devtools
        finally:
            running.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await running


async def _address(file: Path) -> str:
    async with asyncio.timeout(STARTED_WITHIN_S):
        while (address := _written(file)) is None:  # noqa: ASYNC110 - another program's file
            await asyncio.sleep(POLL_S)
    return address


def _written(file: Path) -> str | None:
    """The DevTools socket's address, as soon as the browser has written its port and path."""
    words = file.read_text(encoding="ascii").split() if file.exists() else []
    return f"ws://127.0.0.1:{words[0]}{words[1]}" if len(words) == 2 else None
