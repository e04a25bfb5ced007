from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from kernel.ids import AgentId, DeviceId
from telephony.asterisk.ari import ENCRYPTED, endpoint_fields, outside_aor_fields
from telephony.asterisk.trunk_check import report
from telephony.asterisk.trunk_sections import trunk_sections
from telephony.model import Device
from telephony.settings import TelephonySettings
from telephony.trunks import NumberRules, Trunk, TrunksFileInvalid, load_trunks, parse_trunks

BEIJING = NumberRules(area_code="010")


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("+8613800138000", "+8613800138000"),
        ("008613800138000", "+8613800138000"),
        ("8613800138000", "+8613800138000"),
        ("013800138000", "+8613800138000"),
        ("138 0013-8000", "+8613800138000"),
        ("01062345678", "+861062345678"),
        ("62345678", "+861062345678"),
        ("075512345678", "+8675512345678"),
        ("4008123456", "+864008123456"),
        ("95588", "95588"),
        ("10086", "10086"),
        ("+14155552671", "+14155552671"),
        ("0014155552671", "+14155552671"),
        ("anonymous", ""),
        ("", ""),
        ("１３８", ""),
        ("1' or 1=1", ""),
        ("alice42", ""),
        ("13800138000\n", ""),
    ],
)
def test_a_callers_number_is_read_in_any_spelling(raw: str, number: str) -> None:
    assert BEIJING.read(raw) == number


@given(st.text(alphabet=st.sampled_from("0123456789+-(). '=ab*#;%\n\u0663"), max_size=24))
def test_what_is_no_number_never_becomes_one(raw: str) -> None:
    found = NumberRules().read(raw)
    if set(raw) - set("0123456789+-(). ") or "+" in raw[1:]:
        assert found == ""
    else:
        # Nothing but a code of country or area is ever added, and only an access code before them left out.
        digits = "".join(letter for letter in raw if letter.isdigit())
        assert found.lstrip("+").endswith(digits.lstrip("0")[-4:])
        assert bool(found.strip("+")) is bool(digits)


LINES = """
trunks:
  - name: backup
    host: sip.example.net
    registers: true
    user: hotline
    password: s3cret
    order: 2
  - name: carrier
    host: 192.0.2.10
    accept_from: [192.0.2.0/28]
    codecs: [alaw]
    dtmf: rfc4733
    channels: 5
    order: 1
"""


def test_lines_come_in_their_order_and_become_sections_without_an_open_door(tmp_path: Path) -> None:
    file = tmp_path / "trunks.yaml"
    file.write_text(LINES, encoding="utf-8")
    lines = load_trunks(file)
    assert [line.name for line in lines] == ["carrier", "backup"]
    text = trunk_sections(lines, TelephonySettings())
    assert "match = 192.0.2.0/28" in text
    assert text.count("identify_by = ip") == 2
    assert text.count("allow_transfer = no") == 2
    assert "set_var = HL_TRUNK_LIMIT=5" in text
    assert text.count("type = registration") == 1
    assert "s3cret" not in repr(lines)


@pytest.mark.parametrize(
    "line",
    [
        "{name: 'x]\\n[anonymous', host: a}",
        "{name: a, host: 'a;b'}",
        "{name: a, host: b, registers: true}",
        "{name: a, host: b, colour: red}",
        '{name: a, host: b, registers: true, user: u, password: "p\\n[x]"}',
        "{name: a",
    ],
)
def test_what_cannot_be_a_line_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "trunks.yaml"
    file.write_text(f"trunks:\n  - {line}\n", encoding="utf-8")
    with pytest.raises(TrunksFileInvalid):
        load_trunks(file)


def test_two_lines_of_one_name_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "trunks.yaml"
    file.write_text("trunks: [{name: a, host: b}, {name: a, host: c}]", encoding="utf-8")
    with pytest.raises(TrunksFileInvalid):
        load_trunks(file)


def test_what_is_wrong_with_a_line_is_said_without_its_password() -> None:
    with pytest.raises(TrunksFileInvalid, match=r"trunks\.0: .*needs user and password") as refused:
        parse_trunks("trunks: [{name: a, host: b, registers: true, password: s3cret}]")
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(("caller_id", "is_told"), [("02180009000", True), ("", False)])
def test_the_check_of_a_line_tells_the_number_that_it_shows(caller_id: str, is_told: bool) -> None:  # noqa: FBT001 - a case
    line = Trunk(name="carrier", host="sip.provider.example", caller_id=caller_id)
    found = report(line, answers=True, registration="")
    assert found.shown_number == caller_id
    assert ("02180009000" in found.sentence) == is_told


@pytest.mark.parametrize(
    ("region", "number", "dialled"),
    [
        ("CN", "+8613900001234", "13900001234"),
        ("CN", "+862158880001", "02158880001"),
        ("CN", "+442079460123", "00442079460123"),
        ("GB", "+442079460123", "02079460123"),
        ("US", "+8613900001234", "0118613900001234"),
    ],
)
def test_a_number_is_dialled_as_at_the_far_end_of_the_line(region: str, number: str, dialled: str) -> None:
    assert NumberRules(region=region).dialled(number) == dialled


SECRET_LINE = Trunk(
    name="carrier",
    host="sip.example.com",
    port=5061,
    transport="tls",
    srtp=True,
    registers=True,
    user="4001",
    password=SecretStr("geheim"),
)


def test_an_encrypted_line_is_spoken_with_by_tls_and_srtp_alone() -> None:
    text = trunk_sections((SECRET_LINE,), TelephonySettings(tls_port=5061))
    for option in (
        "transport = tls",
        "media_encryption = sdes",
        "media_encryption_optimistic = no",
        "contact = sip:sip.example.com:5061\\;transport=tls",
        "server_uri = sip:sip.example.com:5061\\;transport=tls",
    ):
        assert f"\n{option}\n" in text, "a semicolon alone would begin a comment"
    assert "transport = udp" not in text


def test_a_number_outside_is_called_by_an_encrypted_line_as_the_line_is() -> None:
    number = Device(id=DeviceId("agent-1-aa"), agent=AgentId(1), is_browser=False, number="+8613900001234")
    assert ("contact", "sip:13900001234@sip.example.com:5061;transport=tls") in outside_aor_fields(
        number, SECRET_LINE
    )
    assert set(ENCRYPTED) <= set(endpoint_fields(number, TelephonySettings(), SECRET_LINE))


@pytest.mark.parametrize(
    ("line", "has_tls", "said"),
    [
        ("srtp: true", True, "the keys to the sound go in the clear"),
        ("transport: tls", False, "carrier: `transport: tls` needs telephony.tls_port"),
        ("transport: tcp", True, "transport"),
    ],
)
def test_what_would_only_seem_encrypted_is_refused(
    line: str,
    has_tls: bool,  # noqa: FBT001 - a case
    said: str,
) -> None:
    text = f"trunks:\n  - name: carrier\n    host: sip.example.com\n    {line}\n"
    with pytest.raises(TrunksFileInvalid, match=said):
        parse_trunks(text, has_tls=has_tls)


def test_the_check_of_an_encrypted_line_tells_what_else_it_may_be() -> None:
    told = report(SECRET_LINE, answers=False, registration="").sentence
    assert "by TLS" in told
    assert "telephony.tls_trusted" in told
