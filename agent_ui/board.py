"""The live state that pages show: keys with values, each for its audience; snapshots and deltas.

Pages hold a copy. A view (one socket) gets everything it may see once, then what changed since
its last message: the newest value of a key, never a history. So a slow socket costs at most one
pending entry per key; past the limit it gets a new snapshot.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from kernel.access import Principal, Role
from kernel.ids import StaffId

Value = dict[str, Any] | None
Message = dict[str, Any]
"""A `Snapshot` or `Delta` of `agent_ui.views`, ready for JSON."""


@dataclass(frozen=True, slots=True)
class Audience:
    """Who may see a value: one person, or all who act in a role."""

    member: StaffId | Role

    def admits(self, viewer: Principal) -> bool:
        """Whether the viewer belongs to it."""
        if isinstance(self.member, Role):
            return viewer.has(self.member)
        return viewer.staff_id == self.member


EVERY_AGENT = Audience(Role.AGENT)
SUPERVISORS = Audience(Role.SUPERVISOR)


def only(staff: StaffId) -> Audience:
    """The audience of one person."""
    return Audience(staff)


class View:
    """What one socket has been sent, and what it has not."""

    def __init__(self, viewer: Principal, board: "Board", *, backlog_keys_max: int) -> None:
        self._viewer = viewer
        self._board = board
        self._backlog_keys_max = backlog_keys_max
        self._version = 0
        self._pending: set[str] = set()
        self._needs_snapshot = True
        self._news = asyncio.Event()
        self._news.set()

    @property
    def viewer(self) -> Principal:
        """Who looks."""
        return self._viewer

    def note(self, key: str) -> None:
        """A key that this viewer may see has changed."""
        self._pending.add(key)
        if len(self._pending) > self._backlog_keys_max:
            self.start_over()
        self._news.set()

    def start_over(self) -> None:
        """The next message is a snapshot: the socket fell behind, or missed a version."""
        self._pending.clear()
        self._needs_snapshot = True
        self._news.set()

    async def next(self) -> Message:
        """Waits for news and returns what to send."""
        await self._news.wait()
        self._news.clear()
        self._version += 1
        state = self._board.visible_to(self._viewer)
        if self._needs_snapshot:
            self._needs_snapshot = False
            self._pending.clear()
            return {"type": "snapshot", "version": self._version, "state": state}
        changed, self._pending = self._pending, set()
        return {
            "type": "delta",
            "version": self._version,
            "set": {key: state[key] for key in sorted(changed) if key in state},
            "delete": sorted(key for key in changed if key not in state),
        }


class Board:
    """All live state, in memory; it is rebuilt from what other parts report."""

    def __init__(self, *, backlog_keys_max: int) -> None:
        self._backlog_keys_max = backlog_keys_max
        self._values: dict[Audience, dict[str, Value]] = {}
        self._views: set[View] = set()

    def put(self, key: str, value: Value, to: Audience) -> None:
        """Sets a key for an audience; nothing is sent when it is the same."""
        values = self._values.setdefault(to, {})
        if key in values and values[key] == value:
            return
        values[key] = value
        self._tell(key, to)

    def get(self, key: str, of: Audience) -> Value:
        """The value as the audience sees it, or None."""
        return self._values.get(of, {}).get(key)

    def remove(self, key: str, to: Audience) -> None:
        """Deletes a key of an audience."""
        values = self._values.get(to, {})
        if key in values:
            del values[key]
            self._tell(key, to)

    def attach(self, viewer: Principal) -> View:
        """A new view; its first message is a snapshot."""
        view = View(viewer, self, backlog_keys_max=self._backlog_keys_max)
        self._views.add(view)
        return view

    def detach(self, view: View) -> None:
        """The socket is gone."""
        self._views.discard(view)

    def visible_to(self, viewer: Principal) -> dict[str, Value]:
        """Everything the viewer may see; what is theirs alone goes before what is a role's."""
        audiences = [EVERY_AGENT, SUPERVISORS, Audience(Role.ADMIN), only(viewer.staff_id)]
        state: dict[str, Value] = {}
        for audience in audiences:
            if audience.admits(viewer):
                state.update(self._values.get(audience, {}))
        return state

    def _tell(self, key: str, audience: Audience) -> None:
        for view in self._views:
            if audience.admits(view.viewer):
                view.note(key)
