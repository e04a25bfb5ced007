"""What simulated phones have in common, whatever carries their messages: ring, answer, hold, hang up."""

import asyncio
import secrets
from abc import ABC, abstractmethod
from dataclasses import dataclass
from random import uniform

from rig import sip
from rig.media import MediaClock, MediaEnd

AGREED_WITHIN_S = 15.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Manners:
    """How an agent answers."""

    ring_s: float = 0.5
    """How long it rings before the agent picks up; None of patience is needed: the server's time-out acts."""
    talk_s: float = 5.0
    """After this time the agent hangs up."""
    talk_spread: float = 0.0
    """By which share a conversation may be shorter or longer, each as likely."""
    is_busy: bool = False
    """Whatever rings is told that the phone is busy."""
    forwards_to: str = ""
    """An address to which whatever rings is sent on."""
    refuses_at_once: str = ""
    """Status with which the phone itself turns down whatever comes, without ringing."""
    declines: str = ""
    """Status with which the agent turns the call down after having heard it ring."""
    may_answer: asyncio.Event | None = None
    """The ringing time begins only once this is set."""
    may_hang_up: asyncio.Event | None = None
    """The talking time begins only once this is set."""

    async def ring(self) -> None:
        """Returns when the agent picks up."""
        await self._pause(self.may_answer, self.ring_s)

    async def talk(self) -> None:
        """Returns when the agent hangs up."""
        share = uniform(1 - self.talk_spread, 1 + self.talk_spread)  # noqa: S311 - no secret
        await self._pause(self.may_hang_up, self.talk_s * share)

    async def _pause(self, begins: asyncio.Event | None, seconds: float) -> None:
        if begins is not None:
            await begins.wait()
        await asyncio.sleep(seconds)


class SipPhone(ABC):
    """Registers, rings, answers, hangs up; plain RTP with its own tone."""

    def __init__(self, credentials: dict[str, str], clock: MediaClock, *, via: str, contact: str) -> None:
        self.credentials = credentials
        self._clock = clock
        self._via = via
        self._contact = contact
        self._tag = secrets.token_hex(4)
        self._instance = secrets.token_hex(8)
        self._uri = f"sip:{credentials['username']}@{credentials['realm']}"
        self._calls: dict[str, asyncio.Task[None]] = {}
        self._dialogs: dict[str, sip.Message] = {}
        self._requests = 0
        """Sent within conversations: each needs a higher number than the one before."""
        self._is_agreed = asyncio.Event()
        self._sequence = 1
        self._expires_s = 60
        self.is_registered = asyncio.Event()
        self.manners = Manners()
        self.tone_hz = 1000
        self.ends: list[MediaEnd] = []
        """Every conversation's sound, newest last."""
        self.invites: list[sip.Message] = []
        """What rang the phone, newest last."""
        self.host = "127.0.0.1"

    @property
    def device(self) -> str:
        """What the switch calls it."""
        return self.credentials["username"]

    @abstractmethod
    async def _send(self, text: str) -> None:
        """Sends a message, if that can be done now."""

    async def _send_surely(self, text: str) -> None:
        """Sends what must not be lost."""
        await self._send(text)

    async def _register(self, authorization: str) -> None:
        self._sequence += 1
        target = f"sip:{self.credentials['realm']}"
        headers = [
            ("Via", f"{self._via};branch=z9hG4bK{secrets.token_hex(8)}"),
            ("From", f"<{self._uri}>;tag={self._tag}"),
            ("To", f"<{self._uri}>"),
            ("Call-ID", self._instance),
            ("CSeq", f"{self._sequence} REGISTER"),
            ("Contact", f"<{self._contact}>;expires={self._expires_s}"),
            ("Max-Forwards", "70"),
        ]
        if authorization:
            headers.append(("Authorization", authorization))
        await self._send(sip.build(f"REGISTER {target} SIP/2.0", headers))

    async def hold(self, *, on: bool) -> None:
        """Puts the far end of the newest conversation on hold, as phones do, or takes it back."""
        invite = self.invites[-1]
        body = sip.description(self.host, self.ends[-1].port) + f"a={'sendonly' if on else 'sendrecv'}\r\n"
        self._is_agreed.clear()
        await self._send_surely(self._within(invite, "INVITE", body=body))
        async with asyncio.timeout(AGREED_WITHIN_S):
            await self._is_agreed.wait()

    async def ask_for_transfer(self, target: str) -> None:
        """Asks the switch to connect the far end with `target`, as phones do (RFC 3515)."""
        await self._send_surely(self._within(self.invites[-1], "REFER", more=(("Refer-To", target),)))

    async def _received(self, message: sip.Message) -> None:
        if message.status:
            await self._response(message)
            return
        call = message.get("Call-ID")
        if message.method == "INVITE":
            if "tag=" not in message.get("To"):
                self.invites.append(message)
                self._calls[call] = asyncio.create_task(self._answer(message))
        elif message.method == "CANCEL":
            await self._send(sip.response_to(message, "200 OK", tag=self._tag))
            await self._stop(call, "487 Request Terminated")
        elif message.method == "BYE":
            await self._send(sip.response_to(message, "200 OK", tag=self._tag))
            await self._stop(call, "")
        elif message.method != "ACK":
            await self._send(sip.response_to(message, "200 OK", tag=self._tag))

    async def _response(self, message: sip.Message) -> None:
        number, _, method = message.get("CSeq").partition(" ")
        if method == "INVITE" and message.status >= 200:
            # The conversation may be over by now.
            if (invite := self._dialogs.get(message.get("Call-ID"))) is not None:
                await self._send(self._within(invite, "ACK", number=int(number)))
            self._is_agreed.set()
        if method != "REGISTER":
            return
        if message.status == 401:
            await self._register(
                sip.digest(
                    message.get("WWW-Authenticate"),
                    username=self.credentials["username"],
                    ha1=self.credentials["ha1"],
                    method="REGISTER",
                    uri=f"sip:{self.credentials['realm']}",
                )
            )
        elif message.status == 200:
            self.is_registered.set()

    async def _answer(self, invite: sip.Message) -> None:
        refused = "486 Busy Here" if self.manners.is_busy else self.manners.refuses_at_once
        if refused:
            await self._send(sip.response_to(invite, refused, tag=self._tag))
            return
        if target := self.manners.forwards_to:
            await self._send(sip.response_to(invite, "302 Moved Temporarily", tag=self._tag, contact=target))
            return
        self._dialogs[invite.get("Call-ID")] = invite
        await self._send(sip.response_to(invite, "180 Ringing", tag=self._tag, contact=self._contact))
        await self.manners.ring()
        if self.manners.declines:
            await self._send(sip.response_to(invite, self.manners.declines, tag=self._tag))
            return
        end = await self._clock.open(self.host, self.tone_hz)
        self.ends.append(end)
        end.far = sip.media_address(invite.body)
        body = sip.description(self.host, end.port)
        answer = sip.response_to(invite, "200 OK", tag=self._tag, contact=self._contact, body=body)
        await self._send_surely(answer)
        try:
            await self.manners.talk()
            await self._send_surely(self._within(invite, "BYE"))
        finally:
            end.close()

    def _within(
        self,
        invite: sip.Message,
        method: str,
        *,
        number: int = 0,
        body: str = "",
        more: tuple[tuple[str, str], ...] = (),
    ) -> str:
        """A request of the conversation that an invitation began; `number` only for what answers another."""
        if not number:
            self._requests += 1
            number = self._requests
        target = invite.get("Contact").split("<")[-1].split(">")[0]
        headers = [
            ("Via", f"{self._via};branch=z9hG4bK{secrets.token_hex(8)}"),
            *(("Route", route) for route in invite.all("Record-Route")),
            ("From", f"{invite.get('To')};tag={self._tag}"),
            ("To", invite.get("From")),
            ("Call-ID", invite.get("Call-ID")),
            ("CSeq", f"{number} {method}"),
            ("Contact", f"<{self._contact}>"),
            ("Max-Forwards", "70"),
            *more,
        ]
        if body:
            headers.append(("Content-Type", "application/sdp"))
        return sip.build(f"{method} {target} SIP/2.0", headers, body)

    async def _stop(self, call: str, status: str) -> None:
        task = self._calls.pop(call, None)
        invite = self._dialogs.pop(call, None)
        if task is not None:
            task.cancel()
        if status and invite is not None:
            await self._send(sip.response_to(invite, status, tag=self._tag))
