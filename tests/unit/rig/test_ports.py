import subprocess
import sys

from rig.ports import free_ports

OTHERS = """
import sys
from rig.ports import free_ports
print(*free_ports(150), flush=True)
sys.stdin.read()
"""


def test_two_processes_are_given_no_port_both_though_nobody_listens() -> None:
    command = [sys.executable, "-c", OTHERS]
    running = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(8)
    ]
    given = [set(map(int, process.stdout.readline().split())) for process in running if process.stdout]
    given.append(set(free_ports(150)))
    for process in running:
        process.communicate()
    assert [len(ports) for ports in given] == [150] * 9
    assert len(set.union(*given)) == 150 * 9
