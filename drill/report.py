"""The drill's result, as a table for people and as one object for scripts."""

from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from drill.judgement import Judgement, Row
from drill.kept import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a drill found out."""

    fault: str
    calls_per_state: int
    """In each plain state."""
    judgement: Judgement
    promises: Kept
    ledger_calls: int
    ledger_outcomes: int
    back_after_s: float
    left_over: int
    """Channels that were still in the switch when all calls had ended."""
    fresh_call_works: bool
    order_problem: str | None
    offered_by_new_server: int | None
    """Of the calls that waited; the emergency queue had taken the others before. None: it never died."""
    rig_stalled_s: float
    """How long the simulated customers and agents themselves stood still at the worst: silence and gaps
    are measured no more exactly than that."""
    losses_are_allowed: bool
    """With its switch a call dies: what counts then is that this is said, that all comes back, and that
    promises are kept."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """By state."""
        return (*self.judgement.rows, *self.promises.rows)

    @property
    def lost(self) -> int:
        """Calls and promises that came to no agent."""
        return self.judgement.lost + self.promises.lost

    @property
    def doubled(self) -> int:
        """Those that came to two."""
        return self.judgement.doubled + self.promises.doubled

    @property
    def problems(self) -> list[str]:
        """What should not have been, one sentence each."""
        checks = (
            (self.ledger_calls != self.ledger_outcomes, "calls in the ledger have no outcome"),
            (self.left_over > 0, f"{self.left_over} channels are left in the switch"),
            (not self.fresh_call_works, "a call made afterwards did not reach an agent"),
            (self.doubled > 0, f"{self.doubled} calls are doubled"),
            (self.order_problem is not None, self.order_problem or ""),
        )
        found = [sentence for is_so, sentence in checks if is_so]
        found += self.promises.problems
        return found if self.losses_are_allowed else [*found, *self.judgement.problems]

    @property
    def holds(self) -> bool:
        """Whether all is as promised."""
        return not self.problems

    def as_json(self) -> dict[str, object]:
        """For scripts."""
        return {
            "fault": self.fault,
            "calls_per_state": self.calls_per_state,
            "states": [asdict(row) for row in self.rows],
            "lost": self.lost,
            "doubled": self.doubled,
            "order_kept": self.order_problem is None,
            "waiting_calls_offered_by_new_server": self.offered_by_new_server,
            "ledger": {"calls": self.ledger_calls, "outcomes": self.ledger_outcomes},
            "back_after_s": round(self.back_after_s, 1),
            "channels_left": self.left_over,
            "fresh_call_works": self.fresh_call_works,
            "rig_stalled_s": round(self.rig_stalled_s, 2),
            "problems": self.problems,
            "holds": self.holds,
        }

    def print_to(self, console: Console) -> None:
        """For people."""
        table = Table(title=f"hotline drill {self.fault}")
        names = (
            "state",
            "calls",
            "survived",
            "longest silence",
            "parted for",
            "last agent after",
            "outcomes",
        )
        for name in names:
            table.add_column(name, justify="left" if name in {"state", "outcomes"} else "right")
        for row in self.rows:
            outcomes = ", ".join(f"{count} {outcome}" for outcome, count in row.outcomes.items())
            seconds = (row.longest_silence_s, row.longest_apart_s, row.last_agent_after_s)
            shown = ("" if figure is None else f"{figure:.1f} s" for figure in seconds)
            table.add_row(row.state, str(row.calls), str(row.survived), *shown, outcomes)
        console.print(table)
        console.print(
            f"lost {self.lost}, doubled {self.doubled}; "
            f"ledger: {self.ledger_calls} calls, {self.ledger_outcomes} outcomes; "
            f"back after {self.back_after_s:.1f} s; "
            f"the rig itself stood still for {self.rig_stalled_s:.1f} s at most",
            highlight=False,
        )
        for problem in self.problems:
            console.print(f"[red]{problem}[/]", highlight=False)
