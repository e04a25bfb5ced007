"""What the web needs from other parts; joined in the composition root."""

from typing import Protocol

from kernel.access import Principal
from kernel.ids import AgentId, DeviceId, StaffId


class SignedIn(Protocol):
    """A valid session's person, as the server knows them."""

    @property
    def principal(self) -> Principal:
        """Who it is and what they may."""
        ...

    @property
    def display_name(self) -> str:
        """What colleagues call them."""
        ...

    @property
    def number(self) -> str:
        """Their extension, or ""."""
        ...

    @property
    def language(self) -> str:
        """The language of their pages: zh or en."""
        ...

    @property
    def timezone(self) -> str:
        """An IANA name."""
        ...


class Sessions(Protocol):
    """Sign-in. Tokens are opaque; only their holder has them."""

    async def sign_in(self, name: str, password: str, *, address: str) -> tuple[str, SignedIn]:
        """A new session's token and person; refuses a wrong name or password alike."""
        ...

    async def find(self, token: str) -> SignedIn | None:
        """The person of a session, or None when it is unknown or over."""
        ...

    async def sign_out(self, token: str) -> None:
        """Ends the session; harmless when it is over."""
        ...


class OwnAccounts(Protocol):
    """What people may change of their own accounts."""

    async def change_language(self, staff: StaffId, language: str) -> None:
        """The person's pages speak zh or en from now on, wherever they sign in."""
        ...


class AgentPresence(Protocol):
    """What routing must hear of an agent's phone and page."""

    async def page_lost(self, agent: AgentId) -> None:
        """The page that owns the agent's phone is gone without having signed out."""
        ...

    async def page_back(self, agent: AgentId) -> None:
        """The page, or a new one, owns the agent's phone again."""
        ...

    async def has_device(
        self, agent: AgentId, device: DeviceId, *, must_accept: bool = False, rings_at_once: bool = False
    ) -> None:
        """The agent's calls ring on this device from now on; who answers may have to press a key first.

        One that `rings_at_once` and does not is not there.
        """
        ...

    async def has_no_device(self, agent: AgentId) -> None:
        """The agent gave the phone back."""
        ...
