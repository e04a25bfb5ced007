"""All settings in one typed place: `hotline.toml`, then `HOTLINE_*` variables over it.

A nested setting is a table in the file and a double underscore in a variable:
`[web] port = 8001` is `HOTLINE_WEB__PORT=8001`. `hotline check-config` prints what holds.
"""

import os
import socket
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)
from typing_extensions import override

from acd.settings import AcdSettings
from agent_ui.settings import WebSettings
from customers.settings import CustomerSettings
from ivr.settings import IvrSettings
from kernel.errors import HotlineError
from kernel.written import OwnAddress, in_plain_words
from lookups.settings import LookupSettings
from messaging.settings import MessagingSettings
from server.places import Places
from server.ports import Port, clashes
from speech.settings import SpeechSettings
from staff.settings import StaffSettings
from telephony.settings import TelephonySettings
from tickets.settings import TicketSettings
from transcripts.settings import TranscriptSettings

ROOT = Path(__file__).resolve().parent.parent
VERSION = "0.1.0"
PREFIX = "HOTLINE_"
FILE_VARIABLE = "HOTLINE_CONFIG"
"""Names another file than `hotline.toml` in the folder of the code."""

OTHER_VARIABLES = frozenset(
    {
        "HOTLINE_CACHE",
        "HOTLINE_PYTHON",
        "HOTLINE_DEBIAN_MIRROR",
        "HOTLINE_HEARTBEAT_FD",
        "HOTLINE_POSTGRESQL_BIN",
        FILE_VARIABLE,
    }
)
"""Variables of the launcher and the tests, which are no settings of the product."""

UNKNOWN = "there is no such setting; `hotline check-config` lists all."
MOVED = {"web.outside_countries": "it is gone: write the countries in `calling.yaml`, under `countries`."}
"""Settings that there were once, and where to say now what they said."""


class WrongSettings(HotlineError):
    """Settings that cannot hold; the message has one sentence for each."""

    code = "wrong_settings"

    def __init__(self, sentences: list[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


class DatabaseSettings(BaseModel):
    """Where the data lives."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: SecretStr | None = None
    """`sqlite:///path` or `postgresql://user:password@host/name`; by default SQLite in the data folder."""

    @field_validator("url")
    @classmethod
    def _is_of_a_known_kind(cls, url: SecretStr | None) -> SecretStr | None:
        given = urlsplit(url.get_secret_value()) if url else None
        has_file = given is not None and given.path not in {"", "/", "/:memory:"}
        kind = given.scheme.partition("+")[0] if given else "postgresql"
        if not (kind == "postgresql" or (kind == "sqlite" and has_file)):
            raise ValueError("this has to be sqlite:///path or postgresql://user:password@host/name")
        return url


class EdgeSettings(BaseModel):
    """The one address that browsers see: pages, API and both sockets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: OwnAddress = "127.0.0.1"
    """Where it listens. Beyond this machine it speaks HTTPS, because browsers give no microphone else."""
    port: int = Field(default=8080, ge=1, le=65535)
    certificate: Path | None = None
    """Of this host; without one, Hotline's own authority makes it where HTTPS is needed."""
    certificate_key: Path | None = Field(default=None, validate_default=True)

    @field_validator("certificate_key")
    @classmethod
    def _has_its_certificate(cls, key: Path | None, info: ValidationInfo) -> Path | None:
        if (key is None) != (info.data.get("certificate") is None):
            raise ValueError("certificate and certificate_key belong together: give both or neither")
        return key


class DiskSettings(BaseModel):
    """When a disk counts as full."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    free_min_mb: int = Field(default=200, ge=0)
    """With less free space in the data folder `/ready` says so. The default holds the recordings of twenty
    conversations of five minutes."""


class ExampleSettings(BaseModel):
    """The example company's own business system, which is run while the site's look-ups ask it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    business_port: int = Field(default=8095, ge=1, le=65535)
    """Where it listens, on this machine only."""


class SupervisorSettings(BaseModel):
    """When a server counts as hung."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    silent_max_s: float = Field(default=2.5, ge=1)
    """A server whose event loop has not turned for so long is killed and started again."""
    first_beat_max_s: float = Field(default=90.0, ge=1)
    """How long a start may take, migrations of the database included."""
    spare_first_beat_max_s: float = Field(default=10.0, ge=1)
    """How long it may take a spare server, which has loaded its code and finds the database migrated."""


class Settings(BaseSettings):
    """Everything that can be set; each part's limits stand beside its code."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix=PREFIX, env_nested_delimiter="__", validate_default=True
    )
    data_dir: Path = Field(default=ROOT / "var", validate_default=True)
    """Database, recordings, secrets and the site's own files. A relative path is the code folder's."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    edge: EdgeSettings = EdgeSettings()
    database: DatabaseSettings = DatabaseSettings()
    disk: DiskSettings = DiskSettings()
    example: ExampleSettings = ExampleSettings()
    supervisor: SupervisorSettings = SupervisorSettings()
    web: WebSettings = WebSettings()
    acd: AcdSettings = AcdSettings()
    ivr: IvrSettings = IvrSettings()
    lookups: LookupSettings = LookupSettings()
    telephony: TelephonySettings = TelephonySettings()
    transcripts: TranscriptSettings = TranscriptSettings()
    speech: SpeechSettings = SpeechSettings()
    staff: StaffSettings = StaffSettings()
    customers: CustomerSettings = CustomerSettings()
    tickets: TicketSettings = TicketSettings()
    messaging: MessagingSettings = MessagingSettings()

    @model_validator(mode="after")
    def _has_a_port_for_each(self) -> Self:
        wrong = clashes([port for ports in self.ports.values() for port in ports])
        near = self.telephony
        if near.rtp_first_port <= near.sip_port <= near.rtp_last_port:
            wrong.append(
                f"telephony.sip_port, {near.sip_port}, lies in the range of RTP ports: give it another."
            )
        if wrong:
            raise ValueError(" ".join(wrong))
        return self

    @override
    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, env_settings, TomlConfigSettingsSource(settings_cls, settings_file()))

    @property
    def data(self) -> Path:
        """The data folder as an absolute path."""
        return self.data_dir if self.data_dir.is_absolute() else ROOT / self.data_dir

    @property
    def places(self) -> Places:
        """Where everything lies in the data folder."""
        return Places(self.data)

    @property
    def ports(self) -> dict[str, list[Port]]:
        """What each part listens on."""
        near, edge, web = self.telephony, self.edge, self.web
        inside = "telephony.host"
        sip = Port(
            "telephony.sip_port", near.sip_address, near.sip_port, socket.SOCK_DGRAM, "telephony.sip_address"
        )
        secret = [
            Port("telephony.tls_port", near.sip_address, port, address_setting="telephony.sip_address")
            for port in (near.tls_port,)
            if port is not None
        ]
        return {
            "asterisk": [
                sip,
                *secret,
                Port("telephony.ami_port", near.host, near.ami_port, address_setting=inside),
                Port("telephony.http_port", near.host, near.http_port, address_setting=inside),
            ],
            "business": [Port("example.business_port", "127.0.0.1", self.example.business_port)],
            "edge": [Port("edge.port", edge.address, edge.port, address_setting="edge.address")],
            "server": [
                Port("web.port", web.host, web.port, address_setting="web.host"),
                Port("telephony.agi_port", near.host, near.agi_port, address_setting=inside),
            ],
        }

    @property
    def database_url(self) -> str:
        """The database's address, with its password if it has one."""
        given = self.database.url
        return given.get_secret_value() if given else f"sqlite:///{self.data / 'hotline.db'}"


def settings_file() -> Path:
    """The file of settings; it need not exist unless it is named."""
    return Path(os.environ.get(FILE_VARIABLE) or ROOT / "hotline.toml")


def load_settings() -> Settings:
    """The settings that hold; raises `WrongSettings` with one sentence per error."""
    sentences = [
        f"{name}: there is no such setting; `hotline check-config` lists all."
        for name in _unknown_variables()
    ]
    try:
        # /dev/null is there, and holds no setting.
        if os.environ.get(FILE_VARIABLE) and (settings_file().is_dir() or not settings_file().exists()):
            sentences.append(f"{FILE_VARIABLE}: there is no file {settings_file()}.")
        settings = Settings()
    except UnicodeDecodeError as error:
        raise WrongSettings([*sentences, f"{settings_file()}: it is not UTF-8."]) from error
    except OSError as error:
        raise WrongSettings(
            [*sentences, f"{settings_file()}: it cannot be read: {error.strerror}."]
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise WrongSettings([f"{settings_file()}: {error}."]) from error
    except ValidationError as error:
        raise WrongSettings(sentences + [_sentence(dict(fault)) for fault in error.errors()]) from error
    except ValueError as error:  # a variable that should hold a table and does not
        raise WrongSettings([*sentences, f"{error}."]) from error
    if sentences:
        raise WrongSettings(sentences)
    return settings


def load_for_start() -> Settings:
    """The same for who is about to start Hotline: also what they name has to be there.

    A server that starts again, in the middle of calls, goes without a folder that has vanished meanwhile.
    """
    settings = load_settings()
    try:
        sentences = list(_missing(settings))
    except OSError as error:  # a folder on the way may not be entered by this user
        sentences = [f"{error.filename}: it cannot be looked at: {error.strerror}."]
    if sentences:
        raise WrongSettings(sentences)
    return settings


def _missing(settings: Settings) -> Iterator[str]:
    data = settings.data
    there = next(folder for folder in (data, *data.parents) if folder.exists())
    if not there.is_dir():
        yield f"data_dir: {there} is a file, not a folder."
    for language, folder in settings.speech.recognition.models.items():
        if not folder.is_dir():
            yield f"speech.recognition.models.{language}: there is no folder {folder}."
    near = settings.telephony
    for name, file in (
        ("edge.certificate", settings.edge.certificate),
        ("edge.certificate_key", settings.edge.certificate_key),
        ("telephony.tls_certificate", near.tls_certificate),
        ("telephony.tls_certificate_key", near.tls_certificate_key),
        ("telephony.tls_trusted", near.tls_trusted),
    ):
        if file is not None and not file.is_file():
            yield f"{name}: there is no file {file}."


def _unknown_variables() -> list[str]:
    fields = {name.upper() for name in Settings.model_fields}
    return sorted(
        name
        for name in os.environ
        if name.startswith(PREFIX)
        and name not in OTHER_VARIABLES
        and name.removeprefix(PREFIX).split("__")[0].upper() not in fields
    )


def _sentence(fault: dict[str, Any]) -> str:
    path = [str(part) for part in fault["loc"]]
    said = in_plain_words(fault)
    if not path:  # of several settings, which the words name
        return said
    variable = PREFIX + "__".join(path).upper()
    place = (
        variable if variable in os.environ else f"{'.'.join(path)} (in {settings_file().name} or {variable})"
    )
    if fault["type"] == "extra_forbidden":
        return f"{place}: {MOVED.get('.'.join(path), UNKNOWN)}"
    # A whole table may hold a secret, as an address of a database may.
    is_secret = isinstance(fault["input"], dict) or path[-1] in {"url", "credential"}
    given = "" if is_secret or fault["input"] is None else f"; it is {fault['input']!r}"
    return f"{place}: {said}{given}."
