"""The whole server in one process: real wiring, SQLite, speech; a switch without telephones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from acd.settings import AcdSettings
from agent_ui.settings import WebSettings
from kernel.clock import Clock
from rig.ports import free_port
from server import installation
from server.first_day import read_secret
from server.main import serve
from server.parts import Foundation
from server.settings import Settings
from server.simulated.api import Api
from speech.settings import SpeechSettings, SynthesisSettings
from staff.settings import StaffSettings
from telephony.fake import FakeSwitch

START_TIMEOUT_S = 60


@dataclass
class House:
    """A running server."""

    settings: Settings
    switch: FakeSwitch

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.web.port}"

    def password(self, name: str) -> str:
        return read_secret(self.settings.places.first_sign_ins)[name]

    def api(self) -> Api:
        return Api(self.address, None)


def settings_in(folder: Path) -> Settings:
    return Settings(
        data_dir=folder,
        web=WebSettings(port=free_port()),
        acd=AcdSettings(),
        staff=StaffSettings(hash_memory_kib=8),
        speech=SpeechSettings(synthesis=SynthesisSettings(workers=1)),
    )


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with house_in(settings_in(tmp_path)) as house:
        yield house


@asynccontextmanager
async def house_in(
    settings: Settings, switch_class: type[FakeSwitch] = FakeSwitch, clock: Clock | None = None
) -> AsyncIterator[House]:
    installation.lay_out(settings.places)
    made: list[FakeSwitch] = []
    started = asyncio.Event()

    def make_switch(foundation: Foundation) -> FakeSwitch:
        made.append(switch_class(bus=foundation.bus, clock=foundation.clock))
        return made[0]

    serving = asyncio.create_task(serve(settings, make_switch=make_switch, started=started, clock=clock))
    waiting = asyncio.create_task(started.wait())
    async with asyncio.timeout(START_TIMEOUT_S):
        await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if serving.done():
        waiting.cancel()
        serving.result()
    try:
        yield House(settings=settings, switch=made[0])
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
