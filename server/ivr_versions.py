"""`hotline ivr versions`, `diff`, `publish` and `rollback`: the versions of the site's flows.

They work beside a running server, which follows the files, and without one.
"""

import asyncio
import difflib
import json
import re
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from infra.database import Database
from infra.logging import configure_logging
from infra.migrations import is_newest
from ivr.current_site import CurrentSite
from ivr.names import NAME_PATTERN
from ivr.site import SiteFiles, read_site_file
from ivr.version import Version
from ivr.version_errors import FlowCasesFail, FlowHasErrors, NoSuchFlow
from ivr.versions import FlowVersions
from kernel.clock import SystemClock
from kernel.errors import InvalidInput, NotFound
from kernel.ids import StaffId
from server.first_day import NotSetUp
from server.flows import versions_of_site
from server.ivr_files import Json, current_settings, refuse, unreadable
from staff.service import Accounts
from staff.wiring import build_staff

SHOWN_MAX = 1000
NAME = re.compile(NAME_PATTERN)

FlowName = Annotated[str, typer.Argument(help="A flow of the site, such as main.")]
Comment = Annotated[str, typer.Option(help="Why, for who reads the list of versions.")]
As = Annotated[str, typer.Option("--as", help="Who publishes: the name of an account.")]

Work = Callable[[FlowVersions, StaffId | None], Coroutine[Any, Any, Any]]


def list_versions(
    flow: FlowName,
    *,
    show: Annotated[int | None, typer.Option(help="Prints what this version says instead.")] = None,
    as_json: Json = False,
) -> None:
    """Lists a flow's versions, the newest first: the first is what counts."""
    if show is not None:
        number = show
        text: str = _run(lambda versions, _by: versions.text(flow, number))
        typer.echo(json.dumps({"number": show, "text": text}, ensure_ascii=False) if as_json else text)
        return

    async def work(versions: FlowVersions, _by: StaffId | None) -> list[dict[str, Any]]:
        names = await versions.names()
        found = await versions.versions(flow, limit=SHOWN_MAX)
        if not found:
            raise NoSuchFlow(f"there is no flow {flow}, or the server has not run since it was written")
        return [_shown(one, names) for one in found]

    lines = _run(work)
    if as_json:
        typer.echo(json.dumps({"items": lines}, ensure_ascii=False))
        return
    for line in lines:
        typer.echo(_line(line))


def diff(
    flow: FlowName,
    old: Annotated[int | None, typer.Argument(help="A version; by itself the one before the last.")] = None,
    new: Annotated[int | None, typer.Argument(help="Another; by itself what the file says now.")] = None,
) -> None:
    """Shows what was changed, as `diff -u` does."""

    async def work(versions: FlowVersions, _by: StaffId | None) -> tuple[str, str, str, str]:
        numbers = [one.number for one in await versions.versions(flow, limit=2)]
        before = old if old is not None else numbers[-1] if numbers else 1
        text = (await versions.find(flow)).text if new is None else await versions.text(flow, new)
        name = f"{flow} {new}" if new is not None else f"{flow}.yaml"
        return await versions.text(flow, before), text or "", f"{flow} {before}", name

    one, other, one_name, other_name = _run(work)
    typer.echo("".join(lines_of_diff(one, other, one_name, other_name)), nl=False)


def lines_of_diff(one: str, other: str, one_name: str, other_name: str) -> Sequence[str]:
    """As `diff -u`; a last line without an end gets one."""
    before, after = ([f"{line}\n" for line in text.splitlines()] for text in (one, other))
    return list(difflib.unified_diff(before, after, fromfile=one_name, tofile=other_name))


def publish(
    file: Annotated[Path, typer.Argument(help="A flow; its name is the file's.")],
    *,
    comment: Comment = "",
    as_: As = "",
    as_json: Json = False,
) -> None:
    """Checks a flow and has it count in the site from the next call on."""
    if not NAME.fullmatch(file.stem):
        raise InvalidInput(
            f"{file.stem!r} cannot be the name of a flow:"
            " it has at most 40 letters (A-Z), figures, - and _, a letter first"
        )
    try:
        text = read_site_file(file, current_settings().ivr.site_file_bytes_max)
    except OSError as error:
        refuse(unreadable(error))
    _tell(
        lambda versions, by: versions.publish(file.stem, text, comment=comment, by=by), as_, as_json=as_json
    )


def roll_back(
    flow: FlowName,
    number: Annotated[int, typer.Argument(help="The version to bring back.")],
    *,
    comment: Comment = "",
    as_: As = "",
    as_json: Json = False,
) -> None:
    """Has an older version count again, as a new one."""
    _tell(lambda versions, by: versions.roll_back(flow, number, comment=comment, by=by), as_, as_json=as_json)


def _tell(work: Work, name: str, *, as_json: bool) -> None:
    async def published(versions: FlowVersions, by: StaffId | None) -> dict[str, Any]:
        return _shown(await work(versions, by), await versions.names())

    try:
        shown = _run(published, name)
    except FlowHasErrors as error:
        for one in error.problems:
            where = f" ({one.node})" if one.node else ""
            typer.echo(f"{one.file}:{one.line}: {one.code}{where}: {one.message}", err=True)
        typer.echo("nothing is published", err=True)
        raise typer.Exit(1) from None
    except FlowCasesFail as error:
        for failed in error.failed:
            for difference in failed.tried.differences:
                typer.echo(f"{failed.where}: {failed.tried.case.name}: {difference}", err=True)
        typer.echo("nothing is published", err=True)
        raise typer.Exit(1) from None
    typer.echo(json.dumps(shown, ensure_ascii=False) if as_json else _line(shown))


def _shown(one: Version, names: Mapping[StaffId, str]) -> dict[str, Any]:
    return {
        "flow": one.flow,
        "number": one.number,
        "origin": one.origin,
        "by": names.get(one.staff) if one.staff is not None else None,
        "comment": one.comment,
        "at": one.at.isoformat(),
        "digest": one.digest,
    }


def _line(shown: Mapping[str, Any]) -> str:
    by = f" by {shown['by']}" if shown["by"] else ""
    why = f": {shown['comment']}" if shown["comment"] else ""
    return f"{shown['flow']} {shown['number']}  {shown['at']}  {shown['origin']}{by}{why}"


def _run(work: Work, name: str = "") -> Any:
    configure_logging(level="ERROR")

    async def run() -> object:
        async with _office() as (versions, accounts):
            return await work(versions, await _person(accounts, name) if name else None)

    return asyncio.run(run())


async def _person(accounts: Accounts, name: str) -> StaffId:
    for account in await accounts.all():
        if account.profile.name == name and account.profile.is_active:
            return account.id
    raise NotFound(f"there is no account {name!r}; list them with ./hotline staff list")


@asynccontextmanager
async def _office() -> AsyncIterator[tuple[FlowVersions, Accounts]]:
    settings = current_settings()
    if not settings.places.queues.exists():
        raise NotSetUp("there is no site yet: start Hotline once with ./hotline run")
    database, clock = Database(settings.database_url), SystemClock()
    staff = build_staff(database, clock, settings.staff)
    files = SiteFiles(settings.places.site, settings.ivr)
    site = CurrentSite(files, answer_max_s=settings.ivr.site_answer_max_s)
    try:
        await database.ping()
        if not await is_newest(settings.database_url):
            raise NotSetUp("the database is not of this version: start Hotline once with ./hotline run")
        versions = versions_of_site(settings, database, site, staff.accounts, clock)
        await versions.note(await site.read())
        yield versions, staff.accounts
    finally:
        staff.passwords.close()
        await site.close()
        await database.close()
