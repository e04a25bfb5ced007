"""Other users of the machine read nothing of Hotline's data."""

import stat
from pathlib import Path

import pytest

from infra.database import Database
from server.installation import lay_out
from server.places import Places


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_data_folder_and_the_carriers_passwords_are_their_owners_alone(tmp_path: Path) -> None:
    places = Places(tmp_path / "var")
    lay_out(places)
    assert (_mode(places.data), _mode(places.trunks)) == (0o700, 0o600)


def test_a_data_folder_of_before_is_tightened_at_the_start(tmp_path: Path) -> None:
    places = Places(tmp_path / "var")
    lay_out(places)
    places.data.chmod(0o755)
    places.trunks.chmod(0o644)
    lay_out(places)
    assert (_mode(places.data), _mode(places.trunks)) == (0o700, 0o600)


@pytest.mark.parametrize("mode", [0o755, 0o1777])
def test_a_folder_that_others_use_stays_open_to_them(tmp_path: Path, mode: int) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "of others").touch()
    shared.chmod(mode)
    Places(shared).make()
    assert _mode(shared) == mode


async def test_the_database_is_its_owners_alone_also_one_of_before(tmp_path: Path) -> None:
    files = [tmp_path / f"hotline.db{suffix}" for suffix in ("", "-wal", "-shm")]
    files[0].touch(mode=0o644)
    files[0].chmod(0o644)
    database = Database(f"sqlite:///{files[0]}")
    try:
        async with database.transaction() as connection:
            await connection.exec_driver_sql("CREATE TABLE customer (name TEXT)")
        assert [_mode(file) for file in files] == [0o600] * 3
    finally:
        await database.close()
