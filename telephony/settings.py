"""Where Asterisk is found, and every limit of talking to it."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from kernel.written import Host, OwnAddress, matching

IceUrl = Annotated[
    str,
    matching(
        r"stuns?:[\w.-]+(:\d{1,5})?|turns?:[\w.-]+(:\d{1,5})?(\?transport=(udp|tcp))?",
        "a server such as stun:stun.example.com:3478 or turn:turn.example.com:3478?transport=tcp",
    ),
]
SystemName = Annotated[
    str, matching(r"[a-z][a-z0-9]{0,15}", "a small letter and up to 15 more small letters or digits")
]


class IceServer(BaseModel):
    """A server that helps sound through networks: STUN tells an address, TURN carries the sound."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    urls: IceUrl
    """Such as `stun:stun.example.com:3478` or `turn:turn.example.com:3478?transport=tcp`."""
    username: str = ""
    credential: SecretStr = SecretStr("")

    @model_validator(mode="after")
    def _signs_in_where_it_must(self) -> Self:
        # A browser refuses to take any call with such a server in its list.
        if self.urls.startswith("turn") and not (self.username and self.credential.get_secret_value()):
            raise ValueError("a TURN server needs username and credential")
        return self


class TelephonySettings(BaseModel):
    """Ports on this machine and limits; the defaults suit one site on one machine."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    recordings_kept_days: int = Field(default=0, ge=0, le=36_500)
    """Recordings are removed so many days after their call, with their transcripts; 0: never.

    A queue may say otherwise; while an open ticket has the call they stay."""
    retention_every_s: float = Field(default=3600.0, gt=0)
    """How often that is looked for."""
    recording_pause_max_s: float = Field(default=300.0, ge=5, le=3600)
    """A recording that an agent has paused goes on by itself after so long."""
    host: OwnAddress = "127.0.0.1"
    """AMI, ARI and FastAGI are spoken on loopback only."""
    agi_port: int = Field(default=4573, ge=1, le=65535)
    ami_port: int = Field(default=5038, ge=1, le=65535)
    http_port: int = Field(default=8088, ge=1, le=65535)
    """ARI and the SIP WebSocket; the edge forwards browsers to it."""
    sip_address: OwnAddress = "0.0.0.0"  # noqa: S104 - trunks and desk phones live beyond loopback; unknown peers are refused
    sip_port: int = Field(default=5060, ge=1, le=65535)
    tls_port: int | None = Field(default=None, ge=1, le=65535)
    """Phones and outside lines may encrypt what they say on this port too, by TLS; without, nobody can."""
    tls_certificate: Path | None = None
    """Of this host, for phones; without one, the edge's own serves here too."""
    tls_certificate_key: Path | None = Field(default=None, validate_default=True)
    tls_trusted: Path | None = None
    """By which authorities outside lines may prove who they are; without, by all that this machine trusts."""
    media_address: Host | None = None
    """The address told to phones for their sound, where it differs from the machine's own (NAT)."""
    ice_servers: tuple[IceServer, ...] = ()
    """For agents whose network lets sound through in no other way. All are told to the agents' pages;
    the first `stun:` one also tells Asterisk its own outer address."""
    rtp_first_port: int = Field(default=10000, ge=1024, le=65535)
    rtp_last_port: int = Field(default=11999, ge=1024, le=65535, validate_default=True)
    system_name: SystemName = "hotline"
    """Part of every call's id; differs between the machines of a site."""

    action_timeout_s: float = Field(default=2.0, gt=0)
    """How long a command to Asterisk may take before it counts as unreachable."""
    ping_every_s: float = Field(default=5.0, gt=0)
    reconnect_first_s: float = Field(default=0.1, gt=0)
    reconnect_last_s: float = Field(default=2.0, gt=0)
    agi_environment_timeout_s: float = Field(default=3.0, gt=0)
    """How long a client of the AGI port may take to say what it wants."""
    agi_command_timeout_s: float = Field(default=5.0, gt=0)
    """For commands that are done at once; playing and recording have their own."""
    agi_sessions_max: int = Field(default=1000, ge=1)
    play_max_s: float = Field(default=600.0, gt=0)
    """The longest prompt."""
    sounds_max: int = Field(default=400, ge=1)
    """Callers whose sound goes through the server at once, to be listened to."""
    sound_connect_timeout_s: float = Field(default=2.0, gt=0)
    sound_lead_frames: int = Field(default=3, ge=0, le=10)
    """So many frames of 20 ms are sent ahead, for moments in which the server is busy."""
    sound_catch_up_max_s: float = Field(default=1.0, gt=0)
    """What a busy server could not say within this is said later, instead of all at once."""
    sound_unheard_frames_max: int = Field(default=500, ge=50)
    """Of one caller; then the oldest are lost."""
    sound_unsent_bytes_max: int = Field(default=64_000, ge=1_000)
    rtp_timeout_s: int = Field(default=10, ge=1)
    """A phone from which no sound comes for this long is taken for lost."""
    trunk_rtp_timeout_s: int = Field(default=60, ge=1)
    """The same for outside lines: some send nothing while the caller is silent, but say goodbye."""
    rtp_timeout_hold_s: int = Field(default=300, ge=1)
    accept_key_s: int = Field(default=5, ge=1, le=30)
    """How long whoever answers an outside number has to press 1 once they were asked to."""
    accept_language: Literal["zh", "en"] = "zh"
    """In which they are asked where nothing else is known: agents' own numbers have that of their pages,
    experts may have one of their own."""
    fallback_after_s: int = Field(default=15, ge=1)
    """How long callers without a server hear music, and ask for it about once a second, before the
    switch's own queue is theirs. Longer than a restart takes, which costs nobody their place then."""
    consult_ring_max_s: int = Field(default=180, ge=1)
    """How long an agent who asks a colleague hears their phone ring before the switch itself leads the agent
    back to the caller. Longer than any phone is rung."""
    dial_gap_max_s: int = Field(default=10, ge=2, le=60)
    """How long an agent who calls a customer hears a ringing tone while no phone rings there: the server may
    have died before it could order that."""
    fallback_line_up_s: int = Field(default=2, ge=1)
    """How long a caller is in the switch's own queue before a phone may ring for them: those who fall
    into it together come from there in the order of their keys."""
    fallback_wait_s: int = Field(default=60, ge=1)
    """How long a caller waits in the switch's own queue before a message is taken."""
    fallback_message_max_s: int = Field(default=120, ge=1)
    call_records_max_mb: int = Field(default=16, ge=1, le=64)
    """Asterisk's own records of ended calls are put aside when they are longer, which some 80,000 calls are.
    What was put aside before goes, unless the server has still to be told of calls in it."""
    spool_threads: int = Field(default=2, ge=1)
    spool_answer_max_s: float = Field(default=2.0, gt=0)
    """How long reading or writing what belongs to a message may take. Once as many threads wait for longer,
    the folder counts as hanging: no call waits for it, and who would leave a message is led to a person."""
    recordings_threads: int = Field(default=2, ge=1)
    recordings_answer_max_s: float = Field(default=2.0, gt=0)
    """The same for looking up recordings of calls: while their folder hangs, calls are shown without them."""
    message_min_s: float = Field(default=1.0, ge=0)
    """A shorter recording is nobody's message: the caller hung up at the tone. All silence never is one."""

    @field_validator("tls_certificate_key")
    @classmethod
    def _has_its_certificate(cls, key: Path | None, info: ValidationInfo) -> Path | None:
        if (key is None) != (info.data.get("tls_certificate") is None):
            raise ValueError("tls_certificate and tls_certificate_key belong together: give both or neither")
        return key

    @field_validator("rtp_last_port")
    @classmethod
    def _is_after_the_first(cls, last: int, info: ValidationInfo) -> int:
        first = info.data.get("rtp_first_port", last)
        if last < first:
            raise ValueError(f"this has to be after the first port of the range, rtp_first_port = {first}")
        return last
