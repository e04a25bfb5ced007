"""Settings: file, variables over it, and a clear sentence for what cannot hold."""

import json
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from server.cli import app
from server.settings import ROOT, WrongSettings, load_settings


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "hotline.toml"
    monkeypatch.setenv("HOTLINE_CONFIG", str(path))
    return path


def test_without_a_file_the_defaults_hold(file: Path) -> None:
    assert not file.exists()
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
        ("[web", "hotline.toml: "),
        ('[web]\nextra_origins = ["https://desk.example/"]', "web.extra_origins.0"),
        ('[[telephony.ice_servers]]\nurls = "turn:turn.example"', "needs username and credential"),
        ('[[telephony.ice_servers]]\nurls = "turn.example"', "telephony.ice_servers.0.urls"),
    ],
)
def test_what_cannot_hold_is_told_in_one_sentence(file: Path, text: str, sentence: str) -> None:
    file.write_text(text)
    with pytest.raises(WrongSettings) as refused:
        load_settings()
    assert len(refused.value.sentences) == 1
    assert sentence in refused.value.sentences[0]


def test_a_misspelt_variable_is_not_ignored(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not file.exists()
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
    assert refused.exit_code == 2
    assert refused.stderr.startswith("web.port")
