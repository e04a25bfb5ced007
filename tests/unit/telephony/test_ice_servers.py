"""Which of the servers that help sound through networks Asterisk itself asks for its address."""

from telephony.asterisk.render import TEMPLATES, _stun_address, fill
from telephony.settings import IceServer, TelephonySettings


def test_asterisk_asks_the_first_plain_stun_server_and_none_by_itself() -> None:
    servers = [
        IceServer.model_validate({"urls": "turn:turn.example", "username": "desk", "credential": "x"}),
        IceServer(urls="stuns:tls.example"),
        IceServer(urls="stun:stun.example:3478"),
    ]
    assert _stun_address(TelephonySettings(ice_servers=tuple(servers))) == "stunaddr = stun.example:3478"
    assert _stun_address(TelephonySettings()) == ""


def test_its_line_stands_in_the_configuration_of_sound() -> None:
    template = (TEMPLATES / "rtp.conf").read_text(encoding="utf-8")
    values = {"rtp_first_port": "1", "rtp_last_port": "2", "stun_address": "stunaddr = stun.example"}
    assert "\nstunaddr = stun.example\n" in fill(template, values)
