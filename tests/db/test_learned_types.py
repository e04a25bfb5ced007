"""Closed tickets teach of which type a text is, on both databases."""

from pathlib import Path

import pytest

from infra.database import Database
from kernel.ids import TicketId
from tests.db.ticket_parts import LI, Clock, Site, Words, leave
from tickets.learned import LearnedTypes
from tickets.model import State, TicketType
from tickets.service import Draft
from tickets.settings import TicketSettings
from tickets.wiring import build_voicemail

SETTINGS = TicketSettings(learned_of_each_min=3)
SAID = {
    TicketType.COMPLAINT: ["师傅迟到三个小时", "安装师傅弄坏地板", "师傅说话很难听", "师傅没有来"],
    TicketType.INQUIRY: ["保修期是几年", "有没有学生优惠", "会员积分怎么兑换", "发票可以开抬头吗"],
}


@pytest.fixture
def site(database: Database, tmp_path: Path) -> Site:
    return Site(database, tmp_path)


def learned(site: Site, tmp_path: Path, settings: TicketSettings = SETTINGS) -> LearnedTypes:
    return LearnedTypes(site.tickets.store, Clock(), settings, tmp_path / "types.npz")


async def _close(site: Site, type_: TicketType, text: str) -> None:
    made = await site.tickets.create(Draft(type=type_, title=text), LI)
    await site.tickets.change(made.id, 1, {"state": State.RESOLVED}, None, by=LI)


async def _close_all(site: Site) -> None:
    for type_, texts in SAID.items():
        for text in texts:
            await _close(site, type_, text)


async def test_what_was_learned_is_said_with_its_words_and_outlives_a_restart(
    site: Site, tmp_path: Path
) -> None:
    await _close_all(site)
    first = learned(site, tmp_path)
    assert first.verdict("师傅打碎了杯子") is None
    await first.learn()
    verdict = first.verdict("师傅打碎了杯子")
    assert verdict
    assert (verdict.label, verdict.reasons[0]) == (TicketType.COMPLAINT, "师傅")

    second = learned(site, tmp_path)
    await second.take_up()
    assert second.verdict("师傅打碎了杯子") == verdict


async def test_open_tickets_and_types_with_few_teach_nothing(site: Site, tmp_path: Path) -> None:
    for text in SAID[TicketType.COMPLAINT]:
        await _close(site, TicketType.COMPLAINT, text)
    for text in SAID[TicketType.INQUIRY]:
        await site.tickets.create(Draft(type=TicketType.INQUIRY, title=text), LI)
    await _close(site, TicketType.SUGGESTION, "建议加个按钮")
    types = learned(site, tmp_path)
    await types.learn()
    assert types.verdict("师傅迟到") is None


async def test_a_message_teaches_by_its_words_and_not_by_the_title_it_was_given(site: Site) -> None:
    await build_voicemail(site.tickets, site.jobs, Words("师傅迟到"), site.spool).import_now(leave(site))
    await site.jobs.run_due()
    ticket = TicketId(1)
    await site.tickets.change(ticket, 1, {"state": State.CLOSED}, None, by=LI)
    assert await site.tickets.store.closed_texts(10) == [(TicketType.CALLBACK, "师傅迟到")]


async def test_only_the_newest_tickets_teach(site: Site) -> None:
    await _close_all(site)
    assert [text for _, text in await site.tickets.store.closed_texts(1)] == ["发票可以开抬头吗"]


async def test_what_cannot_be_read_is_learned_anew(site: Site, tmp_path: Path) -> None:
    (tmp_path / "types.npz").write_bytes(b"half of it")
    types = learned(site, tmp_path)
    await types.take_up()
    assert types.verdict("师傅迟到") is None
    await _close_all(site)
    await types.learn()
    assert types.verdict("师傅迟到")


async def test_learning_that_takes_too_long_is_given_up(site: Site, tmp_path: Path) -> None:
    await _close_all(site)
    types = learned(site, tmp_path, SETTINGS.model_copy(update={"learning_max_s": 0.001}))
    with pytest.raises(TimeoutError):
        await types.learn()
    assert types.verdict("师傅迟到") is None
