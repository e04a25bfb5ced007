"""Look-ups by HTTP: one GET to the one host that the site names, and nowhere else."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

import aiohttp
from yarl import URL

from lookups.answers import at, written
from lookups.errors import LookupFailed
from lookups.model import HttpSource
from lookups.secrets_folder import ReadSecret
from lookups.sources_file import PLACEHOLDER

NONE_SUCH = frozenset({204, 404})
OK = 200
_UP = frozenset({"", ".", ".."})


class Web:
    """All look-ups by HTTP, over connections that are kept."""

    def __init__(self, secret: ReadSecret, *, connections_max: int) -> None:
        self._secret = secret
        self._connections_max = connections_max
        self._session: aiohttp.ClientSession | None = None

    async def ask(self, source: HttpSource, values: Mapping[str, str]) -> Mapping[str, str] | None:
        """The fields of the answer, None where there is no such thing. Raises `LookupFailed`."""
        url = _url(source, values, self._secret)
        token = {"Authorization": f"Bearer {self._secret(source.token_from)}"} if source.token_from else {}
        headers = {"Accept": "application/json", **token}
        try:
            # Elsewhere than to where the site says nobody is led, whatever the system answers.
            async with self._open().get(
                URL(url, encoded=True), headers=headers, allow_redirects=False
            ) as reply:
                if reply.status in NONE_SUCH:
                    return None
                if reply.status != OK:
                    raise LookupFailed(f"it answers with status {reply.status}")
                body = await _body(reply, source.bytes_max)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise LookupFailed(f"it cannot be asked: {type(error).__name__}") from error
        return _fields(_parsed(body), source)

    async def close(self) -> None:
        """Gives all connections back."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            # How long it may take is the asker's to say; proxies of the environment are not the site's word.
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, limit_per_host=self._connections_max),
                timeout=aiohttp.ClientTimeout(total=None),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
            )
        return self._session


def _url(source: HttpSource, values: Mapping[str, str], secret: ReadSecret) -> str:
    begins = ""
    if source.address_from is not None:
        begins = secret(source.address_from).rstrip("/")
        parts = urlsplit(begins)
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
            raise LookupFailed(f"the secret {source.address_from} is no address such as http://host:port")

    path, mark, query = source.url.partition("?")
    for name in set(PLACEHOLDER.findall(path)):
        if values[name] in _UP:
            raise LookupFailed(f"{name!r} cannot be part of a path")
    filled = PLACEHOLDER.sub(lambda found: quote(values[found[1]], safe=""), f"{path}{mark}{query}")
    return f"{begins}{filled}"


async def _body(reply: aiohttp.ClientResponse, bytes_max: int) -> bytes:
    body = bytearray()
    async for chunk in reply.content.iter_any():
        body += chunk
        if len(body) > bytes_max:
            raise LookupFailed(f"its answer is longer than {bytes_max} bytes")
    return bytes(body)


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body, parse_float=Decimal)
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise LookupFailed("its answer is no JSON") from error


def _fields(answer: Any, source: HttpSource) -> Mapping[str, str] | None:
    if isinstance(answer, list):
        answer = answer[0] if answer else None
    if answer is None or answer == {}:
        return None
    if not isinstance(answer, dict):
        raise LookupFailed("its answer is no object")
    found = {name: at(answer, field.at or name) for name, field in source.fields.items()}
    return {
        name: written(value, source.fields[name].type, name)
        for name, value in found.items()
        if value is not None
    }
