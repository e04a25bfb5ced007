"""A customer whose agent hangs up rates the call; one who hangs up first is marked for the survey."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import expect

from rig.browser import Browsers
from rig.instance import Instance
from tests.e2e.floor import SETTINGS, Floor, hears_tone, prepare_site, shows, until

AGENT_TONE_HZ = 1000
ASKS = "    rating: {tries: 2, wait_s: 5, comment_s: 5}\n"


def ask_for_ratings(data: Path) -> None:
    """Callers of every queue are asked."""
    file = data / "site" / "queues.yaml"
    text = file.read_text(encoding="utf-8")
    file.write_text(
        text.replace("    strategy: longest_idle\n", f"    strategy: longest_idle\n{ASKS}"), "utf-8"
    )


async def test_a_call_is_rated_with_a_comment_or_its_caller_marked_for_the_survey(
    floor: Floor, browsers: Browsers, tmp_path: Path
) -> None:
    branch = Floor(Instance(tmp_path, SETTINGS), floor.clock)
    prepare_site(branch.instance.data)
    ask_for_ratings(branch.instance.data)
    try:
        await branch.instance.start()
        async with browsers.fresh(tone_hz=AGENT_TONE_HZ) as context:
            desk = await branch.ready_desk("lijing", context)
            customer = await branch.queued_customer("13511112222")
            await desk.page.get_by_test_id("call-answer").click(timeout=20_000)
            await hears_tone(customer, AGENT_TONE_HZ)
            await desk.page.get_by_test_id("call-hang-up").click()
            await shows(desk, "state-menu", "data-state", "wrap_up")
            await until(lambda: branch.rows("SELECT 1 FROM call_rating"), 10, "the caller to be asked")
            customer.press("4")
            rated = desk.page.get_by_test_id("recent-calls").get_by_test_id("call-rating")
            await expect(rated).to_have_text("4 分", timeout=10_000)
            assert await customer.until_over(30) == 0
            comment = "SELECT 1 FROM call_rating WHERE comment_s > 1"
            await until(lambda: branch.rows(comment), 10, "the comment to be kept")
            assert branch.rows("SELECT agent_id, queue, score FROM call_rating") == [(1, "complaints", 4)]

            await desk.become_ready()
            hasty = await branch.queued_customer("13611112222")
            await desk.page.get_by_test_id("call-answer").click(timeout=20_000)
            await hears_tone(hasty, AGENT_TONE_HZ)
            await hasty.hang_up()
            due = "SELECT why FROM survey_due"
            await until(lambda: branch.rows(due), 10, "the mark for the survey")
            assert branch.rows(due) == [("hung_up_first",)]

            await desk.page.reload()
            await desk.page.get_by_test_id("call-rating").first.click()
            await expect(desk.page.get_by_test_id("call-rated")).to_contain_text("4 分（满分 5 分）")
            since = (datetime.now(UTC) - timedelta(days=1)).date()
            asked = f"fetch('/api/ratings?since={since}&days=3&by=queue').then((reply) => reply.json())"
            (line,) = (await desk.page.evaluate(asked))["items"]
            assert (line["key"], line["asked"], line["mean"]) == ("complaints", 1, 4)
    except BaseException:
        floor.told.append(branch.story())
        raise
    finally:
        await branch.clear()
        await branch.instance.stop()
