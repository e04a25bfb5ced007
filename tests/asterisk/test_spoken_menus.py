"""Menus by voice on a real Asterisk with the real recogniser: people speak, also while the prompt plays."""

import asyncio
import os
import shutil
import signal
import wave
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from typing_extensions import override

from ivr.service import LineService
from ivr.settings import IvrSettings
from rig.customers import Customer
from rig.tones import WINDOW_S
from speech.ears import RecognisingEars
from speech.settings import EndpointSettings, RecognitionSettings
from speech.vosk import VoskRecogniser
from tests.asterisk.private_asterisk import PrivateAsterisk, eventually, exchange
from tests.asterisk.test_menu import PATIENCE_S, PROMPT_HZ, LiveOffice
from tests.unit.ivr.scripted import EXAMPLE
from tests.voices import MODELS, UNSEEN_VARIANTS, say
from tests.voices import Line as Spoken

MAIN = """\
start: menu
variables: {order: {type: digits}, problem: {type: text}}
nodes:
  menu:
    type: menu
    text: {zh: 投诉请按1。, en: "For complaints, press 1."}
    timeout_s: 4
    options:
      "1": {to: complaints, say: {zh: [投诉, 我要投诉], en: [complaint, complaints]}}
      "2": {to: repairs, say: {zh: 维修, en: repair}}
      "3": {to: ask_order, say: {zh: [订单, 查询订单], en: order}}
      "4": {to: ask_problem, say: {zh: 帮助, en: help}}
      "0": operator
    otherwise: operator
  repairs:
    type: menu
    text: {zh: 冰箱请按1。, en: "For refrigerators, press 1."}
    options: {"1": {to: operator, say: {zh: 冰箱, en: refrigerator}}}
  ask_order:
    type: collect
    text: {zh: 请说订单号。, en: "Your order number?"}
    into: order
    min_digits: 4
    max_digits: 4
    label: {zh: 订单, en: Order}
    next: operator
  ask_problem:
    type: listen
    text: {zh: 请说问题。, en: What is the problem?}
    into: problem
    label: {zh: 问题, en: Problem}
    next: complaints
  operator: {type: queue, queue: sales}
  complaints: {type: queue, queue: complaints}
"""
PROMPT_S = 2.0
NUMBERS = {"zh": "4008009000", "en": "02180009001"}


class SpokenOffice(LiveOffice):
    """An office that asks for what is the matter."""

    @override
    def service(self, site: Path = EXAMPLE, settings: IvrSettings | None = None) -> LineService:
        own = self.tmp_path / "site"
        shutil.copytree(site, own, dirs_exist_ok=True)
        (own / "flows" / "main.yaml").write_text(MAIN, encoding="utf-8")
        return super().service(own, settings)


@pytest_asyncio.fixture
async def recogniser() -> AsyncIterator[VoskRecogniser]:
    models = {"zh": MODELS / "zh", "en": MODELS / "en"}
    async with VoskRecogniser(RecognitionSettings(models=models)) as vosk:
        await vosk.check()
        yield vosk


@pytest.fixture
def office(tmp_path: Path, recogniser: VoskRecogniser) -> SpokenOffice:
    ears = RecognisingEars(recogniser, EndpointSettings())
    return SpokenOffice(tmp_path, prompt_s=PROMPT_S, ears=ears)


async def spoken(folder: Path, language: str, *texts: str) -> list[Path]:
    """What a customer says, with a voice that the recogniser was not trained on, and a breath around it."""
    lines = [
        Spoken(text, folder / f"{language}-{number}.wav", UNSEEN_VARIANTS[number % 2])
        for number, text in enumerate(texts)
    ]
    await say(language, lines)
    for line in lines:
        _with_breath(line.out)
    return [line.out for line in lines]


def _with_breath(path: Path) -> None:
    with wave.open(str(path)) as file:
        shape, samples = file.getparams(), file.readframes(file.getnframes())
    with wave.open(str(path), "wb") as file:
        file.setparams(shape)
        file.writeframes(bytes(4_800) + samples + bytes(16_000))


async def at_each_prompt(customer: Customer, office: SpokenOffice, *sayings: Path) -> None:
    """Says one thing at each question, as soon as it begins to be said."""
    for number, saying in enumerate(sayings, start=1):
        await eventually(lambda number=number: len(office.said) >= number)
        await customer.first_sound()
        customer.end.say(saying)


async def entered(office: SpokenOffice) -> str:
    async with asyncio.timeout(2 * PATIENCE_S):
        await office.entered.wait()
    return office.requests[0].queue


@pytest.mark.parametrize(
    ("language", "says", "queue"),
    [
        ("zh", "我 需要 投诉", "complaints"),
        ("en", "complaint", "complaints"),
        ("zh", "人工", "sales"),
        ("zh", "一", "complaints"),
        ("en", "one", "complaints"),
    ],
)
async def test_callers_say_what_they_want_in_their_language(
    asterisk: PrivateAsterisk, office: SpokenOffice, language: str, says: str, queue: str
) -> None:
    (saying,) = await spoken(office.tmp_path, language, says)
    async with exchange(asterisk, office.handler()) as it:
        customer = await it.call(to=NUMBERS[language], number="013800138000", tone_hz=None, patience_s=40.0)
        await at_each_prompt(customer, office, saying)
        assert await entered(office) == queue
        await customer.hang_up()


async def test_the_prompt_ends_when_the_caller_speaks(
    asterisk: PrivateAsterisk, office: SpokenOffice
) -> None:
    (saying,) = await spoken(office.tmp_path, "zh", "投诉")
    async with exchange(asterisk, office.handler()) as it:
        customer = await it.call(to="4008009000", number="013800138000", tone_hz=None, patience_s=40.0)
        await at_each_prompt(customer, office, saying)
        assert await entered(office) == "complaints"
        heard = customer.listen()
        await customer.hang_up()
    assert 0 < sum(window.is_tone(PROMPT_HZ) for window in heard) * WINDOW_S < PROMPT_S


async def test_what_is_not_understood_three_times_leads_to_a_person(
    asterisk: PrivateAsterisk, office: SpokenOffice
) -> None:
    sayings = await spoken(office.tmp_path, "zh", "今天 晚上", "北京 上海")
    async with exchange(asterisk, office.handler()) as it:
        customer = await it.call(to="4008009000", number="013800138000", tone_hz=None, patience_s=60.0)
        await at_each_prompt(customer, office, *sayings)
        await eventually(lambda: any("请直接按键" in text for text in office.said))
        customer.press("7")
        assert await entered(office) == "sales"
        await customer.hang_up()
    assert any("没有听懂" in text for text in office.said)


async def test_a_customer_goes_back_and_has_the_menu_repeated(
    asterisk: PrivateAsterisk, office: SpokenOffice
) -> None:
    sayings = await spoken(office.tmp_path, "zh", "维修", "重复", "冰箱")
    async with exchange(asterisk, office.handler()) as it:
        customer = await it.call(to="4008009000", number="013800138000", tone_hz=None, patience_s=60.0)
        await at_each_prompt(customer, office, *sayings)
        assert await entered(office) == "sales"
        await customer.hang_up()
    assert office.said[:3] == ["投诉请按1。", "冰箱请按1。", "冰箱请按1。"]


async def test_an_order_number_is_spoken_read_back_and_confirmed(
    asterisk: PrivateAsterisk, office: SpokenOffice
) -> None:
    sayings = await spoken(office.tmp_path, "zh", "订单", "四 幺 三 七", "是")
    async with exchange(asterisk, office.handler()) as it:
        customer = await it.call(to="4008009000", number="013800138000", tone_hz=None, patience_s=60.0)
        await at_each_prompt(customer, office, *sayings)
        assert await entered(office) == "sales"
        await customer.hang_up()
    assert any("4 1 3 7" in text for text in office.said)
    assert office.choices[-1].zh == "订单 4137"


async def test_what_a_customer_says_freely_reaches_the_agent(
    asterisk: PrivateAsterisk, office: SpokenOffice
) -> None:
    sayings = await spoken(office.tmp_path, "zh", "帮助", "洗衣机 漏水")
    async with exchange(asterisk, office.handler()) as it:
        customer = await it.call(to="4008009000", number="013800138000", tone_hz=None, patience_s=60.0)
        await at_each_prompt(customer, office, *sayings)
        assert await entered(office) == "complaints"
        await customer.hang_up()
    assert office.choices[-1].zh == "问题 洗衣机漏水"


async def test_where_the_recogniser_hangs_the_keys_still_lead_on(
    asterisk: PrivateAsterisk, office: SpokenOffice, recogniser: VoskRecogniser
) -> None:
    (saying,) = await spoken(office.tmp_path, "zh", "投诉")
    stopped = recogniser.worker_pids()
    for pid in stopped:
        os.kill(pid, signal.SIGSTOP)
    try:
        async with exchange(asterisk, office.handler()) as it:
            customer = await it.call(to="4008009000", number="013800138000", tone_hz=None, patience_s=40.0)
            await at_each_prompt(customer, office, saying)
            await eventually(lambda: any("请直接按键" in text for text in office.said))
            customer.press("1")
            assert await entered(office) == "complaints"
            await customer.hang_up()
    finally:
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
