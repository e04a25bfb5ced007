"""When Python's collector looks for what only refers to itself; all else is freed without it."""

import gc

YOUNG_MAX = 10_000
"""So many new things are looked through at once, in some milliseconds. With Python's own 700 a tenth of all
routing was spent on looking through what was still in use."""
YOUNG_PASSES = 50
"""After so many looks at what is new, all that outlived one is looked through once more. On a large site with
Python's own 10 that took 80 ms each time, in which nobody is routed, and found nothing."""


def spare_what_is_loaded() -> None:
    """Has the collector leave alone what is there now: it stays, and all calls would wait meanwhile."""
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, YOUNG_PASSES)
