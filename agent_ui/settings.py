"""Limits of the web: requests, sessions, the event socket."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from kernel.written import OwnAddress, matching

Origin = Annotated[
    str,
    matching(
        r"https?://([a-z0-9.-]+|\[[0-9a-f:]+\])(:\d{1,5})?",
        "scheme, host and port in small letters without a path, such as https://desk.example.com",
    ),
]
"""Scheme, host and port as a browser writes them: in small letters, without a path."""


class WebSettings(BaseModel):
    """Every limit of the HTTP API and the event WebSocket."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: OwnAddress = "127.0.0.1"
    """Where the server listens; the edge is in front of it, so this stays on the machine."""
    port: int = Field(default=8000, ge=0, le=65535)
    extra_origins: tuple[Origin, ...] = ()
    """Origins besides the request's own host from which changes and sockets are accepted, by the edge too."""
    request_bytes_max: int = Field(default=256 * 1024, gt=0)
    upload_mb_max: int = Field(default=20, ge=1, le=200)
    """Of a sound file that is sent by a browser."""
    uploads_at_once: int = Field(default=4, ge=1)
    """Further ones are refused."""
    upload_max_s: float = Field(default=60.0, gt=0)
    """How long one may take to arrive."""
    cookie_name: str = "hotline_session"
    socket_heartbeat_s: float = Field(default=4.0, gt=0)
    """A ping of the WebSocket protocol, answered by the browser itself even in a sleeping tab."""
    socket_message_bytes_max: int = Field(default=4096, gt=0)
    sockets_per_session_max: int = Field(default=20, gt=0)
    """Open event sockets of one sign-in, which all its tabs share; one more is closed at once."""
    session_check_s: float = Field(default=5.0, gt=0)
    """How often an open event socket asks whether its session and its roles still hold."""
    session_remembered_s: float = Field(default=300.0, ge=0)
    """How long a checked session holds while the database is away."""
    sessions_remembered_max: int = Field(default=10_000, gt=0)
    backlog_keys_max: int = Field(default=500, gt=0)
    """More unsent changes than this, and a slow socket gets a new snapshot instead."""
    delta_interval_s: float = Field(default=0.05, ge=0)
    """Least time between two messages to one socket: bursts become one delta."""
    wall_interval_s: float = Field(default=1.0, ge=0)
    """Least time between two readings of the wallboard, each of which goes to every page."""
    wall_names_s: float = Field(default=5.0, gt=0)
    """How often the names of agents are read again while nothing happens: nobody tells of a new name."""
    page_grace_s: float = Field(default=2.0, gt=0)
    """How long the owning page of a phone may be away before its call is parked."""
    page_return_s: float = Field(default=20.0, gt=0)
    """The same after a start of the server: pages come back with growing pauses, 8 s at most."""
    provide_retry_s: float = Field(default=1.0, gt=0)
    """Before a switch that refused a phone is told of it again; twice as long each further time."""
    provide_tries_max: int = Field(default=6, gt=0)
    """Then that phone is given up until its page asks for a new one, or the switch is back anew."""
    phone_register_expires_s: int = Field(default=300, ge=60)
    missed_callers_days: int = Field(default=7, gt=0)
    """How long people who reached nobody stay in the list of those to be called back."""
    missed_callers_kept_s: float = Field(default=5.0, ge=0)
    """How old that list may be: all desks look at one reading of the ledger."""
    missed_callers_shown: int = Field(default=100, gt=0)
    """How many of them a desk shows, who tried last first: it asks again and again."""
    last_calls_shown: int = Field(default=5, gt=0)
    open_tickets_shown: int = Field(default=5, gt=0)
    pop_lookup_s: float = Field(default=5.0, gt=0)
    """How long finding out who calls may take; the screen shows the number alone until it is known."""
    pop_lookups_at_once: int = Field(default=4, gt=0)
    """So many at a time: a restarted server finds all its callers at once, and has better to do."""
    agents_hear_own_calls: bool = True
    """Whether agents may hear the recordings of calls in which they have talked; supervisors may hear all."""
    recording_replayed_after_s: float = Field(default=600.0, gt=0)
    """Who asks for a recording again after so long plays it anew, which is noted anew."""
