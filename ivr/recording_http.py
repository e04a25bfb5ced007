"""The HTTP routes of recordings for voice menus."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel

from infra.web import Context, FileReply, Route
from ivr.errors import BadRecordingName
from ivr.model import Flow
from ivr.recorded import RecordingKey
from ivr.recording_shelf import RecordingLine, RecordingShelf, flows_by_recording
from ivr.words import LANGUAGES, Language
from kernel.access import Role
from kernel.ids import StaffId

SUPERVISORS = frozenset({Role.SUPERVISOR, Role.ADMIN})
_RECORDING = "/api/site/recordings/{language}/{name}"


class Trail(Protocol):
    """Who did what."""

    async def note(self, staff: StaffId | None, action: str, subject: str) -> None:
        """Adds to the trail."""
        ...


class SiteRecording(BaseModel):
    """A recording of the site."""

    name: str
    language: Language
    seconds: float
    fault: str
    """Why it cannot be played; "" when it can."""
    flows: list[str]
    """That name it."""


class SiteRecordings(BaseModel):
    """All of them, by name."""

    items: list[SiteRecording]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingDesk:
    """What supervisors do with recordings."""

    shelf: RecordingShelf
    flows: Callable[[], Mapping[str, Flow]]
    """Those that count."""
    trail: Trail

    async def index(self, _context: Context[None, None]) -> SiteRecordings:
        """All recordings."""
        named = flows_by_recording(self.flows())
        return SiteRecordings(items=[_view(line, named) for line in await self.shelf.lines()])

    async def listen(self, context: Context[None, None]) -> FileReply:
        """The sound, as callers hear it."""
        key = _key(context)
        path = self.shelf.file(key)
        return FileReply(path=path, content_type="audio/wav", download_name=f"{key[1]}.{key[0]}.wav")

    async def add(self, context: Context[None, None]) -> SiteRecording:
        """Makes the file that was sent the recording."""
        key = _key(context)
        assert context.upload is not None
        line = await self.shelf.add(context.upload, key)
        await self.trail.note(context.user.staff_id, "recording_added", f"{key[1]}/{key[0]}")
        return _view(line, flows_by_recording(self.flows()))

    async def remove(self, context: Context[None, None]) -> None:
        """Takes it away."""
        key = _key(context)
        await self.shelf.remove(key)
        await self.trail.note(context.user.staff_id, "recording_removed", f"{key[1]}/{key[0]}")


def site_recording_routes(
    shelf: RecordingShelf, flows: Callable[[], Mapping[str, Flow]], trail: Trail
) -> list[Route]:
    """For supervisors; `flows` are those that count."""
    desk = RecordingDesk(shelf=shelf, flows=flows, trail=trail)
    return [
        Route(
            method="GET",
            path="/api/site/recordings",
            handler=desk.index,
            summary="All recordings for voice menus",
            roles=SUPERVISORS,
            response=SiteRecordings,
        ),
        Route(
            method="GET",
            path=_RECORDING,
            handler=desk.listen,
            summary="The sound of a recording",
            roles=SUPERVISORS,
        ),
        Route(
            method="PUT",
            path=_RECORDING,
            handler=desk.add,
            summary="Add a recording, or put another in its place",
            roles=SUPERVISORS,
            response=SiteRecording,
            takes_file=True,
        ),
        Route(
            method="DELETE",
            path=_RECORDING,
            handler=desk.remove,
            summary="Remove a recording",
            roles=SUPERVISORS,
        ),
    ]


def _key(context: Context[None, None]) -> RecordingKey:
    language = next((one for one in LANGUAGES if one == context.path["language"]), None)
    if language is None:
        raise BadRecordingName(f"the languages are: {', '.join(LANGUAGES)}")
    return language, context.path["name"]


def _view(line: RecordingLine, named: Mapping[RecordingKey, tuple[str, ...]]) -> SiteRecording:
    language, name = line.key
    return SiteRecording(
        name=name,
        language=language,
        seconds=round(line.seconds, 2),
        fault=line.fault,
        flows=list(named.get(line.key, ())),
    )
