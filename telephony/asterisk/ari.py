"""Pushing devices into Asterisk's memory, and asking which of them are registered."""

from http import HTTPStatus
from types import TracebackType
from typing import Self

import aiohttp

from kernel.ids import DeviceId
from telephony.errors import SwitchUnavailable
from telephony.model import Device, DeviceSecret
from telephony.settings import TelephonySettings

Fields = list[tuple[str, str]]


class Ari:
    """The two uses of ARI; a context manager that owns its HTTP session."""

    def __init__(self, settings: TelephonySettings, secret: str) -> None:
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
        """Makes a device known; its parts first, so that it is whole when it appears.

        Of a known device only the secret is new. Its endpoint is left alone: Asterisk refuses to
        change one that has variables set.
        """
        await self._put("auth", device.id, auth_fields(secret))
        if await self._request("GET", _object_path("endpoint", device.id), None) is None:
            await self._put("aor", device.id, aor_fields(device))
            await self._put("endpoint", device.id, endpoint_fields(device, self._settings))

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
    return [
        ("max_contacts", "1"),
        ("remove_existing", "yes"),
        ("minimum_expiration", "10"),
        ("default_expiration", "60"),
        ("maximum_expiration", "120"),
        # A browser's socket says by itself when it is gone; a desk phone must be asked.
        ("qualify_frequency", "0" if device.is_browser else "15"),
    ]


def endpoint_fields(device: Device, settings: TelephonySettings) -> Fields:
    """The device itself: it can be rung, and can do nothing by itself."""
    kind = (
        [("webrtc", "yes"), ("allow", "opus,ulaw")]
        if device.is_browser
        else [
            ("allow", "ulaw,alaw"),
            ("rtp_symmetric", "yes"),
            ("force_rport", "yes"),
            ("rewrite_contact", "yes"),
        ]
    )
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
        ("rtp_timeout", str(settings.rtp_timeout_s)),
        ("rtp_timeout_hold", str(settings.rtp_timeout_hold_s)),
        ("set_var", f"HL_AGENT={device.agent}"),
        ("set_var", f"HL_DEVICE={device.id}"),
    ]


def _object_path(kind: str, device: DeviceId) -> str:
    return f"/ari/asterisk/config/dynamic/res_pjsip/{kind}/{device}"
