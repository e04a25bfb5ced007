"""The example's business system beside Hotline: run while look-ups ask it, and found by them."""

import asyncio
import os
import stat
from pathlib import Path

import pytest

from ivr.turn import Errand
from rig.ports import free_port
from server.business import ADDRESS, TOKEN, business_part
from server.errands import ask_really
from server.installation import EXAMPLE_SITE, lay_out
from server.settings import ExampleSettings, Settings

WITHIN_S = 20.0


def settings_in(folder: Path) -> Settings:
    settings = Settings(data_dir=folder, example=ExampleSettings(business_port=free_port()))
    lay_out(settings.places)
    return settings


async def test_it_answers_the_look_ups_of_the_example(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    part = business_part(settings)
    assert part is not None
    process = await asyncio.create_subprocess_exec(*part.command, env={**os.environ, **part.environment})
    try:
        await _until_listening(settings.example.business_port)
        errand = Errand(
            prompts=(), kind="lookup", about="order", values={"number": "60010001", "phone": "13812345678"}
        )
        done = await asyncio.to_thread(ask_really, settings, settings.places.site, errand)
    finally:
        process.terminate()
        await process.wait()
    assert (done.way, done.fields["goods"]) == ("found", "海蓝滚筒洗衣机")


def test_its_token_is_the_owners_alone_and_stays(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    first, second = business_part(settings), business_part(settings)
    assert first is not None
    assert second is not None
    assert first.environment[TOKEN] == second.environment[TOKEN]
    kept = settings.places.lookup_secrets / TOKEN
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert not any(first.environment[TOKEN] in word for word in first.command)


def test_it_is_not_run_where_nothing_asks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_in(tmp_path)
    lookups = settings.places.site / "lookups.yaml"
    lookups.write_text("lookups: {}\n", encoding="utf-8")
    assert business_part(settings) is None
    lookups.write_bytes((EXAMPLE_SITE / "lookups.yaml").read_bytes())
    monkeypatch.setenv(ADDRESS, "https://erp.example.com")
    assert business_part(settings) is None


async def _until_listening(port: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
                continue
            writer.close()
            return
