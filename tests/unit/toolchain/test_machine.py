"""What of the machine is here, and what is said of what is not."""

from infra.toolchain import machine


def test_a_program_and_a_library_of_every_machine_are_here() -> None:
    assert machine.missing(("sh", "libc.so.6")) == []


def test_what_is_nowhere_is_missing() -> None:
    assert machine.missing(("no-such-program", "libnone.so.1")) == ["no-such-program", "libnone.so.1"]


def test_an_administrator_is_told_the_packages_by_name() -> None:
    command = machine.install_command(machine.BROWSER)
    assert command == "apt-get install chromium libatomic1"
