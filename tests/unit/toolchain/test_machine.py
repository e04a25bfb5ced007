"""What of the machine is here, and what is said of what is not."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from infra.toolchain import machine


def test_a_program_and_a_library_of_every_machine_are_here() -> None:
    assert machine.missing(("sh", "libc.so.6")) == []


def test_what_is_nowhere_is_missing() -> None:
    assert machine.missing(("no-such-program", "libnone.so.1")) == ["no-such-program", "libnone.so.1"]


def test_an_administrator_is_told_the_packages_by_name() -> None:
    command = machine.install_command(machine.BROWSER)
    assert command == "apt-get install chromium libatomic1"


def test_a_server_that_a_test_needs_is_not_put_up_on_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def run(command: Sequence[str], _hint: str) -> None:
        ran.append(" ".join(command))

    monkeypatch.setattr(machine, "SYSTEMD", tmp_path)
    monkeypatch.setattr(machine, "run", run)
    monkeypatch.setattr(machine, "missing", list)
    monkeypatch.setattr(machine, "_as_root", lambda: ("sudo",))
    machine.ensure(("turnserver", "nft"))
    assert ran[0] == "sudo systemctl mask coturn"
    assert ran[-1].endswith("install coturn nftables")
