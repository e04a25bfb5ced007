"""Supervisors change menus by form, are told what is wrong where it is, and lose no words to each other."""

from playwright.async_api import Page, expect

from rig.browser import Browsers
from tests.e2e.floor import Floor
from tests.e2e.flow_desk import (
    SHOWN_WITHIN_MS,
    choose_way,
    drop_draft,
    fill_field,
    open_flow,
    open_form,
    picture,
    replace,
    signed_in,
    text_of,
    without_draft,
)

CHEN_HZ = 1000
LI_HZ = 1300


async def test_a_node_is_changed_by_form_and_told_there_what_is_wrong_and_how_to_mend_it(
    floor: Floor, browsers: Browsers
) -> None:
    async with without_draft(floor, "main"), browsers.fresh(tone_hz=CHEN_HZ) as context:
        page = await signed_in(floor, context, "chen")
        await open_flow(page, "main")
        await open_form(page, "welcome")
        await fill_field(page, "text-zh", "您好，这里是海蓝电器，很高兴为您服务。")
        await expect(page.get_by_test_id("flow-state")).to_contain_text("草稿已保存")
        await fill_field(page, "text-en", "This is Hailan Appliances. Welcome!")
        await expect(page.get_by_test_id("flow-state")).to_contain_text("还没有保存")
        assert "zh: 您好，这里是海蓝电器，很高兴为您服务。" in (text := await text_of(page))
        assert 'en: "This is Hailan Appliances. Welcome!"' in text

        await open_form(page, "menu")
        await choose_way(page, "options-2-to", "nowhere")
        wrong = page.get_by_test_id("form-problems")
        await expect(wrong).to_contain_text("去向不存在")
        await expect(wrong).to_contain_text("写一个已有的节点")
        await picture(page, "form-error-zh")
        await page.get_by_role("tab", name="流程图").click()
        await expect(page.get_by_test_id("broken-menu")).to_be_visible()
        await picture(page, "diagram-error-zh")
        await page.get_by_role("tab", name="表单").click()
        await choose_way(page, "options-2-to", "sales")
        await choose_way(page, "options-1-to", "complaints")
        await expect(page.get_by_test_id("flow-problems")).to_contain_text("检查通过")
        await expect(wrong).to_be_hidden()

        await page.get_by_test_id("flow-publish").click()
        failed = page.get_by_test_id("publish-cases")
        await expect(failed).to_contain_text("投诉的客户先听到录音告知")
        await expect(failed).to_contain_text("结束时的队列是 sales，应为 complaints")
        await expect(page.get_by_test_id("publish-now")).to_be_disabled()
        await picture(page, "publish-refused-zh")
        await page.get_by_role("button", name="取消").click()
        await choose_way(page, "options-2-to", "complaints")
        await choose_way(page, "options-1-to", "sales")
        await expect(page.get_by_test_id("flow-problems")).to_contain_text("检查通过")
        await page.get_by_test_id("flow-publish").click()
        await expect(page.get_by_test_id("publish-now")).to_be_enabled()
        await page.get_by_role("button", name="取消").click()
        await drop_draft(page)


async def settle(page: Page, theirs: str, mine: str) -> None:
    """Takes what the other one wrote, and keeps one's own."""
    dialog = page.get_by_role("dialog", name="有人同时修改了")
    await expect(dialog.get_by_label("别人的内容")).to_contain_text(theirs, timeout=SHOWN_WITHIN_MS)
    await expect(dialog.get_by_label("您的内容")).to_contain_text(mine)
    await picture(page, f"conflict-{mine}")
    await dialog.locator(".cm-merge-revert button").first.click()
    await expect(dialog.get_by_label("您的内容")).to_contain_text(theirs)
    await page.get_by_test_id("conflict-settle").click()
    await expect(dialog).to_be_hidden()
    await expect(page.get_by_test_id("flow-state")).to_contain_text("草稿已保存")


async def test_of_two_who_write_one_menu_the_second_is_shown_both_and_no_word_is_lost(
    floor: Floor, browsers: Browsers
) -> None:
    async with (
        without_draft(floor, "workshop"),
        floor.as_supervisor("lijing"),
        browsers.fresh(tone_hz=CHEN_HZ) as context,
        browsers.fresh(tone_hz=LI_HZ) as other,
    ):
        chen, li = await signed_in(floor, context, "chen"), await signed_in(floor, other, "lijing")
        await open_flow(chen, "workshop")
        await open_flow(li, "workshop")
        await replace(chen, "这里是海蓝电器维修中心", "海蓝电器维修部为您服务")
        await expect(chen.get_by_test_id("flow-state")).to_contain_text("草稿已保存")
        await replace(li, "已经下班", "休息了")
        await settle(li, "海蓝电器维修部为您服务", "休息了")

        await replace(chen, "silence_s: 4", "silence_s: 5")
        await settle(chen, "休息了", "silence_s: 5")
        await chen.reload()
        await expect(chen.get_by_test_id("flow-problems")).to_contain_text("检查通过")
        text = await text_of(chen)
        assert all(words in text for words in ("海蓝电器维修部为您服务", "休息了", "silence_s: 5"))
        await drop_draft(chen)
