"""Refusals of the simulator, which only its command tells."""

from kernel.errors import InvalidInput


class ScenarioInvalid(InvalidInput):
    """The scenario cannot be simulated; the message names the key."""

    code = "scenario_invalid"


class ScenarioUnstable(ScenarioInvalid):
    """Some of the scenario's callers are never served."""

    code = "scenario_unstable"

    @classmethod
    def of(cls, place: int) -> "ScenarioUnstable":
        """Of the class in this place."""
        keys = f"classes.{place}.rate_per_hour, classes.{place}.talk.mean_s"
        return cls(
            f"{keys}: these callers are never served: more work comes than can be done by agents"
            " of this count and wrap_up_s"
        )


class NothingToReplay(InvalidInput):
    """That day cannot be gone through with these rules."""

    code = "nothing_to_replay"
