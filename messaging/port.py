"""What sends messages."""

from typing import Protocol

from messaging.model import Message


class Gateway(Protocol):
    """A way to customers' phones. It is offered each message once: what it may have taken is not repeated."""

    async def send(self, message: Message) -> str:
        """Hands a message over; returns the gateway's own name for it, by which receipts find it.

        Raises `HotlineError` where the gateway has refused it, or was not reached at all: it is not sent.
        Whatever else is raised leaves open whether it was taken.
        """
        ...
