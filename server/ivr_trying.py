"""`hotline ivr try` and `hotline ivr test`: calls into a flow without a telephone."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from ivr.cases import Answer, Tried, answers, cases_beside, load_cases, try_case
from ivr.check import text_of
from ivr.errands import FAILED
from ivr.nodes import QUEUE_EXITS, QueueExit
from ivr.settings import IvrSettings
from ivr.trial import Script, try_flow
from ivr.turn import Errand, ErrandDone, Facts
from kernel.findings import Problem
from server.errands import ask_really
from server.ivr_files import (
    Json,
    Site,
    count_of,
    current_settings,
    engine_for,
    refuse,
    refuse_broken,
    site_for,
    unreadable,
)

Do = Callable[[Errand], ErrandDone]


def try_(  # noqa: PLR0913 - one parameter for each option of the command
    file: Annotated[Path, typer.Argument(help="A flow.")],
    *,
    keys: Annotated[str, typer.Option(help="Keys in order, such as 9,2; - is silence.")] = "",
    say: Annotated[
        str, typer.Option(help="What the caller says once all keys are pressed, such as 投诉,人工.")
    ] = "",
    at: Annotated[str, typer.Option(help="When: 2026-11-23T10:00, local to the site; else now.")] = "",
    from_number: Annotated[str, typer.Option("--from", help="The caller's number.")] = "",
    sent_away: Annotated[
        str, typer.Option(help="What queues do with the caller, in order: full, closed or timeout.")
    ] = "",
    hang_up: Annotated[
        bool,
        typer.Option("--hang-up", help="The caller hangs up when there is nothing more to press or say."),
    ] = False,
    lookup: Annotated[
        list[str] | None,
        typer.Option(help="What look-ups answer, in order: state=shipped,price=9 or missing or failed."),
    ] = None,
    site: Site = None,
    as_json: Json = False,
) -> None:
    """Shows what a caller would hear, and how it ends."""
    if not set(keys) <= set("0123456789*#-, "):
        refuse(f"--keys {keys!r} has other signs than 0-9 * # and - for silence")
    exits = [exit_ for word in sent_away.split(",") for exit_ in QUEUE_EXITS if word.strip() == exit_]
    if len(exits) != len(sent_away.split(",")) and sent_away:
        refuse(f"--sent-away {sent_away!r} has other words than {', '.join(QUEUE_EXITS)}")
    settings = current_settings()
    folder = site_for(file, site, settings)
    engine, timezone = engine_for(file, folder, settings.ivr)
    do = answers(map(_answer, lookup)) if lookup else partial(ask_really, settings, folder)
    facts = Facts(caller_number=from_number, timezone=timezone)
    script = replace(_script(keys, say, exits, do), hangs_up=hang_up)
    steps = list(try_flow(engine, engine.begin(facts), script, _moment(at, timezone)))
    if as_json:
        typer.echo(json.dumps({"steps": steps, "ended": steps[-1]}, ensure_ascii=False))
        return
    for step in steps:
        recorded = f" (recording {step['recording']})" if "recording" in step else ""
        typer.echo(_LINES[step["did"]].format(**step) + recorded)


def _script(keys: str, say: str, exits: Sequence[QueueExit], do: Do) -> Script:
    says = tuple(part.strip() for part in say.replace("，", ",").split(",") if part.strip())
    return Script(keys=keys, says=says, exits=exits, do=do)


def _answer(written: str) -> Answer:
    """As the option says it."""
    if written == "missing":
        return "missing"
    if written == FAILED:
        return "failed"
    if written == "unproven":
        return "unproven"
    fields = dict(part.partition("=")[::2] for part in written.split(","))
    if not all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in fields):
        refuse(f"--lookup {written!r} is neither missing nor failed nor fields such as state=shipped,price=9")
    return dict(fields)


def run_cases(
    files: Annotated[
        list[Path], typer.Argument(help="Flows, each with its cases beside it in NAME.tests.yaml.")
    ],
    *,
    site: Site = None,
    as_json: Json = False,
) -> None:
    """Tries each test case beside these flows, and tells what differs from what it expects."""
    settings = current_settings()
    tried = [
        (cases_beside(file), one)
        for file in files
        for one in _try_cases(file, site_for(file, site, settings), settings.ivr)
    ]
    if as_json:
        typer.echo(json.dumps({"cases": [_as_json(*one) for one in tried]}, ensure_ascii=False))
    else:
        _show(tried)
    raise typer.Exit(1 if any(one.differences for _, one in tried) else 0)


def _try_cases(file: Path, site: Path, settings: IvrSettings) -> list[Tried]:
    beside = cases_beside(file)
    try:
        text = text_of(beside, settings)
    except OSError as error:
        refuse(unreadable(error))
    cases, problems = ([], [text]) if isinstance(text, Problem) else load_cases(text, file=str(beside))
    if problems:
        refuse_broken(beside, problems)
    engine, timezone = engine_for(file, site, settings)
    return [try_case(engine, case, line, timezone) for line, case in cases]


def _as_json(file: Path, tried: Tried) -> dict[str, Any]:
    return {
        "file": str(file),
        "line": tried.line,
        "name": tried.case.name,
        "passed": not tried.differences,
        "differences": [str(one) for one in tried.differences],
        "steps": list(tried.steps),
    }


def _show(tried: Sequence[tuple[Path, Tried]]) -> None:
    for file, one in tried:
        for difference in one.differences:
            typer.echo(f"{file}:{one.line}: {one.case.name}: {difference}")
    failed = sum(1 for _, one in tried if one.differences)
    typer.echo(f"{count_of(tried, 'case')}, {failed} failed", err=True)


_LINES = {
    "say": "[{node}] {text}",
    "key": "  > {key}",
    "silence": "  > (nothing)",
    "choose": "[{node}] took {key} ({label[zh]}, {label[en]})",
    "ask": "[{node}] waits {timeout_s:g} s for a key",
    "ask_digits": "[{node}] waits {timeout_s:g} s for each of at most {digits_max} digits",
    "ask_words": "[{node}] waits {timeout_s:g} s for what the caller has to say",
    "type": "  > {digits}",
    "speak": "  > “{text}”",
    "queue": "[{node}] waits for a person in queue {queue}",
    "transfer": "[{node}] has {whom} rung outside, with music",
    "callback": "[{node}] offers to call back, in queue {queue}",
    "promised": "  > (is called back)",
    "declined": "  > (is not called back)",
    "sent_away": "  > (sent away: {why})",
    "lookup": "[{node}] asks {about} by {values}",
    "sms": "[{node}] sends a message {values}",
    "progress": "[{node}] asks how far a ticket is {values}",
    "identify": "[{node}] finds who calls {values}",
    "ticket": "[{node}] leaves a ticket ({about}) {values}",
    "done": "  > {way} {fields}",
    "record": "[{node}] records a message, at most {max_s:g} s",
    "hang_up": "[{node}] hangs up ({outcome})",
    "hangs_up": "  > (the caller hangs up)",
    "gone": "[{node}] was where the caller hung up ({outcome})",
}


def _moment(text: str, timezone: str) -> datetime:
    if not text:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        refuse(f"--at {text!r} is not a time such as 2026-11-23T10:00")
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
