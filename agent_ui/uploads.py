"""Files that browsers send: to disk as they come, bounded in size, time and number."""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web

from agent_ui.errors import BodyTooLarge, TooManyUploads, UploadTooSlow
from agent_ui.settings import WebSettings

_CHUNK_BYTES = 256 * 1024
_MB = 1024 * 1024


class Uploads:
    """Takes files in."""

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._under_way = 0

    @asynccontextmanager
    async def received(self, request: web.Request) -> AsyncIterator[Path]:
        """The file that this request brings, for as long as it is needed.

        Raises `BodyTooLarge`, `UploadTooSlow` or `TooManyUploads`.
        """
        if self._under_way >= self._settings.uploads_at_once:
            raise TooManyUploads("too many files are being sent just now", after_s=1)
        self._under_way += 1
        handle, name = tempfile.mkstemp(prefix="hotline-upload-")
        try:
            await self._write(request, handle)
            yield Path(name)
        finally:
            self._under_way -= 1
            os.close(handle)
            await asyncio.to_thread(os.unlink, name)

    async def _write(self, request: web.Request, handle: int) -> None:
        settings, received = self._settings, 0
        try:
            async with asyncio.timeout(settings.upload_max_s):
                async for chunk in request.content.iter_chunked(_CHUNK_BYTES):
                    received += len(chunk)
                    if received > settings.upload_mb_max * _MB:
                        raise BodyTooLarge(f"at most {settings.upload_mb_max} MB")
                    await asyncio.to_thread(os.write, handle, chunk)
        except TimeoutError as error:
            raise UploadTooSlow("the file took too long to arrive") from error
