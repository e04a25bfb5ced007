"""Pushing devices into Asterisk's memory, and asking which of them are registered."""

from collections.abc import Sequence
from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp

from kernel.ids import DeviceId
from telephony.asterisk.trunk_sections import place_of, secrecy_of
from telephony.errors import NoOutsideLine, SwitchUnavailable
from telephony.model import Device, DeviceSecret
from telephony.settings import TelephonySettings
from telephony.trunks import Trunk

Fields = list[tuple[str, str]]

ENCRYPTED = [("transport", "tls"), ("media_encryption", "sdes"), ("media_encryption_optimistic", "no")]
"""A phone that came without TLS is not rung, and one that offers its sound in the clear is refused."""


class Ari:
    """The two uses of ARI; a context manager that owns its HTTP session."""

    def __init__(self, settings: TelephonySettings, secret: str, lines: Sequence[Trunk] = ()) -> None:
        self._lines = lines
        self._settings = settings
        self._secret = secret
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(
            base_url=f"http://{self._settings.host}:{self._settings.http_port}",
            headers={"Authorization": aiohttp.encode_basic_auth("hotline", self._secret)},
            timeout=aiohttp.ClientTimeout(total=self._settings.action_timeout_s),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http is not None:
            await self._http.close()

    async def push(self, device: Device, secret: DeviceSecret) -> None:
        """Makes a device known, an outside number by its line; its parts first, so that it is whole then.

        Of a known device only the secret is new. Its endpoint is left alone: Asterisk refuses to
        change one that has variables set.
        """
        await self._put("auth", device.id, auth_fields(secret))
        if await self._request("GET", _object_path("endpoint", device.id), None) is None:
            line = self._line_to(device)
            aor = aor_fields(device) if line is None else outside_aor_fields(device, line)
            await self._put("aor", device.id, aor)
            await self._put("endpoint", device.id, endpoint_fields(device, self._settings, line))

    def _line_to(self, device: Device) -> Trunk | None:
        if not device.number:
            return None
        if not self._lines:
            raise NoOutsideLine("There is no outside line by which the number could be called.")
        return self._lines[0]

    async def remove(self, device: DeviceId) -> None:
        """Forgets a device; what is gone already is fine."""
        for kind in ("endpoint", "aor", "auth"):
            await self._request("DELETE", _object_path(kind, device), None)

    async def registered(self) -> frozenset[DeviceId]:
        """The devices that can be rung now."""
        return frozenset(DeviceId(name) for name in await self.online() if not name.startswith("trunk-"))

    async def online(self) -> set[str]:
        """The endpoints, devices and outside lines, that answer or need not be asked."""
        found = await self._request("GET", "/ari/endpoints/PJSIP", None)
        return {item["resource"] for item in found or [] if item.get("state") == "online"}

    async def _put(self, kind: str, device: DeviceId, fields: Fields) -> None:
        body = {"fields": [{"attribute": name, "value": value} for name, value in fields]}
        await self._request("PUT", _object_path(kind, device), body)

    async def _request(
        self, method: str, path: str, body: dict[str, list[dict[str, str]]] | None
    ) -> list[dict[str, str]] | None:
        if self._http is None:
            raise SwitchUnavailable("the switch is not running")
        try:
            async with self._http.request(method, path, json=body) as response:
                if response.status == HTTPStatus.NOT_FOUND and method in {"DELETE", "GET"}:
                    return None
                if response.status >= HTTPStatus.BAD_REQUEST:
                    raise SwitchUnavailable(f"Asterisk refused {method} {path}: {response.status}")
                return await response.json() if method == "GET" else None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SwitchUnavailable("Asterisk's HTTP port cannot be reached") from error


def auth_fields(secret: DeviceSecret) -> Fields:
    """Digest credentials; the password itself exists nowhere."""
    return [
        ("auth_type", "digest"),
        ("username", secret.username),
        ("realm", secret.realm),
        ("password_digest", f"MD5:{secret.ha1}"),
        ("supported_algorithms_uas", "MD5"),
    ]


def aor_fields(device: Device) -> Fields:
    """Where the device says it is; the newest place wins."""
    newest_wins = [("max_contacts", "1"), ("remove_existing", "yes"), ("minimum_expiration", "10")]
    if device.is_lasting:
        return [
            *newest_wins,
            # Also how long it takes until it is there again after a restart of Asterisk, for phones come
            # by themselves only when their time is over.
            ("default_expiration", "30"),
            ("maximum_expiration", "40"),
            # Where it went without a word, such as with its cable.
            ("qualify_frequency", "5"),
            ("qualify_timeout", "2.0"),
        ]
    return [
        *newest_wins,
        ("default_expiration", "60"),
        ("maximum_expiration", "120"),
        # A browser's socket says by itself when it is gone; another phone must be asked.
        ("qualify_frequency", "0" if device.is_browser else "15"),
    ]


def outside_aor_fields(device: Device, line: Trunk) -> Fields:
    """Where the number is reached: always at the line's far end, and nobody can say another place."""
    return [
        ("contact", f"sip:{line.numbers.dialled(device.number)}@{place_of(line)}"),
        ("max_contacts", "0"),
        ("qualify_frequency", "0"),
    ]


def _kind_fields(device: Device) -> Fields:
    if device.is_browser:
        return [("webrtc", "yes"), ("allow", "opus,ulaw")]
    return [
        ("allow", "ulaw,alaw"),
        ("rtp_symmetric", "yes"),
        ("force_rport", "yes"),
        ("rewrite_contact", "yes"),
        *(ENCRYPTED if device.is_encrypted else []),
    ]


def _outside_fields(device: Device, line: Trunk) -> Fields:
    """As the line wants it. Who is called is shown the line's number: a carrier refuses a stranger's."""
    fields = [
        ("allow", ",".join(line.codecs)),
        ("dtmf_mode", line.dtmf),
        *secrecy_of(line),
        ("set_var", f"HL_ACCEPTS_IN={device.language}"),
        # Counted among the line's calls, beside those that come in and those to customers.
        ("set_var", f"GROUP(trunk)={line.name}"),
    ]
    shown = line.caller_id or line.user
    if shown:
        fields.append(("from_user", shown))
    if line.password is not None:
        fields.append(("outbound_auth", f"trunk-{line.name}"))
    return fields


def endpoint_fields(device: Device, settings: TelephonySettings, line: Trunk | None) -> Fields:
    """The device itself: it can be rung, an outside number by its line, and can do nothing by itself."""
    kind = _kind_fields(device) if line is None else _outside_fields(device, line)
    silent_s = settings.rtp_timeout_s if line is None else settings.trunk_rtp_timeout_s
    return [
        ("context", "agents"),
        ("identify_by", "username"),
        ("auth", device.id),
        ("aors", device.id),
        ("disallow", "all"),
        *kind,
        ("direct_media", "no"),
        ("allow_transfer", "no"),
        ("allow_subscribe", "no"),
        ("rtp_timeout", str(silent_s)),
        ("rtp_timeout_hold", str(settings.rtp_timeout_hold_s)),
        ("set_var", f"HL_AGENT={device.agent}"),
        ("set_var", f"HL_DEVICE={device.id}"),
    ]


def _object_path(kind: str, device: DeviceId) -> str:
    return f"/ari/asterisk/config/dynamic/res_pjsip/{kind}/{device}"
