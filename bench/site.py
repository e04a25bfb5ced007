"""The site that is measured: one number, one queue, no time after a call, and as many agents as asked for."""

from pathlib import Path

from bench.trial_site import files_around, make_site
from kernel.ids import QueueId

NUMBER = "4000"
QUEUE = QueueId("bench")
CALLS_MAX = 5000

FILES = files_around(
    {"start": "wait", "language": "zh", "nodes": {"wait": {"type": "queue", "queue": QUEUE}}},
    {
        QUEUE: {
            "name": {"zh": "测量", "en": "Measurement"},
            "strategy": "longest_idle",
            "wrap_up_s": 0,
            "sticky": {"days": 0, "hold_s": 0},
        }
    },
    calls_max=CALLS_MAX,
)


async def lay_out(data: Path, agents: int) -> dict[str, str]:
    """Writes the site into an installation that was not started yet; the agents' sign-ins."""
    return await make_site(data, FILES, {QUEUE: [f"agent{number:03}" for number in range(1, agents + 1)]})
