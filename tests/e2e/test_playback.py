"""An agent pauses the recording of a call, and hears it later with its words in step."""

import json
import time
from typing import Any

from playwright.async_api import BrowserContext, Page, Route, expect

from rig.browser import Browsers
from tests.e2e.floor import Floor, hears_tone, shows, until
from tests.e2e.flow_desk import picture, signed_in

AGENT_TONE_HZ = 1000
NUMBER = "13511112222"
PAUSED_S = 2.0
HEARINGS = (
    "SELECT action, subject FROM audit WHERE action IN ('recording_played', 'recording_heard') ORDER BY id"
)
NOTE_SPEEDS = """
() => {
  const play = HTMLMediaElement.prototype.play;
  window.rigSpeeds = [];
  HTMLMediaElement.prototype.play = function () {
    window.rigSpeeds.push(this.playbackRate);
    return play.call(this);
  };
}
"""
"""How fast each side is played from then on."""
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


async def pause_for_a_while(page: Page) -> None:
    button = page.get_by_test_id("call-recording")
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")
    paused_at_s = time.monotonic()
    await until(lambda: time.monotonic() - paused_at_s > PAUSED_S, 10, "a pause")
    await page.keyboard.press("Alt+P")
    await expect(button).to_have_attribute("aria-pressed", "false")


async def plays_twice_as_fast(page: Page) -> None:
    await page.get_by_test_id("playback-speed").click()
    await page.get_by_role("option", name="2×", exact=True).click()
    await page.evaluate(NOTE_SPEEDS)
    await page.get_by_test_id("wave-form").focus()
    await page.keyboard.press("Home")
    await page.keyboard.press("Space")
    await expect(page.get_by_test_id("wave-form")).to_have_attribute("aria-valuenow", "2", timeout=10_000)
    await page.keyboard.press("Space")
    assert await page.evaluate("() => window.rigSpeeds") == [2, 2]


async def test_a_paused_recording_is_played_with_its_words_and_its_silence(
    floor: Floor, browsers: Browsers
) -> None:
    async with browsers.fresh(tone_hz=AGENT_TONE_HZ) as context:
        desk = await floor.ready_desk("lijing", context)
        page = desk.page
        await page.route("**/api/calls/*/transcript", tell_transcript)
        customer = await floor.queued_customer(NUMBER)
        await page.get_by_test_id("call-answer").click(timeout=20_000)
        await hears_tone(customer, AGENT_TONE_HZ)

        await pause_for_a_while(page)
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
        await plays_twice_as_fast(page)
        await picture(page, "call-agent")
        await expect(page.get_by_test_id("hearings")).to_be_hidden()
        await until(lambda: len(floor.rows(HEARINGS)) == 3, 5, "what was heard is in the trail")
    trail = floor.rows(HEARINGS)
    call = str(trail[0][1])
    assert [action for action, _ in trail] == ["recording_played", "recording_heard", "recording_heard"]
    assert all(str(subject).startswith(f"{call} 0.0-") for _, subject in trail[1:])

    async with browsers.fresh(tone_hz=AGENT_TONE_HZ) as context:
        await nothing_is_heard_by_a_colleague(floor, context, call)
    async with browsers.fresh(tone_hz=AGENT_TONE_HZ) as context:
        await who_heard_it_is_seen_by_a_supervisor(floor, context, call)


async def nothing_is_heard_by_a_colleague(floor: Floor, context: BrowserContext, call: str) -> None:
    page = await signed_in(floor, context, "wangqiang")
    await page.get_by_role("link", name="通话", exact=True).click()
    await expect(page.get_by_test_id("calls")).to_be_visible()
    await expect(page.locator(f"a[href='/calls/{call}']")).to_have_count(0)
    await page.goto(f"{floor.instance.base_url}/calls/{call}")
    await expect(page.get_by_test_id("list-error")).to_be_visible()
    sound = f"{floor.instance.base_url}/api/calls/{call}/recording/customer"
    assert (await page.request.get(sound)).status == 404


async def who_heard_it_is_seen_by_a_supervisor(floor: Floor, context: BrowserContext, call: str) -> None:
    """Also in pieces, as browsers ask for long ones: it comes through the edge as it was asked for."""
    page = await signed_in(floor, context, "chen")
    await page.route("**/api/calls/*/transcript", tell_transcript)
    await page.get_by_role("link", name="通话", exact=True).click()
    await picture(page, "calls")
    await page.get_by_test_id("calls-number").fill(NUMBER)
    row = page.locator(f"a[href='/calls/{call}']")
    await expect(page.get_by_test_id("call-row")).to_have_count(1)
    await expect(row.get_by_role("img", name="有录音")).to_be_visible()
    await row.click()
    await expect(page.get_by_test_id("playback")).to_be_visible()
    heard = page.get_by_test_id("hearing")
    await expect(heard.filter(has_text="李静").filter(has_text="打开了录音")).to_have_count(1)
    await expect(heard.filter(has_text="李静").filter(has_text="听了 00:00–")).to_have_count(2)
    await picture(page, "call-supervisor")
    sound = f"{floor.instance.base_url}/api/calls/{call}/recording/customer"
    part = await page.request.get(sound, headers={"Range": "bytes=44-1043"})
    assert (part.status, len(await part.body())) == (206, 1000)
    assert part.headers["content-range"].startswith("bytes 44-1043/")
    await page.reload()
    await expect(heard.filter(has_text="陈主管").filter(has_text="打开了录音")).to_have_count(1)
