"""`hotline replay`: a day's calls against other rules, before these are switched on."""

import asyncio
import json
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from acd.queues import load_queues
from acd.simulator.past import DayResult, Waits, as_it_was
from acd.simulator.replay import check_queues
from acd.simulator.replay import replay as run_replay
from acd.store import AcdStore
from customers.service import Customers
from customers.store import CustomerStore
from infra.database import Database
from infra.jobs import Jobs
from infra.migrations import is_newest
from infra.outbox import Outbox
from kernel.clock import SystemClock
from kernel.errors import InvalidInput
from kernel.ids import QueueId
from server.first_day import NotSetUp
from server.past_day import Archive
from server.settings import Settings, load_settings
from telephony.store import CallStore

AS_IT_WAS, TODAY, CHANGED = "as_it_was", "rules_of_today", "changed_rules"
CUT_SHORT = (
    "of the calls rang longer that day than `offer_timeout_s`, and are taken for answered at its end; "
    "some agents would have missed them."
)
Results = dict[str, DayResult]
EARLIEST_DAY = date(1970, 1, 2)


def replay(
    day: Annotated[str, typer.Argument(help="Such as 2026-11-20, or yesterday.", show_default=False)],
    *,
    rules: Annotated[Path, typer.Option("--with", help="A changed queues.yaml.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")] = False,
) -> None:
    """Waits, service level and occupancy of a past day: as it was, by the rules of today, by changed ones."""
    settings = load_settings()
    since = _midnight(day, ZoneInfo(settings.acd.timezone))
    results = asyncio.run(_results(settings, since, rules))
    if as_json:
        found = {name: _to_json(result) for name, result in results.items()}
        typer.echo(json.dumps({"day": since.date().isoformat(), **found}, ensure_ascii=False))
    else:
        _show(since.date(), results, Console())


def _midnight(day: str, zone: ZoneInfo) -> datetime:
    today = SystemClock().now().astimezone(zone).date()
    try:
        chosen = today - timedelta(days=1) if day == "yesterday" else date.fromisoformat(day)
    except ValueError as error:
        raise InvalidInput(f"{day!r} is no day; write it like 2026-11-20, or yesterday") from error
    if not EARLIEST_DAY <= chosen <= today:
        raise InvalidInput(f"{day!r} is no past day")
    return datetime.combine(chosen, time(), zone)


async def _results(settings: Settings, since: datetime, file: Path) -> Results:
    changed = load_queues(file)
    if not settings.places.queues.exists():
        raise NotSetUp("there is no site yet: start Hotline once with ./hotline run")
    today = load_queues(settings.places.queues)
    database, clock = Database(settings.database_url), SystemClock()
    try:
        await database.ping()
        if not await is_newest(settings.database_url):
            raise NotSetUp("the database is not of this version: start Hotline once with ./hotline run")
        outbox = Outbox(Jobs(database, clock))
        customers = CustomerStore(database, outbox)
        archive = Archive(
            calls=CallStore(database),
            journal=AcdStore(database, settings.acd),
            customers=Customers(store=customers, clock=clock, settings=settings.customers),
        )
        past = await archive.day(since, today)
    finally:
        await database.close()
    for name, rules in ((settings.places.queues.name, today), (file.name, changed)):
        check_queues(past, rules, name)
    by_today, by_changed = (run_replay(past, rules, settings.acd) for rules in (today, changed))
    return {AS_IT_WAS: as_it_was(past, today), TODAY: by_today, CHANGED: by_changed}


def _to_json(result: DayResult) -> dict[str, Any]:
    return {
        "total": _figures(result.total),
        "queues": {queue: _figures(waits) for queue, waits in result.queues.items()},
        "occupancy": _mean(result.occupancy.values()),
        "rings_cut_short": result.rings_cut_short,
        "agents": {str(agent): {"occupancy": share} for agent, share in result.occupancy.items()},
    }


def _figures(waits: Waits) -> dict[str, float | None]:
    return {
        "calls": waits.offered,
        "answered": waits.answered,
        "gave_up": waits.gave_up,
        "sent_away": waits.sent_away,
        "left_waiting": waits.left_waiting,
        "mean_wait_answered_s": waits.mean_wait_s,
        "longest_wait_answered_s": waits.longest_wait_s,
        "service_level": waits.service_level,
    }


def _mean(shares: Iterable[float | None]) -> float | None:
    known = [share for share in shares if share is not None]
    return fmean(known) if known else None


def _show(day: date, results: Results, console: Console) -> None:
    queues = [queue for queue, waits in results[AS_IT_WAS].queues.items() if waits.offered]
    console.print(_table(str(day), results, None))
    for queue in queues if len(queues) > 1 else ():
        console.print(_table(queue, results, queue))
    for name, result in results.items():
        if result.rings_cut_short:
            console.print(f"{name.replace('_', ' ')}: {result.rings_cut_short} {CUT_SHORT}")


def _table(title: str, results: Results, queue: QueueId | None) -> Table:
    """All calls, or those of one queue: a column for each outcome of the day."""
    table = Table(title=title, title_justify="left")
    table.add_column("")
    for name in results:
        table.add_column(name.replace("_", " "), justify="right")
    columns = [
        _figures(result.total if queue is None else result.queues[queue]) for result in results.values()
    ]
    if queue is None:
        columns = [
            {**figures, "occupancy": _mean(result.occupancy.values())}
            for figures, result in zip(columns, results.values(), strict=True)
        ]
    for name in columns[0]:
        heading = name.removesuffix("_s").replace("_", " ")
        table.add_row(heading, *(_said(name, figures[name]) for figures in columns))
    return table


def _said(name: str, figure: float | None) -> str:
    if figure is None:
        return "–"
    if name.endswith("_s"):
        return f"{figure:.1f} s"
    return f"{100 * figure:.1f} %" if name in {"service_level", "occupancy"} else str(figure)
