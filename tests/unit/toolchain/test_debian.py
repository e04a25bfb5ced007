"""The mirror is the machine's own."""

from pathlib import Path

import pytest

from infra.toolchain import debian
from infra.toolchain.asterisk import AsteriskTree
from infra.toolchain.errors import SetupFailed


def test_the_machines_mirror_of_the_main_archive_is_taken() -> None:
    targets = """\
http://security.test/debian-security/ bookworm-security main
http://other.test/tools/ bookworm main
http://mirror.test/debian/ bookworm main
http://mirror.test/debian/ bookworm contrib
"""
    assert debian.mirror_among(targets) == "http://mirror.test/debian"


def test_a_mirror_list_of_a_cloud_image_is_a_mirror_too() -> None:
    assert debian.mirror_among("mirror+file:/etc/apt/mirrors/debian.list/ trixie main") == (
        "mirror+file:/etc/apt/mirrors/debian.list"
    )


def test_a_machine_without_debian_sources_has_none() -> None:
    assert debian.mirror_among("http://mirror.test/ubuntu/ noble main\n") is None


def test_the_setting_names_a_mirror_where_the_machine_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOTLINE_DEBIAN_MIRROR", "http://mirror.test/debian/")
    assert debian.mirror() == "http://mirror.test/debian"


def test_without_debians_keys_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(debian, "KEYRINGS", (tmp_path / "none.gpg",))
    monkeypatch.setenv("HOTLINE_DEBIAN_MIRROR", "http://mirror.test/debian")
    with pytest.raises(SetupFailed, match="debian-archive-keyring"):
        debian.PrivateApt(tmp_path, "forky")


def test_programs_of_the_tree_are_started_by_its_own_loader(tmp_path: Path) -> None:
    libraries = tmp_path / "usr/lib/x86_64-linux-gnu"
    libraries.mkdir(parents=True)
    (libraries / "ld-linux-x86-64.so.2").touch()
    command = AsteriskTree(tmp_path).asterisk("-V")
    assert command[0] == str(libraries / "ld-linux-x86-64.so.2")
    assert command[-2:] == [str(tmp_path / "usr/sbin/asterisk"), "-V"]
