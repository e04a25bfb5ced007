"""A service of the company's choice that speaks, asked by HTTP."""

import asyncio
import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp

from speech.errors import SynthesisFailed, SynthesisHung
from speech.voice_settings import HttpVoice

_MB = 1024 * 1024
_CHUNK = 64 * 1024
_KEY_CHARS_MAX = 8_000
_OK = 200


class HttpEngine:
    """`speech.plugged.Engine` on an HTTP service."""

    def __init__(self, settings: HttpVoice) -> None:
        self.settings = settings
        self._session: aiohttp.ClientSession | None = None

    async def make(self, words: str, language: str, out: Path) -> None:
        """See `Engine.make`."""
        settings = self.settings
        put_in = {"{text}": words, "{language}": language, "{key}": self._key()}
        headers = {name: _filled(value, put_in) for name, value in settings.headers.items()}
        body = (settings.text_body if settings.json_body is None else settings.json_body) or ""
        filled = _filled(body, put_in)
        content = filled if isinstance(filled, str) else json.dumps(filled, ensure_ascii=False)
        kind = "text/plain" if settings.json_body is None else "application/json"
        headers = {"Content-Type": f"{kind}; charset=utf-8"} | headers
        try:
            answer = await self._ask(content.encode(), headers)
        except TimeoutError as error:
            raise SynthesisHung(f"it did not answer within {settings.timeout_s:g} s") from error
        except aiohttp.ClientError as error:
            # Not its words: those may repeat a header with the key.
            raise SynthesisFailed(f"it cannot be reached ({type(error).__name__})") from error
        sound = _sound_in(answer, settings.answer_field) if settings.answer_field else answer
        await asyncio.to_thread(out.write_bytes, sound)

    async def _ask(self, content: bytes, headers: Mapping[str, str]) -> bytes:
        settings = self.settings
        if self._session is None:
            self._session = aiohttp.ClientSession()
        # Redirects are not followed: they would take the key elsewhere.
        async with self._session.post(
            settings.url,
            data=content,
            headers=headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=settings.timeout_s),
        ) as response:
            if response.status != _OK:
                raise SynthesisFailed(f"it answered with HTTP {response.status}")
            answer = bytearray()
            async for chunk in response.content.iter_chunked(_CHUNK):
                answer += chunk
                if len(answer) > settings.answer_mb_max * _MB:
                    raise SynthesisFailed(f"its answer is larger than {settings.answer_mb_max} MB")
            return bytes(answer)

    def _key(self) -> str:
        file = self.settings.key_file
        if file is None:
            return ""
        try:
            key = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SynthesisFailed(f"its key cannot be read from {file}") from error
        if not key.isprintable() or not 0 < len(key) <= _KEY_CHARS_MAX:
            raise SynthesisFailed(f"there is no key of one line in {file}")
        return key

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()


def _filled(written: Any, put_in: Mapping[str, str]) -> Any:
    """Put in after the body has its shape, so that no text can change that."""
    if isinstance(written, str):
        return put_in.get(written) if written in put_in else _in_text(written, put_in)
    if isinstance(written, Mapping):
        return {name: _filled(value, put_in) for name, value in written.items()}
    if isinstance(written, list | tuple):
        return [_filled(value, put_in) for value in written]
    return written


def _in_text(written: str, put_in: Mapping[str, str]) -> str:
    # In pieces, so that nothing is put into what was put in.
    for name, value in put_in.items():
        before, found, after = written.partition(name)
        if found:
            return _in_text(before, put_in) + value + _in_text(after, put_in)
    return written


def _sound_in(answer: bytes, field: str) -> bytes:
    try:
        found = json.loads(answer)
        for name in field.split("."):
            found = found[name]
        return base64.b64decode(found, validate=True)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise SynthesisFailed(f"there is no sound in the field {field} of its answer") from error
