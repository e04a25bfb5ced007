from pathlib import Path

import pytest

from rig.ports import free_port
from telephony.asterisk.render import render
from telephony.asterisk.trunk_check import check_trunk
from telephony.errors import SwitchUnavailable
from telephony.trunks import Trunk
from tests.asterisk.private_asterisk import PrivateAsterisk, prepare


async def test_a_line_is_told_apart_by_whether_it_answers_and_lets_us_in(
    asterisk: PrivateAsterisk, tmp_path: Path
) -> None:
    far = asterisk.settings.sip_port
    lines = (
        Trunk(name="answers", host="127.0.0.1", port=far),
        Trunk(name="silent", host="127.0.0.1", port=free_port()),
        Trunk(name="refuses", host="127.0.0.1", port=far, registers=True, user="u", password="p"),
    )
    ours = prepare(tmp_path)
    render(ours.places, ours.settings, ours.secrets, lines)
    ours.start()
    try:
        reports = [await check_trunk(line, ours.settings, ours.secrets) for line in lines]
        with pytest.raises(SwitchUnavailable):
            await check_trunk(Trunk(name="unknown", host="a"), ours.settings, ours.secrets)
    finally:
        ours.kill()
    assert [(found.is_ready, found.answers) for found in reports] == [
        (True, True),
        (False, False),
        (False, True),
    ]
    assert "does not answer" in reports[1].sentence
    assert "sign-in" in reports[2].sentence


async def test_without_asterisk_the_way_out_is_said(tmp_path: Path) -> None:
    ours = prepare(tmp_path)
    with pytest.raises(SwitchUnavailable, match="hotline run"):
        await check_trunk(Trunk(name="a", host="a"), ours.settings, ours.secrets)
