"""Whether an outside line works, as Asterisk sees it now."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from panoramisk.message import Message

from telephony.asterisk.ami import AmiConnection, AmiRefused
from telephony.asterisk.ari import Ari
from telephony.asterisk.render import AsteriskSecrets
from telephony.asterisk.trunk_sections import endpoint_name
from telephony.errors import SwitchUnavailable
from telephony.settings import TelephonySettings
from telephony.trunks import Trunk

ANSWER_WITHIN_S = 4.0
"""Asterisk itself gives the far end three seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrunkReport:
    """What was found, with a sentence for the person who asks."""

    name: str
    is_ready: bool
    answers: bool
    """The far end answered a question (SIP OPTIONS)."""
    registration: str
    """What Asterisk says of our sign-in there, such as `Registered`; "" where none is wanted."""
    shown_number: str
    """What those whom we call over this line are to be shown; "" leaves that to the provider."""
    sentence: str


async def check_trunk(trunk: Trunk, settings: TelephonySettings, secrets: AsteriskSecrets) -> TrunkReport:
    """Asks the far end, and looks at the sign-in. Raises `SwitchUnavailable` without a running Asterisk."""
    answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def on_event(message: Message) -> None:
        is_ours = message.get("Event") == "ContactStatus" and message.get("AOR") == endpoint_name(trunk)
        if is_ours and not answered.done():
            answered.set_result(message.get("ContactStatus") == "Reachable")

    connection = await _connect(settings, secrets.ami, on_event)
    try:
        async with Ari(settings, secrets.ari) as ari:
            before = endpoint_name(trunk) in await ari.online()
        await connection.act("PJSIPQualify", {"Endpoint": endpoint_name(trunk)})
        # Asterisk tells only changes: without one, what was so before is so still.
        await asyncio.wait([answered], timeout=ANSWER_WITHIN_S)
        answers = answered.result() if answered.done() else before
        registration = await _registration(connection, trunk) if trunk.registers else ""
    except AmiRefused as unknown:
        raise SwitchUnavailable(
            f"Asterisk does not know the line {trunk.name}; it takes in trunks.yaml at ./hotline run"
        ) from unknown
    finally:
        connection.close()
    return report(trunk, answers=answers, registration=registration)


def report(trunk: Trunk, *, answers: bool, registration: str) -> TrunkReport:
    """The sentence that fits."""
    place = f"{trunk.host}:{trunk.port}"
    is_signed_in = not trunk.registers or registration == "Registered"
    if not answers and trunk.transport == "tls":
        sentence = (
            f"{place} does not answer by TLS. Check the address, the network, and that its certificate is for"
            f" {trunk.host} and by an authority that is trusted here (telephony.tls_trusted)."
        )
    elif not answers:
        sentence = f"{place} does not answer. Check the address, the network, and the provider's firewall."
    elif not is_signed_in:
        sentence = f"{place} answers, but our sign-in is {registration.lower()}. Check user and password."
    elif trunk.registers:
        sentence = f"{place} answers, and we are signed in as {trunk.user}."
    else:
        sentence = f"{place} answers."
    if trunk.caller_id:
        sentence += f" Its number for calls from here is {trunk.caller_id}."
    return TrunkReport(
        name=trunk.name,
        is_ready=answers and is_signed_in,
        answers=answers,
        registration=registration,
        shown_number=trunk.caller_id,
        sentence=f"{trunk.name}: {sentence}",
    )


async def _connect(
    settings: TelephonySettings, secret: str, on_event: Callable[[Message], None]
) -> AmiConnection:
    loop = asyncio.get_running_loop()
    try:
        _, connection = await loop.create_connection(
            lambda: AmiConnection(on_event, settings.action_timeout_s), settings.host, settings.ami_port
        )
    except OSError as error:
        raise SwitchUnavailable("Asterisk does not run here; start it with ./hotline run") from error
    await connection.act("Login", {"Username": "hotline", "Secret": secret, "Events": "system"})
    return connection


async def _registration(connection: AmiConnection, trunk: Trunk) -> str:
    answer = await connection.act("PJSIPShowRegistrationsOutbound")
    for event in answer.events:
        if event.get("ObjectName") == endpoint_name(trunk):
            return str(event.get("Status", "Unknown"))
    return "Unknown"
