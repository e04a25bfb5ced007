"""Every test of this folder that asks for `database` runs on SQLite and on a private PostgreSQL."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from infra.database import Database, driver_url
from infra.migrations import migrate

NUMBERS = count(1)


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


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a private server on a Unix socket, without a database's name."""
    programs = _programs()
    home = Path(tempfile.mkdtemp(prefix="hotline-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(home, "postgres", "postgres")
        data = home / "data"
        settings = f"-k {home} -c listen_addresses= -c fsync=off -c max_connections=100"
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


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hotline.db'}"
    server: str = request.getfixturevalue("postgresql")
    name = f"t{next(NUMBERS)}"
    engine = create_async_engine(driver_url(server.format(name="postgres")), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    return server.format(name=name)


@pytest.fixture
async def url(empty_url: str) -> str:
    """The address of a database with today's tables."""
    await migrate(empty_url)
    return empty_url


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    yield database
    await database.close()
