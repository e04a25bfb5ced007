"""Refusals of the simulator, which only its command tells."""

from kernel.errors import HotlineError, InvalidInput


class ScenarioInvalid(InvalidInput):
    """The scenario cannot be simulated; the message names the key."""

    code = "scenario_invalid"


class ScenarioUnstable(HotlineError):
    """Some of the scenario's callers are never served."""

    code = "scenario_unstable"


class NothingToReplay(InvalidInput):
    """That day cannot be gone through with these rules."""

    code = "nothing_to_replay"
