"""Files of a ticket in a browser, through the edge: pictures are shown, pages from outside are saved."""

import base64

from playwright.async_api import Page, expect

from rig.browser import Browsers, Desk
from tests.e2e.floor import Floor

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SCRIPT = "<html><script>document.title = '被攻破'</script></html>".encode()
LARGE_BYTES = 3_000_000
"""More than the edge lets through for anything else."""
COMPLAINT = {"type": "complaint", "title": "到货破损，附照片"}


async def test_pictures_are_shown_and_pages_from_outside_are_saved(floor: Floor, browsers: Browsers) -> None:
    async with browsers.fresh(tone_hz=1000) as context:
        page = await context.new_page()
        await Desk(page, floor.instance.base_url).sign_in("chen", floor.password("chen"))
        await expect(page.get_by_test_id("phone-state")).to_be_visible()
        tickets = f"{floor.instance.base_url}/api/tickets"
        made = await page.request.post(tickets, data=COMPLAINT, headers={"X-Hotline": "1"})
        ticket = (await made.json())["id"]
        await page.goto(f"{floor.instance.base_url}/tickets/{ticket}")
        await page.get_by_test_id("attachment-file").set_input_files(
            [
                {"name": "破损.png", "mimeType": "image/png", "buffer": PIXEL + bytes(LARGE_BYTES)},
                {"name": "照片.png", "mimeType": "image/png", "buffer": SCRIPT},
            ]
        )
        rows = page.get_by_test_id("attachment")
        await expect(rows).to_have_count(2, timeout=30_000)
        await expect(page.get_by_test_id("ticket-timeline")).to_contain_text("破损.png")
        picture = rows.filter(has_text="破损.png").locator("img")
        await expect(picture).to_have_js_property("naturalWidth", 1)
        await expect(rows.filter(has_text="照片.png").locator("img")).to_have_count(0)
        await is_only_saved(page, f"{tickets}/{ticket}/attachments")

        await rows.filter(has_text="照片.png").get_by_test_id("attachment-remove").click()
        asked = page.get_by_role("dialog")
        await asked.get_by_role("textbox").fill("不是照片")
        await asked.get_by_role("button", name="移除").click()
        await expect(rows).to_have_count(1)
        await expect(page.get_by_test_id("ticket-timeline")).to_contain_text("不是照片")


async def is_only_saved(page: Page, files: str) -> None:
    """What claims to be a picture and is a page reaches the browser as neither."""
    listed = (await (await page.request.get(files)).json())["items"]
    key = next(one["key"] for one in listed if one["name"] == "照片.png")
    answer = await page.request.get(f"{files}/{key}")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert (answer.headers["content-type"], await answer.body()) == ("text/plain", SCRIPT)
