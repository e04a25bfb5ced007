"""`python -m rig.namespace COMMAND…`: runs a command in a network namespace of its own, and one of mounts.

Browsers refuse WebRTC on loopback addresses alone, so the namespace has a bridge without ports, whose
address is local and yet not loopback. Disks that tests mount are theirs alone. Everything vanishes with
the command. Needs root or, for others, unprivileged user namespaces.
"""

import os
import shutil
import subprocess
import sys

ADDRESS = "10.99.0.1"
"""The machine's own address inside the namespace."""
MARK = "HOTLINE_RIG_NAMESPACE"

SETUP = f"""
# A changed root has no mount of its own to keep apart; whoever changed it has seen to that.
mount --make-rprivate / 2>/dev/null || :
ip link set lo up
ip link add br0 type bridge
ip addr add {ADDRESS}/24 dev br0
ip link set br0 up
exec "$@"
"""


def is_inside() -> bool:
    """Whether this process already runs in such a namespace."""
    return os.environ.get(MARK) == "1"


def command(inner: list[str]) -> list[str]:
    """The command line that runs `inner` inside a new namespace."""
    unshare = shutil.which("unshare") or "unshare"
    as_other = [] if os.geteuid() == 0 else ["--map-root-user"]
    apart = ["--net", "--mount", "--propagation=unchanged", *as_other]
    return [unshare, *apart, "sh", "-ec", SETUP, "sh", *inner]


def main() -> int:
    """Runs the command line's command inside; its exit code is ours."""
    # The command is the developer's own.
    return subprocess.run(command(sys.argv[1:]), check=False, env={**os.environ, MARK: "1"}).returncode  # noqa: S603


if __name__ == "__main__":
    raise SystemExit(main())
