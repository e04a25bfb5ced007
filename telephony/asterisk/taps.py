"""Hears one side of a conversation, by a leg of our own that nobody hears.

Asterisk connects a channel of its AudioSocket with ChanSpy, which lets it hear what one channel says (`o`),
and ends it with that channel (`E`). It ends too with its connection, and so with a server that dies.
A channel goes on when a conversation is over; so a tap ends as soon as its channel leaves the bridge.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from panoramisk.message import Message

from telephony.asterisk.ami_link import AmiLink
from telephony.asterisk.audio_socket import AudioFeed, AudioSocketServer
from telephony.errors import SoundUnavailable

PREFIX = "tap-"
"""Of the channels' ids: they are nobody's legs, and no calls."""


class Taps:
    """All that are open, by the channel that is heard."""

    def __init__(self, link: AmiLink, sounds: AudioSocketServer) -> None:
        self._link = link
        self._sounds = sounds
        self._open: dict[str, set[AudioFeed]] = {}

    @asynccontextmanager
    async def open(self, channel: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """The sound of a channel that stands in a bridge, in frames of 20 ms."""
        feed = self._sounds.expect(is_mute=True)
        feeds = self._open.setdefault(channel, set())
        feeds.add(feed)
        try:
            name = f"{PREFIX}{feed.id}"
            order = {
                "Channel": f"AudioSocket/{self._sounds.address}/{feed.id}/c(slin)",
                "ChannelId": name,
                "Application": "ChanSpy",
                "Data": f"{channel},quoES",
                "Async": "true",
            }
            await self._link.connection.originate(order, variables={}, action_id=name)
            await feed.connected()
            yield _frames(feed)
        finally:
            feeds.discard(feed)
            if not feeds:
                self._open.pop(channel, None)
            feed.close()

    def note(self, message: Message) -> None:
        """Ends the taps of a channel whose conversation is over."""
        if message.get("Event") == "BridgeLeave":
            for feed in list(self._open.get(str(message.get("Uniqueid")), ())):
                feed.close()


async def _frames(feed: AudioFeed) -> AsyncIterator[bytes]:
    async for heard in feed.heard():
        if feed.lost_frames:
            raise SoundUnavailable("more came than was heard")
        if isinstance(heard, bytes):
            yield heard
