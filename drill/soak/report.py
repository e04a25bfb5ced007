"""The soak's result, as tables for people and as one object for scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table

from drill.soak.accounts import Accounts, OwnCalls, at_most
from drill.soak.gauges import Census
from drill.soak.growth import Growth, Reading
from drill.soak.promised import Promises

MADE_ONCE = {
    "tasks": 8,
    "threads": 16,
    "files": 24,
    "file_locks": 0,
    "asterisk_threads": 24,
    "asterisk_files": 24,
    "stray": 16,
}
"""By so much more there may be at the end than before the first call: pools of threads, connections that are
kept open. What is left by one call in a hundred is more in half an hour."""
CLAIMS_MAX = 128
"""Asterisk never forgets the name of a lock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Minute:
    """How things stood at the end of a minute."""

    at_min: float
    reading: Reading
    on_the_phone: int
    database_mb: float
    census: Census


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that a soak found out."""

    wanted_per_s: float
    lasted_s: float
    accounts: Accounts
    own_calls: OwnCalls
    promises: Promises
    did: Mapping[str, int]
    before: Census
    after: Census
    minutes: Sequence[Minute]
    growths: Sequence[Growth]
    database_kb_per_call: float
    most_at_once: int
    not_placed: int
    """Calls that were due while as many went on as may."""
    rig_stalled_s: float

    @property
    def problems(self) -> list[str]:
        """What should not have been, one sentence each."""
        found = at_most((*self.accounts.problems, *self.own_calls.problems, *self.promises.problems))
        if self.accounts.open:
            found.append(f"{self.accounts.open} calls in the ledger have no outcome")
        if self.not_placed:
            found.append(f"{self.not_placed} calls could not be placed: too many went on at once")
        after = asdict(self.after)
        before = asdict(self.before)
        for name, value in after.items():
            allowed = CLAIMS_MAX if name == "claims" else before[name] + MADE_ONCE.get(name, 0)
            if value > allowed:
                found.append(f"{name}: {value} are left, {before[name]} were there before the first call")
        for one in self.growths:
            if one.grown_mb > one.allowed_mb:
                found.append(
                    f"{one.part} has grown by {one.grown_mb:.1f} MB in {one.calls} calls, "
                    f"{one.allowed_mb:.1f} MB are allowed"
                )
        return found

    @property
    def holds(self) -> bool:
        """Whether all is as promised."""
        return not self.problems

    def as_json(self) -> dict[str, object]:
        """For scripts."""
        return {
            "lasted_s": round(self.lasted_s, 1),
            "calls_per_s": {"wanted": self.wanted_per_s, "placed": round(self._placed_per_s, 2)},
            "calls": asdict(self.accounts)
            | {"most_at_once": self.most_at_once, "not_placed": self.not_placed},
            "own_calls": asdict(self.own_calls),
            "promises": asdict(self.promises),
            "did": dict(self.did),
            "before": asdict(self.before),
            "after": asdict(self.after),
            "memory": [
                asdict(one) | {"per_1000_calls_mb": one.per_1000_mb, "allowed_mb": one.allowed_mb}
                for one in self.growths
            ],
            "minutes": [asdict(one) for one in self.minutes],
            "database_kb_per_call": round(self.database_kb_per_call, 2),
            "rig_stalled_s": round(self.rig_stalled_s, 2),
            "problems": self.problems,
            "holds": self.holds,
        }

    @property
    def _placed_per_s(self) -> float:
        return self.accounts.placed / self.lasted_s if self.lasted_s else 0.0

    def print_to(self, console: Console) -> None:
        """For people."""
        accounts = self.accounts
        outcomes, did = _counted(accounts.outcomes), _counted(self.did)
        console.print(self._over_time())
        console.print(self._memory())
        placed = f"placed {accounts.placed} calls in {self.lasted_s:.0f} s, {self._placed_per_s:.2f} a second"
        at_once = f"{self.most_at_once} at once at the most"
        database = f"database: {self.database_kb_per_call:.1f} kB for each call"
        rig = f"the rig itself stood still for {self.rig_stalled_s:.1f} s at most"
        for line in (
            f"{placed}, {at_once}; in the ledger {accounts.in_ledger}: {outcomes}",
            f"agents: {did}",
            f"agents called {self.own_calls.placed} people: {_counted(self.own_calls.outcomes)}",
            f"promised {self.promises.made} calls: {_counted(self.promises.ends)}",
            f"called back: {_counted(self.promises.calls)}",
            f"before: {_in_words(self.before)}",
            f"after: {_in_words(self.after)}",
            f"{database}; {rig}",
        ):
            console.print(line, highlight=False)
        for problem in self.problems:
            console.print(f"[red]{problem}[/]", highlight=False)

    def _over_time(self) -> Table:
        parts = list(self.minutes[-1].reading.mb) if self.minutes else []
        table = Table(title="hotline drill soak: memory over time, in MB")
        for name in ("minute", "calls", "on the phone", *parts, "database", "tasks", "files", "channels"):
            table.add_column(name, justify="right")
        for one in self.minutes:
            memory = (f"{one.reading.mb[part]:.1f}" for part in parts)
            counts = (one.census.tasks, one.census.files, one.census.channels)
            table.add_row(
                f"{one.at_min:.0f}",
                str(one.reading.calls),
                str(one.on_the_phone),
                *memory,
                f"{one.database_mb:.1f}",
                *map(str, counts),
            )
        return table

    def _memory(self) -> Table:
        table = Table(title="after the warm-up")
        for name in ("part", "from", "to", "calls", "for 1,000 calls", "may grow by"):
            table.add_column(name, justify="left" if name == "part" else "right")
        for one in self.growths:
            table.add_row(
                one.part,
                f"{one.begin_mb:.1f} MB",
                f"{one.end_mb:.1f} MB",
                str(one.calls),
                f"{one.per_1000_mb:+.1f} MB",
                f"{one.allowed_mb:.1f} MB",
            )
        return table


def _counted(things: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {what}" for what, count in sorted(things.items()))


def _in_words(census: Census) -> str:
    return ", ".join(f"{name} {value}" for name, value in asdict(census).items())
