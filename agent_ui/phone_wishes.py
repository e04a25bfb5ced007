"""What people ask of their phones, and what a page is given for one."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal, Protocol, Self

from pydantic import BaseModel, Field, model_validator

from agent_ui.phone_engine import Phone, PhoneKind, Plan
from infra.web import Body
from kernel.ids import AgentId, DeviceId, StaffId
from telephony.model import Device, DeviceSecret
from telephony.settings import IceServer

REALM = "hotline"
"""Also of names that do not exist; see asterisk_conf/pjsip.conf."""
SOCKET_PATH = "/sip"
Page = Field(min_length=1, max_length=64)


class TakePhone(Body):
    """Makes a page the owner of the person's phone."""

    page: str = Page
    kind: Literal["browser", "sip"] = "browser"


class ChoosePhone(Body):
    """Where the person's calls ring: in this page, at their desk phone, or at a number outside."""

    page: str = Page
    kind: PhoneKind
    number: str = Field(default="", max_length=40)
    """Outside, as people write it."""
    language: Literal["zh", "en"] = "zh"
    """In which whoever answers outside is asked to press 1."""

    @model_validator(mode="after")
    def _has_a_number_outside(self) -> Self:
        if self.kind is PhoneKind.OUTSIDE and not self.number.strip():
            raise ValueError("a number outside is needed")
        return self


class IceServerView(BaseModel):
    """A server that helps sound through networks, as a browser takes it."""

    urls: str
    username: str
    credential: str


class PhoneCredentials(BaseModel):
    """With these the page registers; they are worth nothing after the next taking or sign-out."""

    device: str
    username: str
    realm: str
    ha1: str
    socket: str
    register_expires_s: int
    ice_servers: list[IceServerView]


def credentials_of(
    phone: Phone, ice_servers: Sequence[IceServer], *, register_expires_s: int
) -> PhoneCredentials:
    """What the page gets that takes the phone."""
    return PhoneCredentials(
        device=phone.device.id,
        username=phone.secret.username,
        realm=phone.secret.realm,
        ha1=phone.secret.ha1,
        socket=SOCKET_PATH,
        register_expires_s=register_expires_s,
        ice_servers=[
            IceServerView(
                urls=server.urls, username=server.username, credential=server.credential.get_secret_value()
            )
            for server in ice_servers
        ],
    )


class PhoneBook(Protocol):
    """Where phones are kept."""

    async def all(self) -> list[Phone]:
        """Every phone that is signed in."""
        ...

    async def save(self, phone: Phone) -> None:
        """Keeps it, in place of the person's earlier one."""
        ...

    async def delete(self, staff: StaffId) -> None:
        """Forgets the person's phone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LastingPhone:
    """What is known of a person's desk phone."""

    device: Device
    is_registered: bool
    is_chosen: bool
    """The person's calls ring there whenever they are signed in."""


class DeskPhoneBook(Protocol):
    """The desk phones that people have."""

    @property
    def holders(self) -> Collection[StaffId]:
        """Who has one."""
        ...

    def find(self, staff: StaffId) -> LastingPhone | None:
        """The person's, if they have one."""
        ...

    async def take_back(self, gone: Collection[StaffId]) -> None:
        """Revokes those of people who are no agents any more, or no longer here."""
        ...

    async def choose(self, staff: StaffId, *, is_chosen: bool) -> None:
        """Keeps whether the person's calls ring there, also for the next time that they sign in."""
        ...


def kind_of(device: Device) -> PhoneKind:
    """Where calls for this device ring."""
    if device.is_lasting:
        return PhoneKind.DESK
    return PhoneKind.OUTSIDE if device.number else PhoneKind.BROWSER


def browser_device(staff: StaffId, wish: TakePhone, before: Device | None) -> Device:
    """The device stays the person's until they sign out, or take another kind."""
    is_browser = wish.kind == "browser"
    is_page = before is not None and kind_of(before) is PhoneKind.BROWSER
    if before is not None and is_page and before.is_browser == is_browser:
        return before
    return replace(_new_device(staff), is_browser=is_browser)


def outside_device(staff: StaffId, plan: Plan) -> Device:
    """A number at which the person's calls ring."""
    return replace(_new_device(staff), number=plan.number, language=plan.language)


def _new_device(staff: StaffId) -> Device:
    device = DeviceId(f"agent-{staff}-{secrets.token_hex(4)}")
    return Device(id=device, agent=AgentId(staff), is_browser=False)


def minted(device: Device) -> DeviceSecret:
    """Only the hash of the random password is ever known, which is all that digest sign-in needs."""
    return secret_of(device.id, secrets.token_urlsafe(24))


def secret_of(name: str, password: str) -> DeviceSecret:
    """What Asterisk knows a password by."""
    ha1 = hashlib.md5(f"{name}:{REALM}:{password}".encode(), usedforsecurity=False).hexdigest()
    return DeviceSecret(username=name, realm=REALM, ha1=ha1)


NO_SECRET = DeviceSecret(username="", realm="", ha1="")
"""Of a desk phone, whose secret is kept with its account alone."""
