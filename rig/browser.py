"""A real browser for an agent: its microphone hums a tone, its loudspeaker is measured."""

import contextlib
import os
import signal
import tempfile
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from playwright.async_api import Browser, BrowserContext, Page, Playwright, async_playwright
from playwright.async_api import TimeoutError as PlaywrightTimeout

CHROMIUM = "/usr/bin/chromium"
MICROPHONE_RATE_HZ = 48000
PRIORITY = 2
"""Real-time, above the server's and below Asterisk's."""
MENU_TRIES_MAX = 5
MENU_OPEN_MS = 3_000
COMMON_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
)

LOUDSPEAKER = """
(() => {
  const Native = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Native {
    constructor(...settings) {
      super(...settings);
      this.addEventListener('track', (event) => {
        const context = new AudioContext();
        const analyser = context.createAnalyser();
        analyser.fftSize = 8192;
        context.createMediaStreamSource(new MediaStream([event.track])).connect(analyser);
        window.rigLoudspeaker = { analyser, rate: context.sampleRate, context };
      });
    }
  };
  window.rigHeardHz = () => {
    const speaker = window.rigLoudspeaker;
    if (!speaker) return 0;
    speaker.context.resume();
    const bins = new Float32Array(speaker.analyser.frequencyBinCount);
    speaker.analyser.getFloatFrequencyData(bins);
    let best = 0;
    bins.forEach((level, i) => { if (level > bins[best]) best = i; });
    return bins[best] < -70 ? 0 : best * speaker.rate / speaker.analyser.fftSize;
  };
})();
"""
"""Runs before the page's own scripts; `rigHeardHz()` is the loudspeaker's strongest tone, 0 in silence."""

UNTIL_HEARD = """
([hertz, withinMs]) => new Promise((resolve, reject) => {
  const endsAt = performance.now() + withinMs;
  const listen = () => {
    if (Math.abs(window.rigHeardHz() - hertz) < 15) resolve();
    else if (performance.now() > endsAt) reject(new Error(`no tone of ${hertz} Hz was heard`));
    else setTimeout(listen, 100);
  };
  listen();
})
"""
"""Waits inside the page: Playwright's own waiting evaluates text, which the pages' policy forbids."""


def microphone(folder: Path, tone_hz: int) -> Path:
    """The file that a browser's fake microphone repeats."""
    path = folder / f"microphone-{tone_hz}.wav"
    samples = 12000 * np.sin(2 * np.pi * tone_hz * np.arange(MICROPHONE_RATE_HZ) / MICROPHONE_RATE_HZ)
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, MICROPHONE_RATE_HZ, 0, "NONE", ""))
        file.writeframes(samples.astype(np.int16).tobytes())
    return path


class Browsers:
    """One for each tone, started when first wanted; who comes to it finds it as if nobody had been there.

    Starting one takes both processors for a second.
    """

    def __init__(self, playwright: Playwright, folder: Path) -> None:
        self._playwright = playwright
        self._folder = folder
        self._started: dict[int, Browser] = {}

    @asynccontextmanager
    async def fresh(self, *, tone_hz: int, program: str = CHROMIUM) -> AsyncIterator[BrowserContext]:
        """Without cookies, pages or anything stored. Only one agent at a time may have a tone."""
        started = self._started.get(tone_hz)
        if started is None or not started.is_connected():
            started = self._started[tone_hz] = await self._start(tone_hz, program)
        context = await started.new_context(
            ignore_https_errors=True,
            locale="zh-CN",
            viewport={"width": 1440, "height": 900},
            reduced_motion="reduce",  # nobody watches menus glide, and each click would wait for it
        )
        await context.add_init_script(LOUDSPEAKER)
        try:
            yield context
        finally:
            await context.close()

    async def _start(self, tone_hz: int, program: str) -> Browser:
        hears = f"--use-file-for-fake-audio-capture={microphone(self._folder, tone_hz)}"
        return await self._playwright.chromium.launch(
            executable_path=program, headless=True, args=[*COMMON_ARGUMENTS, hears]
        )

    async def close(self) -> None:
        """Ends them all."""
        for started in self._started.values():
            await started.close()


@asynccontextmanager
async def all_browsers() -> AsyncIterator[Browsers]:
    """Those that are started here end here."""
    with tempfile.TemporaryDirectory(prefix="browser-") as folder:
        async with async_playwright() as playwright:
            browsers = Browsers(playwright, Path(folder))
            try:
                yield browsers
            finally:
                await browsers.close()


@asynccontextmanager
async def browser(*, tone_hz: int, program: str = CHROMIUM) -> AsyncIterator[BrowserContext]:
    """One that nobody shares."""
    async with all_browsers() as browsers, browsers.fresh(tone_hz=tone_hz, program=program) as context:
        yield context


async def kill_tabs(context: BrowserContext) -> None:
    """Ends every tab of the browser at once, as the operating system ends a process."""
    for process, kind in await _processes(context):
        if kind == "renderer":
            os.kill(process, signal.SIGKILL)


async def go_before_other_programs(context: BrowserContext) -> None:
    """Where the system lets it: the browser of an agent who has a machine of their own."""
    for process, _ in await _processes(context):
        _hurry(process)


def _hurry(process: int) -> None:
    for thread in Path(f"/proc/{process}/task").iterdir():
        with contextlib.suppress(PermissionError, ProcessLookupError):
            os.sched_setscheduler(int(thread.name), os.SCHED_RR, os.sched_param(PRIORITY))


async def _processes(context: BrowserContext) -> list[tuple[int, str]]:
    """Each with what it is for."""
    browser = context.browser
    assert browser is not None
    devtools = await browser.new_browser_cdp_session()
    found = await devtools.send("SystemInfo.getProcessInfo")
    return [(process["id"], process["type"]) for process in found["processInfo"]]


class Desk:
    """The agent's page, by the ids that its elements keep for tests."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url

    async def sign_in(self, name: str, password: str) -> None:
        """Signs in and waits for the bar."""
        await self.page.goto(f"{self.base_url}/?audio=raw")
        await self.page.get_by_test_id("sign-in-name").fill(name)
        await self.page.get_by_test_id("sign-in-password").fill(password)
        await self.page.get_by_test_id("sign-in-submit").click()
        await self.page.get_by_test_id("me-menu").wait_for()

    async def become_ready(self) -> None:
        """Sets the agent ready. A menu that a ringing call closed meanwhile is opened again."""
        ready = self.page.get_by_test_id("state-ready")
        for _ in range(MENU_TRIES_MAX):
            await self.page.get_by_test_id("state-menu").click()
            try:
                await ready.click(timeout=MENU_OPEN_MS)
            except PlaywrightTimeout:
                continue
            return
        raise PlaywrightTimeout("the menu of states did not stay open")

    async def heard_tone(self, frequency_hz: float, within_s: float) -> None:
        """Returns when the loudspeaker carries the tone; raises Playwright's error otherwise."""
        await self.page.evaluate(UNTIL_HEARD, [frequency_hz, within_s * 1000])
