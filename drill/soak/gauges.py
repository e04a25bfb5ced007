"""What an installation holds at a moment: memory, tasks, threads, files, channels, locks."""

import asyncio
import contextlib
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from infra.toolchain import asterisk as toolchain
from rig.instance import Instance

SERVER, WORKERS, ASTERISK, EDGE = "server", "its workers", "asterisk", "edge"
KEPT = ("recordings", "log", "hotline.db", "cache")
"""What calls leave on purpose: what is meant to be kept, and each prompt once."""

COUNTED_WITHIN_S, ASK_EVERY_S = 10.0, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Census:
    """Everything that has to go with the calls."""

    tasks: int
    threads: int
    """Of the server."""
    files: int
    """Open in the server, sockets as well."""
    file_locks: int
    asterisk_threads: int
    asterisk_files: int
    channels: int
    bridges: int
    claims: int
    """Named locks that Asterisk knows of, taken or not."""
    spooled: int
    """Files of messages that wait to be fetched."""
    stray: int
    """Other files that are not of the kind that is kept."""
    open_legs: int
    open_offers: int
    open_jobs: int
    open_promises: int


CALLBACKS = "out-%-cb%"
"""Names of calls that are made because they were promised; an agent's own has digits alone."""


def memory_mb(instance: Instance) -> dict[str, float]:
    """What each part has of its own, shared code left out."""
    server = instance.pid("server")
    return {
        SERVER: _own_mb([server]),
        WORKERS: _own_mb(_below(server)),
        ASTERISK: _own_mb([instance.pid("asterisk")]),
        EDGE: _own_mb([instance.pid("edge"), *_below(instance.pid("edge"))]),
    }


def database_mb(instance: Instance) -> float:
    """As large as it is once all is moved there from its log."""
    with _reading(instance.data) as database:
        pages, size = (
            database.execute(f"PRAGMA {what}").fetchone()[0] for what in ("page_count", "page_size")
        )
    return float(pages * size / 2**20)


async def census(instance: Instance) -> Census:
    """Asks everybody."""
    server, switch = instance.pid("server"), instance.pid("asterisk")
    said = [await _console(instance, command) for command in _QUESTIONS]
    files = [path for path in instance.data.rglob("*") if path.is_file()]
    spool = instance.data / "spool"
    rows = await asyncio.to_thread(_open_rows, instance.data)
    return Census(
        tasks=await _tasks(instance),
        threads=_entries(server, "task"),
        files=_entries(server, "fd"),
        file_locks=_locks(server),
        asterisk_threads=_entries(switch, "task"),
        asterisk_files=_entries(switch, "fd"),
        channels=_number(r"(\d+) active channel", said[0]),
        bridges=len(said[1].splitlines()) - 1,
        claims=_number(r"(\d+) total locks", said[2]),
        spooled=sum(path.is_relative_to(spool) for path in files),
        stray=sum(not path.is_relative_to(spool) and not _is_kept(path, instance.data) for path in files),
        open_legs=rows[0],
        open_offers=rows[1],
        open_jobs=rows[2],
        open_promises=rows[3],
    )


_QUESTIONS = ("core show channels count", "bridge show all", "dialplan locks show")
_OPEN = (
    "SELECT count(*) FROM leg WHERE ended_at IS NULL",
    "SELECT count(*) FROM acd_offer WHERE result IS NULL",
    "SELECT count(*) FROM job WHERE state NOT IN ('done')",
    "SELECT count(*) FROM callback WHERE ended_at IS NULL",
)


def outcomes(data: Path) -> dict[str, list[str]]:
    """Of every call that came in, by the last digits of the caller's number."""
    return _by_number(
        data, "SELECT caller_number, outcome FROM call WHERE direction = 'in' ORDER BY arrived_at"
    )


def own_calls(data: Path) -> dict[str, str]:
    """The outcome of every call that an agent placed, by the call."""
    with _reading(data) as database:
        placed = database.execute(
            "SELECT id, outcome FROM call WHERE direction = 'out' AND id NOT LIKE ?", (CALLBACKS,)
        ).fetchall()
    return {call: outcome or "open" for call, outcome in placed}


def calls_back(data: Path) -> dict[str, list[str]]:
    """The outcomes of calls that were promised, by the last digits of the customer's number."""
    return _by_number(data, "SELECT caller_number, outcome FROM call WHERE id LIKE ?", CALLBACKS)


def promises(data: Path) -> dict[str, list[str]]:
    """What became of each promise, by the last digits of the number to be called."""
    return _by_number(data, "SELECT number, end FROM callback")


def _by_number(data: Path, query: str, *values: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    with _reading(data) as database:
        for number, told in database.execute(query, values):
            found.setdefault(number[-11:], []).append(told or "open")
    return found


def _reading(data: Path) -> closing[sqlite3.Connection]:
    return closing(sqlite3.connect(f"file:{data / 'hotline.db'}?mode=ro", uri=True))


def _open_rows(data: Path) -> list[int]:
    with _reading(data) as database:
        return [int(database.execute(query).fetchone()[0]) for query in _OPEN]


def _is_kept(path: Path, data: Path) -> bool:
    return path.relative_to(data).parts[0].startswith(KEPT)


async def _console(instance: Instance, command: str) -> str:
    configuration = instance.data / "asterisk" / "etc" / "asterisk.conf"
    asking = await asyncio.create_subprocess_exec(
        *toolchain.ensure().asterisk("-C", str(configuration), "-rx", command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    out, _ = await asking.communicate()
    return out.decode(errors="replace")


async def _tasks(instance: Instance) -> int:
    """The server counts them for the first time a moment after it is ready; until then the figure is 0."""
    async with asyncio.timeout(COUNTED_WITHIN_S), aiohttp.ClientSession() as session:
        while True:
            async with session.get(f"{instance.base_url}/metrics") as reply:
                if found := _number(r"^hotline_tasks (\d+)", await reply.text()):
                    return found
            await asyncio.sleep(ASK_EVERY_S)


def _number(pattern: str, text: str) -> int:
    found = re.search(pattern, text, re.MULTILINE)
    assert found, f"{pattern} is not in: {text[:500]}"
    return int(found[1])


def _own_mb(pids: list[int]) -> float:
    return sum(_kb(pid, "RssAnon") + _kb(pid, "VmSwap") for pid in pids) / 1024


def _kb(pid: int, what: str) -> int:
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        found = re.search(rf"^{what}:\s+(\d+) kB", status, re.MULTILINE)
        return int(found[1]) if found else 0
    return 0


def _below(pid: int) -> list[int]:
    return list(_descendants(pid))


def _descendants(pid: int) -> Iterator[int]:
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            for child in map(int, listed.read_text(encoding="ascii").split()):
                yield child
                yield from _descendants(child)


def _entries(pid: int, folder: str) -> int:
    return len(list(Path(f"/proc/{pid}/{folder}").iterdir()))


def _locks(pid: int) -> int:
    held = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    return sum(line.split()[4] == str(pid) for line in held if "->" not in line)
