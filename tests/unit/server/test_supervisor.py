"""Each process killed alone comes back alone; what hangs is killed; calls outlive their supervisor."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from threading import Timer
from typing import Any

import pytest

from server.process import Part, ProcessTable
from server.running import say

ROOT = Path(__file__).resolve().parents[3]
PATIENCE_S = 20
DRIVER = """
import json, sys
from pathlib import Path
from kernel.clock import SystemClock
from server.process import Part, ProcessTable
from server.supervisor import AlreadyRuns, Supervisor, sole_owner
data, parts = Path(sys.argv[1]), [Part(**part) for part in json.loads(sys.argv[2])]
try:
    with sole_owner(data / "run" / "lock"):
        table = ProcessTable(data / "run", data / "log")
        Supervisor(parts, table, SystemClock(), lambda text: print(text, flush=True)).run()
except AlreadyRuns as refusal:
    print(refusal, flush=True)
"""
BEATING = "import asyncio; from server.heartbeat import beat; print('up', flush=True); asyncio.run(beat(0.1))"
STAYS = ["sleep", "1000"]
TOLD = "read -r word || exit 0; echo $$ >> begun; exec sleep 1000"


class Owner:
    """A supervisor in a process of its own; its log lines are the events to wait for."""

    def __init__(self, data: Path, parts: list[dict[str, Any]]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", DRIVER, str(data), json.dumps(parts)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self._lines = self.process.stdout
        self.seen: list[str] = []
        self.pids: dict[str, int] = {}

    def until(self, pattern: str) -> str:
        guard = Timer(PATIENCE_S, self.process.kill)
        guard.start()
        try:
            for line in self._lines:
                self.seen.append(line.rstrip())
                if started := re.match(r"(\w+) (?:started|still runs) \(process (\d+)\)", line):
                    self.pids[started[1]] = int(started[2])
                if re.search(pattern, line):
                    return line
        finally:
            guard.cancel()
        raise AssertionError(f"never said {pattern!r}: {self.seen}")

    def start_of(self, *names: str) -> "Owner":
        for name in names:
            self.until(f"^{name} started")
        return self

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(PATIENCE_S)


@pytest.fixture
def owners() -> Iterator[list[Owner]]:
    all_of_them: list[Owner] = []
    yield all_of_them
    for owner in all_of_them:
        owner.stop()
        owner._lines.close()
        for pid in owner.pids.values():
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)


def wait_for_word(word: str, log: Path) -> None:
    loop = f"until grep -q {word} {log} 2>/dev/null; do :; done"
    subprocess.run(["timeout", "10", "bash", "-c", loop], check=True)


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


@pytest.mark.parametrize("victim", ["asterisk", "edge", "server"])
def test_each_part_killed_alone_comes_back_alone(tmp_path: Path, owners: list[Owner], victim: str) -> None:
    names = ["asterisk", "edge", "server"]
    owner = Owner(tmp_path, [{"name": name, "command": STAYS} for name in names]).start_of(*names)
    owners.append(owner)
    before = dict(owner.pids)
    os.kill(before[victim], signal.SIGKILL)
    owner.start_of(victim)
    assert {name for name in names if owner.pids[name] != before[name]} == {victim}
    assert all(is_alive(pid) for pid in owner.pids.values())


def test_a_stopped_server_is_killed_and_started_anew(tmp_path: Path, owners: list[Owner]) -> None:
    beating = [sys.executable, "-c", BEATING]
    server = {"name": "server", "command": beating, "silent_max_s": 1, "first_beat_max_s": 5}
    owner = Owner(tmp_path, [server]).start_of("server")
    owners.append(owner)
    wait_for_word("up", tmp_path / "log" / "server.log")
    hung = owner.pids["server"]
    os.kill(hung, signal.SIGSTOP)
    owner.until("^server hangs")
    owner.start_of("server")
    assert owner.pids["server"] != hung
    assert not is_alive(hung)


def test_a_part_that_never_beats_is_not_waited_for_forever(tmp_path: Path, owners: list[Owner]) -> None:
    server = {"name": "server", "command": STAYS, "silent_max_s": 1, "first_beat_max_s": 0.5}
    owner = Owner(tmp_path, [server]).start_of("server")
    owners.append(owner)
    assert "hangs" in owner.until("^server hangs")


def test_a_crash_loop_slows_down_and_says_where_to_look(tmp_path: Path, owners: list[Owner]) -> None:
    owner = Owner(tmp_path, [{"name": "server", "command": ["false"]}, {"name": "edge", "command": STAYS}])
    owners.append(owner)
    line = owner.until("3 times in a row")
    assert str(tmp_path / "log" / "server.log") in line
    delays = [float(found) for text in owner.seen for found in re.findall(r"again in ([\d.]+) s", text)]
    assert delays == [0.1, 0.2, 0.4]
    assert is_alive(owner.pids["edge"])


def test_a_command_that_is_missing_is_said_and_tried_again(tmp_path: Path, owners: list[Owner]) -> None:
    owner = Owner(tmp_path, [{"name": "edge", "command": [str(tmp_path / "none")]}])
    owners.append(owner)
    assert "could not be started" in owner.until("2 times|again in 0.2")


def test_a_log_that_grew_long_is_put_aside_while_it_is_written(tmp_path: Path) -> None:
    table = ProcessTable(tmp_path / "run", tmp_path / "log", log_max_bytes=10)
    part = Part("edge", STAYS)
    log = table.log_of(part)
    with log.open("ab") as held:
        held.write(b"0123456789\n")
        held.flush()
        table.trim_logs(part)
        held.write(b"more\n")
    table.trim_logs(part)
    assert log.read_bytes() == b"more\n"
    assert log.with_suffix(".log.1").read_bytes() == b"0123456789\n"


def test_what_a_part_logs_by_itself_is_put_aside_too_once_it_is_there(tmp_path: Path) -> None:
    table = ProcessTable(tmp_path / "run", tmp_path / "log", log_max_bytes=10)
    messages = tmp_path / "messages"
    part = Part("asterisk", STAYS, own_logs=(messages,))
    table.trim_logs(part)
    messages.write_bytes(b"0123456789\n")
    table.trim_logs(part)
    assert messages.read_bytes() == b""
    assert (tmp_path / "messages.1").read_bytes() == b"0123456789\n"


def test_a_log_that_cannot_be_put_aside_makes_room_all_the_same(tmp_path: Path) -> None:
    table = ProcessTable(tmp_path / "run", tmp_path / "log", log_max_bytes=10)
    log = table.log_of(Part("edge", STAYS))
    log.write_bytes(b"0123456789\n")
    log.with_suffix(".log.1").mkdir()  # what a full disk does, this does too: no copy can be written
    table.trim_logs(Part("edge", STAYS))
    assert log.read_bytes() == b""


def test_a_part_that_cannot_be_marked_on_a_full_disk_runs(tmp_path: Path, owners: list[Owner]) -> None:
    mark = tmp_path / "run" / "server.process"
    mark.mkdir(parents=True)  # so that no mark can be written
    owner = Owner(tmp_path, [spared(tmp_path)]).start_of("server")
    owners.append(owner)
    mark.rmdir()
    assert begun(tmp_path, owner.pids["server"]) == [owner.pids["server"]]


def test_nobody_has_to_read_what_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full, monkeypatch.context() as patched:
        patched.setattr(sys, "stdout", full)
        say("server started")
        with suppress(OSError):
            full.close()


def test_stopping_ends_all_in_reverse_order(tmp_path: Path, owners: list[Owner]) -> None:
    owner = Owner(tmp_path, [{"name": name, "command": STAYS} for name in ("asterisk", "edge")])
    owners.append(owner.start_of("asterisk", "edge"))
    owner.process.terminate()
    owner.until("^asterisk stopped")
    assert owner.seen[-2:] == ["edge stopped", "asterisk stopped"]
    assert owner.process.wait(PATIENCE_S) == 0
    assert not any(is_alive(pid) for pid in owner.pids.values())


def test_what_ignores_the_request_to_stop_is_killed(tmp_path: Path, owners: list[Owner]) -> None:
    deaf = ["bash", "-c", "trap '' TERM; echo deaf; while :; do read -rt 1 <> <(:); done"]
    owner = Owner(tmp_path, [{"name": "edge", "command": deaf, "stop_patience_s": 0.3}]).start_of("edge")
    owners.append(owner)
    wait_for_word("deaf", tmp_path / "log" / "edge.log")
    owner.process.terminate()
    owner.until("did not stop within")
    owner.until("^edge stopped")


def test_a_second_supervisor_is_refused_in_one_sentence(tmp_path: Path, owners: list[Owner]) -> None:
    first = Owner(tmp_path, [{"name": "edge", "command": STAYS}]).start_of("edge")
    second = Owner(tmp_path, [{"name": "edge", "command": STAYS}])
    owners.extend([first, second])
    assert f"process {first.process.pid}" in second.until("already runs")
    assert is_alive(first.pids["edge"])


def test_the_next_supervisor_adopts_what_carries_calls_and_ends_the_rest(
    tmp_path: Path, owners: list[Owner]
) -> None:
    asterisk = {
        "name": "asterisk",
        "command": STAYS,
        "outlives_supervisor": True,
        "reload_command": ["touch", str(tmp_path / "reloaded")],
    }
    parts = [asterisk, {"name": "server", "command": STAYS}]
    first = Owner(tmp_path, parts).start_of("asterisk", "server")
    owners.append(first)
    first.process.kill()
    first.process.wait(PATIENCE_S)
    second = Owner(tmp_path, parts)
    owners.append(second)
    second.until("adopted")
    second.start_of("server")
    assert second.pids["asterisk"] == first.pids["asterisk"]
    assert not is_alive(first.pids["server"])
    assert (tmp_path / "reloaded").exists()
    os.kill(first.pids["asterisk"], signal.SIGKILL)
    second.start_of("asterisk")
    assert second.pids["asterisk"] != first.pids["asterisk"]


def test_a_server_whose_supervisor_died_ends_itself(tmp_path: Path, owners: list[Owner]) -> None:
    server = {"name": "server", "command": [sys.executable, "-c", BEATING], "silent_max_s": 5}
    owner = Owner(tmp_path, [server]).start_of("server")
    owners.append(owner)
    watch = os.pidfd_open(owner.pids["server"])
    owner.process.kill()
    subprocess.run(
        ["timeout", "10", "tail", "--pid", str(owner.pids["server"]), "-f", "/dev/null"], check=True
    )
    os.close(watch)
    assert not is_alive(owner.pids["server"])


def spared(folder: Path) -> dict[str, Any]:
    """A server with a spare; each process that was told to begin writes its number into `begun`."""
    return {"name": "server", "command": ["bash", "-c", f"cd {folder}; {TOLD}"], "spare_after_s": 0.1}


def begun(folder: Path, last: int) -> list[int]:
    """All that have begun so far, once the given one has."""
    wait_for_word(f"^{last}$", folder / "begun")
    return [int(line) for line in (folder / "begun").read_text(encoding="ascii").split()]


def spare_of(owner: Owner) -> int:
    return int(owner.until("^spare server kept")[:-2].rpartition(" ")[2])


def test_a_spare_takes_the_place_of_a_killed_server_at_once(tmp_path: Path, owners: list[Owner]) -> None:
    owner = Owner(tmp_path, [spared(tmp_path)]).start_of("server")
    owners.append(owner)
    first, spare = owner.pids["server"], spare_of(owner)
    assert begun(tmp_path, first) == [first]
    os.kill(first, signal.SIGKILL)
    assert "in 0.0 s" in owner.until("^server was killed")
    owner.start_of("server")
    assert owner.pids["server"] == spare
    assert spare_of(owner) not in {first, spare}
    assert begun(tmp_path, spare) == [first, spare]
    found = ProcessTable(tmp_path / "run", tmp_path / "log").find(Part("server", STAYS))
    assert found is not None
    os.close(found.watch)
    assert found.pid == spare


def test_a_server_whose_spare_died_is_started_as_without_one(tmp_path: Path, owners: list[Owner]) -> None:
    owner = Owner(tmp_path, [spared(tmp_path)]).start_of("server")
    owners.append(owner)
    first, spare = owner.pids["server"], spare_of(owner)
    assert begun(tmp_path, first) == [first]
    os.kill(spare, signal.SIGKILL)
    owner.until("^spare server was killed")
    os.kill(first, signal.SIGKILL)
    owner.start_of("server")
    third = owner.pids["server"]
    assert third not in {first, spare}
    assert begun(tmp_path, third) == [first, third]


def test_a_spare_that_begins_and_never_beats_is_killed_soon(tmp_path: Path, owners: list[Owner]) -> None:
    server = spared(tmp_path) | {"silent_max_s": 60, "first_beat_max_s": 60, "spare_first_beat_max_s": 0.5}
    owner = Owner(tmp_path, [server]).start_of("server")
    owners.append(owner)
    first, spare = owner.pids["server"], spare_of(owner)
    os.kill(spare, signal.SIGSTOP)
    os.kill(first, signal.SIGKILL)
    owner.until("^server hangs")
    owner.start_of("server")
    assert owner.pids["server"] not in {first, spare}
    assert not is_alive(spare)


def test_spares_that_cannot_work_do_not_hide_a_crash_loop(tmp_path: Path, owners: list[Owner]) -> None:
    server = {"name": "server", "command": ["bash", "-c", "read -r word; exit 1"], "spare_after_s": 0}
    owner = Owner(tmp_path, [server])
    owners.append(owner)
    assert "in 0.4 s" in owner.until("3 times in a row")


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGKILL])
def test_no_spare_outlives_its_supervisor(tmp_path: Path, owners: list[Owner], end: signal.Signals) -> None:
    owner = Owner(tmp_path, [spared(tmp_path)]).start_of("server")
    owners.append(owner)
    server, spare = owner.pids["server"], spare_of(owner)
    assert begun(tmp_path, server) == [server]
    owner.process.send_signal(end)
    subprocess.run(["timeout", "10", "tail", "--pid", str(spare), "-f", "/dev/null"], check=True)
    assert not is_alive(spare)
    assert begun(tmp_path, server) == [server]
