"""A check that is too slow to be run for each probe is asked for its last answer."""

import asyncio
from pathlib import Path

import pytest

from infra.tasks import Tasks
from server.readiness import KeptCheck, NotReady
from speech.settings import RecognitionSettings
from speech.vosk import VoskRecogniser


async def test_a_model_that_cannot_be_loaded_is_not_ready_until_it_is_mended(tmp_path: Path) -> None:
    mended = asyncio.Event()
    async with VoskRecogniser(RecognitionSettings(models={"en": tmp_path})) as recogniser:

        async def check() -> None:
            if not mended.is_set():
                await recogniser.check()

        kept, tasks = KeptCheck(check, again_after_s=0.01), Tasks()
        await kept.last()
        keeping = tasks.spawn(kept.keep(), name="models")
        await until_it_fails(kept)
        with pytest.raises(NotReady, match=str(tmp_path)):
            await kept.last()
        mended.set()
        async with asyncio.timeout(30):
            await keeping
        await kept.last()


async def until_it_fails(kept: KeptCheck) -> None:
    async with asyncio.timeout(30):
        while not kept._fault:  # noqa: ASYNC110 - turns of the loop, not time, are waited for
            await asyncio.sleep(0)
