"""A supervisor gives the menus a recording of a person: through the edge, heard in parts, and taken away."""

from pathlib import Path

from playwright.async_api import expect

from rig.browser import Browsers, microphone
from tests.e2e.floor import Floor
from tests.e2e.flow_desk import confirm, picture, signed_in

TONE_HZ = 1000


async def test_a_recording_for_menus_is_uploaded_listed_heard_in_parts_and_removed(
    floor: Floor, browsers: Browsers, tmp_path: Path
) -> None:
    async with browsers.fresh(tone_hz=TONE_HZ) as context:
        page = await signed_in(floor, context, "chen")
        await page.get_by_role("link", name="提示音").click()
        await page.get_by_test_id("recording-name").fill("greeting")
        await page.get_by_test_id("recording-file").set_input_files(microphone(tmp_path, TONE_HZ))
        await page.get_by_test_id("recording-upload").click()
        row = page.get_by_test_id("recording-row").filter(has_text="greeting")
        await expect(row).to_contain_text("1.0 秒")
        await picture(page, "recordings")
        sound = row.locator("audio")
        await sound.evaluate("(player) => player.play()")
        await expect(sound).to_have_js_property("duration", 1)
        address = f"{floor.instance.base_url}{await sound.get_attribute('src')}"
        part = await page.request.get(address, headers={"Range": "bytes=44-1043"})
        assert (part.status, len(await part.body())) == (206, 1000)

        await row.get_by_test_id("recording-remove").click()
        await confirm(page, "删除")
        await expect(row).to_have_count(0)
        assert (await page.request.get(address)).status == 404
