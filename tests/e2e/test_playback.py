"""An agent pauses the recording of a call, and hears it later with its words in step."""

import json
import time
from typing import Any

from playwright.async_api import Page, Route, expect

from rig.browser import Browsers
from tests.e2e.floor import Floor, hears_tone, shows, until

AGENT_TONE_HZ = 1000
PAUSED_S = 2.0
SPEECHES = (
    ("agent", 0.2, ("您好", "，", "海蓝", "电器")),
    ("customer", 1.2, ("我", "上周", "买", "的", "洗衣机", "漏水")),
    ("agent", 2.4, ("请", "说", "一下", "卡号")),
    ("customer", 5.0, ("好的", "谢谢")),
)


def segment(side: str, start_s: float, words: tuple[str, ...]) -> dict[str, Any]:
    said = [
        {"text": word, "start_s": start_s + at / 5, "end_s": start_s + (at + 1) / 5, "confidence": 0.9}
        for at, word in enumerate(words)
    ]
    return {
        "side": side,
        "start_s": start_s,
        "end_s": said[-1]["end_s"],
        "said_at": "2026-11-23T02:00:00Z",
        "text": "".join(words),
        "confidence": 0.9,
        "words": said,
    }


async def tell_transcript(route: Route) -> None:
    """The sounds of this call are tones, in which no recogniser hears words."""
    segments = [segment(*speech) for speech in SPEECHES]
    told = {
        "call_id": "any",
        "state": "done",
        "lack": None,
        "source": "recording",
        "seconds": 6,
        "sides": [],
        "gaps": [],
        "segments": segments,
    }
    await route.fulfill(status=200, content_type="application/json", body=json.dumps(told))


async def position_s(page: Page) -> float:
    return float(await page.get_by_test_id("wave-form").get_attribute("aria-valuenow") or 0)


async def test_a_paused_recording_is_played_with_its_words_and_its_silence(
    floor: Floor, browsers: Browsers
) -> None:
    async with browsers.fresh(tone_hz=AGENT_TONE_HZ) as context:
        desk = await floor.ready_desk("lijing", context)
        page = desk.page
        await page.route("**/api/calls/*/transcript", tell_transcript)
        customer = await floor.queued_customer("13511112222")
        await page.get_by_test_id("call-answer").click(timeout=20_000)
        await hears_tone(customer, AGENT_TONE_HZ)

        button = page.get_by_test_id("call-recording")
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", "true")
        paused_at_s = time.monotonic()
        await until(lambda: time.monotonic() - paused_at_s > PAUSED_S, 10, "a pause")
        await page.keyboard.press("Alt+P")
        await expect(button).to_have_attribute("aria-pressed", "false")
        await hears_tone(customer, AGENT_TONE_HZ)
        await page.get_by_test_id("call-hang-up").click()
        await customer.until_over(10)
        await shows(desk, "state-menu", "data-state", "wrap_up")

        await page.get_by_test_id("recent-calls").get_by_test_id("call-row").first.click()
        await expect(page.get_by_test_id("playback")).to_be_visible()
        await expect(page.get_by_test_id("wave-pause")).to_have_count(1)
        await expect(page.get_by_test_id("transcript-pause")).to_contain_text("李静 暂停了录音")
        await page.get_by_test_id("transcript-search").fill("买的洗衣机")
        await expect(page.get_by_test_id("transcript-matches")).to_have_text("第 1 处，共 1 处")
        await page.get_by_text("漏水").click()
        assert await position_s(page) == 2
        await page.get_by_test_id("wave-form").focus()
        await page.keyboard.press("Home")
        assert await position_s(page) == 0
        await page.keyboard.press("Space")
        await expect(page.get_by_test_id("wave-form")).to_have_attribute("aria-valuenow", "2", timeout=10_000)
        await page.keyboard.press("Space")
        await expect(page.get_by_role("button", name="播放")).to_be_visible()
        assert not await page.get_by_role("alert").count()
    trail = floor.rows("SELECT action, subject FROM audit WHERE action LIKE 'recording_%' ORDER BY id")
    call = trail[0][1]
    assert [action for action, _ in trail] == ["recording_played", "recording_heard"]
    assert str(trail[1][1]).startswith(f"{call} 0.0-")
