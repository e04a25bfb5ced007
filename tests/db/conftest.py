"""Every test of this folder that asks for `database` runs on SQLite and on a private PostgreSQL."""

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from infra.database import Database, driver_url
from infra.migrations import migrate

NUMBERS = count(1)
MEMORY, MEMORY_MIN = Path("/dev/shm"), 2 << 30


def _programs() -> Path:
    """Where PostgreSQL's programs are; a variable names another place than Debian's."""
    named = os.environ.get("HOTLINE_POSTGRESQL_BIN")
    places = [Path(named)] if named else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not places or not (places[-1] / "initdb").is_file():
        pytest.fail("PostgreSQL is not installed: apt-get install postgresql-15")
    return places[-1]


def _as_plain_user(*command: str) -> None:
    """PostgreSQL refuses to run as root."""
    if os.geteuid() == 0:
        command = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
    if done.returncode != 0:
        pytest.fail(f"{command}: {done.stdout}{done.stderr}")


def _quick_place() -> Path | None:
    """Memory where there is room: hundreds of databases come and go, and a disk would be waited for."""
    has_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_MIN
    return MEMORY if has_room else None


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a private server on a Unix socket, without a database's name."""
    programs = _programs()
    home = Path(tempfile.mkdtemp(prefix="hotline-pg-", dir=_quick_place()))
    try:
        if os.geteuid() == 0:
            shutil.chown(home, "postgres", "postgres")
        data = home / "data"
        settings = f"-k {home} -c listen_addresses= -c fsync=off -c max_wal_size=128MB -c max_connections=100"
        control = (str(programs / "pg_ctl"), "-D", str(data), "-w")
        _as_plain_user(
            str(programs / "initdb"), "-D", str(data), "-U", "hotline", "-A", "trust", "-E", "UTF8"
        )
        _as_plain_user(*control, "-l", str(home / "log"), "-o", settings, "start")
        try:
            yield f"postgresql://hotline@/{{name}}?host={home}"
        finally:
            _as_plain_user(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home)


@contextmanager
def _new_database(server: str, *, like: str = "template1") -> Iterator[str]:
    """The address of a new database, a copy of `like`; gone in the end."""
    name = f"t{next(NUMBERS)}"
    asyncio.run(_order(server, f"CREATE DATABASE {name} TEMPLATE {like}"))
    yield server.format(name=name)
    asyncio.run(_order(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def _order(server: str, statement: str) -> None:
    engine = create_async_engine(driver_url(server.format(name="postgres")), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(statement))
    await engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def empty_url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'hotline.db'}"
        return
    with _new_database(request.getfixturevalue("postgresql")) as url:
        yield url


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with today's tables, made step by step once; to be copied, which takes no time."""
    file = tmp_path_factory.mktemp("migrated") / "hotline.db"
    asyncio.run(migrate(f"sqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def migrated_postgresql(postgresql: str) -> Iterator[str]:
    """The name of such a database on the private server."""
    with _new_database(postgresql) as url:
        asyncio.run(migrate(url))
        yield str(make_url(url).database)


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database with today's tables."""
    if kind == "sqlite":
        file = tmp_path / "hotline.db"
        shutil.copy(request.getfixturevalue("migrated_file"), file)
        yield f"sqlite:///{file}"
        return
    server, like = request.getfixturevalue("postgresql"), request.getfixturevalue("migrated_postgresql")
    with _new_database(server, like=like) as url:
        yield url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()
