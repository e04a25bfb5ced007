"""Asterisk goes before other programs for as long as they still get their turn."""

import asyncio
import os
from pathlib import Path

from tests.asterisk.private_asterisk import eventually, prepare


async def test_the_canary_by_which_asterisk_keeps_its_precedence_sings(tmp_path: Path) -> None:
    instance = prepare(tmp_path)
    song = tmp_path / "song"
    canary = await asyncio.create_subprocess_exec(
        str(instance.places.instance / "sbin" / "astcanary"), str(song), str(os.getpid())
    )
    try:
        await eventually(song.exists)
    finally:
        canary.kill()
        await canary.wait()
