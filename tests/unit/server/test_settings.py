"""Settings: file, variables over it, and a clear sentence for what cannot hold."""

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli import app
from server.settings import ROOT, WrongSettings, load_for_start, load_settings


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "hotline.toml"
    path.touch()
    monkeypatch.setenv("HOTLINE_CONFIG", str(path))
    return path


def test_with_an_empty_file_the_defaults_hold(file: Path) -> None:
    assert not file.read_text()
    settings = load_settings()
    assert settings.data == ROOT / "var"
    assert settings.database_url == f"sqlite:///{ROOT}/var/hotline.db"


def test_a_variable_goes_before_the_file_and_leaves_the_rest_of_its_table(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text('data_dir = "/srv/hotline"\n[web]\nport = 8001\npage_grace_s = 3\n')
    monkeypatch.setenv("HOTLINE_WEB__PORT", "8002")
    settings = load_settings()
    assert (settings.data, settings.web.port, settings.web.page_grace_s) == (Path("/srv/hotline"), 8002, 3)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[web]\nport = 70000", "web.port (in hotline.toml or HOTLINE_WEB__PORT): input should be"),
        ("[web]\nprot = 1", "web.prot (in hotline.toml or HOTLINE_WEB__PROT): there is no such setting"),
        ('[web]\noutside_countries = ["GB"]', "it is gone: write the countries in `calling.yaml`"),
        ("[web", "hotline.toml: "),
        ('[web]\nextra_origins = ["https://desk.example/"]', "web.extra_origins.0"),
        ('[[telephony.ice_servers]]\nurls = "turn:turn.example"', "needs username and credential"),
        ('[[telephony.ice_servers]]\nurls = "turn.example"', "telephony.ice_servers.0.urls"),
        ("[edge]\nport = 8000", "edge.port and web.port are both 8000"),
        ('[edge]\naddress = "0.0.0.0"\nport = 5038', "telephony.ami_port and edge.port are both 5038"),
        ("[telephony]\nrtp_first_port = 12000", "rtp_first_port = 12000; it is 11999"),
        ("[telephony]\nsip_port = 10500", "telephony.sip_port, 10500, lies in the range"),
        ('[database]\nurl = "mysql://u:geheim@db/hotline"', "postgresql://user:password@host/name."),
        ('[database]\nurl = "sqlite://"', "sqlite:///path"),
        ('[acd]\ntimezone = "Mars/Olympus"', "acd.timezone"),
        ('[edge]\naddress = "nonsense"', "edge.address"),
        ('[web]\nhost = "999.1.1.1"', "web.host"),
        ('[telephony]\nsip_address = "0.0.0"', "telephony.sip_address"),
        ('[telephony]\nmedia_address = "evil name"', "telephony.media_address"),
        ('[telephony]\nsystem_name = "Ü"', "telephony.system_name"),
        ('[customers]\nhome_region = "XX"', "customers.home_region"),
        ('[edge]\ncertificate = "/a.pem"', "belong together"),
        ('[telephony]\ntls_certificate = "/a.pem"', "belong together"),
        ("[telephony]\ntls_port = 8080", "telephony.tls_port and edge.port are both 8080"),
        ('log_level = "LOUD"', "log_level"),
    ],
)
def test_what_cannot_hold_is_told_in_one_sentence(file: Path, text: str, sentence: str) -> None:
    file.write_text(text)
    with pytest.raises(WrongSettings) as refused:
        load_settings()
    assert len(refused.value.sentences) == 1
    assert sentence in refused.value.sentences[0]
    for unfit in ("Value error", "pattern", "Errno", "^", "geheim"):
        assert unfit not in refused.value.sentences[0]


def test_a_named_file_of_settings_that_is_not_there_is_not_ignored(file: Path) -> None:
    file.unlink()
    with pytest.raises(WrongSettings, match=r"HOTLINE_CONFIG: there is no file .*hotline\.toml"):
        load_settings()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('data_dir = "{file}/deep"', "data_dir: {file} is a file, not a folder."),
        (
            '[speech.recognition.models]\nzh = "/no/such/model"',
            "speech.recognition.models.zh: there is no folder /no/such/model.",
        ),
        (
            '[edge]\ncertificate = "{file}"\ncertificate_key = "/no/such.key"',
            "edge.certificate_key: there is no file /no/such.key.",
        ),
        (
            '[telephony]\ntls_trusted = "/no/such.pem"',
            "telephony.tls_trusted: there is no file /no/such.pem.",
        ),
    ],
)
def test_what_the_settings_name_has_to_be_there_at_the_start_but_not_in_the_middle_of_calls(
    file: Path, text: str, sentence: str
) -> None:
    file.write_text(text.format(file=file))
    load_settings()
    with pytest.raises(WrongSettings) as refused:
        load_for_start()
    assert refused.value.sentences == [sentence.format(file=file)]


def test_what_the_system_does_not_even_let_be_looked_at_is_told_in_a_sentence(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    unfit = f"/{'a' * 300}"
    file.write_text(f'data_dir = "{unfit}"')
    with pytest.raises(WrongSettings, match=f"^{unfit}: it cannot be looked at: File name too long"):
        load_for_start()
    monkeypatch.setenv("HOTLINE_CONFIG", unfit)
    with pytest.raises(WrongSettings, match=f"^{unfit}: it cannot be read: File name too long"):
        load_settings()


def test_two_parts_may_have_one_port_at_different_addresses(file: Path) -> None:
    file.write_text('[edge]\naddress = "192.0.2.7"\nport = 8000')
    assert load_settings().edge.port == load_settings().web.port


def test_a_misspelt_variable_is_not_ignored(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert file.exists()
    monkeypatch.setenv("HOTLINE_WBE__PORT", "1")
    with pytest.raises(WrongSettings, match="HOTLINE_WBE__PORT: there is no such setting"):
        load_settings()


def test_the_printed_settings_can_be_read_back_and_hold_no_secret(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOTLINE_DATABASE__URL", "postgresql://hotline:geheim@db/hotline")
    turn = {"urls": "turn:turn.example:3478", "username": "desk", "credential": "geheim"}
    monkeypatch.setenv("HOTLINE_TELEPHONY__ICE_SERVERS", json.dumps([turn]))
    printed = CliRunner().invoke(app, ["check-config"])
    assert printed.exit_code == 0
    assert "geheim" not in printed.stdout
    read_back = tomllib.loads(printed.stdout)
    assert read_back["web"]["port"] == 8000
    assert read_back["telephony"]["ice_servers"][0]["urls"] == "turn:turn.example:3478"
    file.write_text("[web]\nport = 'x'")
    refused = CliRunner().invoke(app, ["check-config"])
    assert refused.exit_code == 1
    assert refused.stderr.startswith("web.port")
    (sentence,) = json.loads(CliRunner().invoke(app, ["check-config", "--json"]).stdout)["errors"]
    assert sentence.startswith("web.port")
