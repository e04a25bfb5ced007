"""`hotline call`: a simulated customer phones the running system."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra.logging import configure_logging
from infra.toolchain import asterisk
from kernel.clock import SystemClock
from kernel.errors import InvalidInput
from server import installation
from server.first_day import NotSetUp, read_secret
from server.given_files import refuse_unwritable
from server.settings import Settings, load_settings
from server.simulated.call import Script, Site, phone
from server.simulated.prompts import site_prompts
from server.simulated.report import Report
from server.simulated.sound import playable, write_wav
from server.tls import authority_path
from speech.voices import Voices
from telephony.model import Outcome

NUMBER_CHARACTERS = frozenset("+0123456789")
KEYS = frozenset("0123456789*#")
NUMBER_DIGITS_MAX = 20
NAME_CHARACTERS_MAX = 80

To = Annotated[str, typer.Option("--to", help="The number that the customer dials.")]
From = Annotated[str, typer.Option("--from", help="The customer's own number.")]
Name = Annotated[str, typer.Option("--name", help="The name that the network shows with the number.")]
Keys = Annotated[str, typer.Option("--keys", help="Keys to press, one after each prompt, such as 2,1.")]
Wav = Annotated[Path | None, typer.Option("--wav", help="What the customer says: WAV, 8 kHz, mono, 16 bit.")]
Say = Annotated[str, typer.Option("--say", help="What the customer says, as text.")]
Language = Annotated[str, typer.Option("--lang", help="The language of --say: zh or en.")]
Wait = Annotated[
    float,
    typer.Option("--wait", min=0, max=3600, help="Seconds to wait for a person after the last key and word."),
]
Hold = Annotated[
    float, typer.Option("--hold", min=0, max=3600, help="Seconds to talk once a person is there.")
]
Answer = Annotated[bool, typer.Option("--answer", help="A simulated agent takes the call.")]
Agent = Annotated[str, typer.Option("--agent", help="NAME:PASSWORD of the account that answers.")]
Expect = Annotated[Outcome | None, typer.Option("--expect", help="The outcome that the call must have.")]
Record = Annotated[Path | None, typer.Option("--record", help="Where to keep what the customer heard.")]
AsJson = Annotated[bool, typer.Option("--json", help="One object on standard output, nothing else.")]


def call(  # noqa: PLR0913, PLR0917 - one parameter for each option
    to: To,
    caller: From = "13812345678",
    name: Name = "",
    keys: Keys = "",
    wav: Wav = None,
    say: Say = "",
    language: Language = "zh",
    wait: Wait = 60.0,
    hold: Hold = 8.0,
    *,
    answer: Answer = False,
    agent: Agent = "",
    expect: Expect = None,
    record: Record = None,
    as_json: AsJson = False,
) -> None:
    """A simulated customer phones the running system by real SIP and RTP.

    The customer stays until Hotline hangs up, --wait is over without a person, or --hold is over with one;
    and hums, so that the other end can be heard to hear: with --say or --wav only while a person is there.

    Exits 0 only if a person answered, or the outcome was as expected, with sound both ways.
    """
    script = Script(
        to=_number(to),
        caller=_number(caller),
        name=_name(name),
        keys=_keys(keys),
        sounds=(playable(wav),) if wav else (),
        wait_s=wait,
        hold_s=hold,
        is_answered_by_us=answer,
    )
    if record:
        refuse_unwritable(record)
    speaking = (say, _language(language))
    report = asyncio.run(_call(load_settings(), script, speaking=speaking, agent=agent, record=record))
    if as_json:
        typer.echo(json.dumps(report.as_json(expect), ensure_ascii=False))
    else:
        _print(report)
    raise typer.Exit(0 if report.holds(expect) else 1)


async def _call(
    settings: Settings, script: Script, *, speaking: tuple[str, str], agent: str, record: Path | None
) -> Report:
    account = _account(settings, agent)
    # What is amiss with the site's files is for the running server's log, not before this answer.
    configure_logging(level="CRITICAL")
    text, language = speaking
    prompts_folder = settings.places.cache / "prompts"
    async with Voices(settings.speech.synthesis, prompts_folder, settings.speech.sounds) as synthesiser:
        prompts = await site_prompts(settings, synthesiser, script.to)
        if text:
            script = replace(script, sounds=(*script.sounds, await synthesiser.render(text, language)))
    report, customer = await phone(script, _site(settings, account, prompts), asterisk.ensure())
    if record:
        write_wav(record, customer.heard)
    return report


def _site(settings: Settings, account: tuple[str, str], prompts: Mapping[Path, tuple[str, ...]]) -> Site:
    name, password = account
    served_by = installation.certificate(settings, SystemClock())
    served = installation.edge_of(settings, settings.places.run, served_by)
    authority = authority_path(settings.places.tls)
    return Site(
        address=served.address,
        sip_port=settings.telephony.sip_port,
        name=name,
        password=password,
        authority=authority if served_by and authority.exists() else None,
        prompts=prompts,
    )


def _account(settings: Settings, agent: str) -> tuple[str, str]:
    if agent:
        name, colon, password = agent.partition(":")
        if not (name and colon and password):
            raise InvalidInput("--agent needs NAME:PASSWORD")
        return name, password
    for name, password in read_secret(settings.places.simulator_sign_in).items():
        return name, password
    raise NotSetUp(
        f"Hotline has not run on {settings.data} yet: start it with ./hotline run in another terminal,"
        " and call once it says that it is ready."
    )


def _number(text: str) -> str:
    plain = text.replace(" ", "").replace("-", "")
    if not plain or len(plain) > NUMBER_DIGITS_MAX or set(plain) - NUMBER_CHARACTERS:
        raise InvalidInput(f"{text!r} is not a phone number: digits, and a + at most")
    return plain


def _name(text: str) -> str:
    if len(text) > NAME_CHARACTERS_MAX or not text.isprintable() or set(text) & set('"<>'):
        raise InvalidInput(f'the name must be printable, without " < >, at most {NAME_CHARACTERS_MAX} long')
    return text


def _keys(text: str) -> tuple[str, ...]:
    keys = tuple(key for part in text.split(",") for key in part.strip())
    if set(keys) - KEYS:
        raise InvalidInput("keys are digits, * and #, such as 2,1")
    return keys


def _language(text: str) -> str:
    if text not in {"zh", "en"}:
        raise InvalidInput("the language is zh or en")
    return text


def _print(report: Report) -> None:
    # A line is a line, also for who reads it by a script; and what a name holds is no markup.
    console = Console(markup=False, soft_wrap=True)
    console.print(f"{report.caller} → {report.to}  {report.call_id or 'no call in the ledger'}")
    for heard in report.prompts:
        alike = f" (or {', '.join(heard.same_words)}: the same words)" if heard.same_words else ""
        console.print(f"  {heard.at_s:6.1f} s  heard {heard.prompt}{alike}")
    if report.agent_saw:
        console.print(f"the agent saw {report.agent_saw} before answering")
    answered = report.answered_by or "nobody"
    console.print(
        f"answered by {answered}; waited {_seconds(report.waited_s)}, talked {_seconds(report.talked_s)}"
    )
    if report.customer_tone_s is not None:
        console.print(
            f"customer heard the agent for {report.agent_tone_s} s,"
            f" the agent heard the customer for {report.customer_tone_s} s"
        )
    console.print(f"outcome: {report.outcome or 'unknown'}")


def _seconds(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f} s"
