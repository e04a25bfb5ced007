"""Runs a program with limits: `limited_run.py MEMORY_BYTES FILE_BYTES CPU_S PROGRAM ARGUMENT…`.

A step of its own between the server and the program, because limits cannot be set safely between the
fork and the start of a program in a process that has threads.
"""

import ctypes
import os
import resource
import signal
import sys

_PR_SET_PDEATHSIG = 1
"""prctl(2): ends this process when the thread that started it is gone, as after a kill of the server."""
NO_SUCH_PROGRAM = 127


def main() -> None:
    """Becomes the program."""
    memory, file_bytes, cpu_s = map(int, sys.argv[1:4])
    program = sys.argv[4:]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    try:
        os.execvp(program[0], program)  # noqa: S606 - without a shell is the point
    except OSError as error:
        sys.stderr.write(f"{program[0]} cannot be run: {error.strerror}")
        sys.exit(NO_SUCH_PROGRAM)


if __name__ == "__main__":
    main()
