"""Writes the private configuration that Asterisk loads, from the templates in `asterisk_conf/`."""

import json
import os
import re
import secrets
import shlex
import shutil
import ssl
from dataclasses import dataclass
from pathlib import Path

from infra.toolchain.asterisk import AsteriskTree
from kernel.errors import HotlineError
from telephony.asterisk.trunk_sections import trunk_sections
from telephony.settings import IceServer, TelephonySettings
from telephony.trunks import Trunk

TEMPLATES = Path(__file__).resolve().parents[2] / "asterisk_conf"
_NAME = re.compile(r"<<([a-z_]+)>>")
_OTHERWISE_WARNED_OF = (
    "acl",
    "ccss",
    "cel",
    "cli_aliases",
    "cli_permissions",
    "codecs",
    "dnsmgr",
    "dsp",
    "features",
    "geolocation",
    "pjproject",
    "udptl",
    "websocket_client",
)
"""Files that Asterisk complains about when absent; empty ones mean the defaults."""


DIALLED_MAX = 32
"""Signs of a number that may be dialled here; plans of numbers know 15 digits, and prefixes before them."""


class TemplateBroken(HotlineError):
    """A template asks for a value that does not exist."""

    code = "template_broken"


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskSecrets:
    """Generated once for each installation; known to Asterisk and the server alone."""

    ami: str
    ari: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AsteriskPlaces:
    """Folders that the configuration names."""

    instance: Path
    """All that this Asterisk writes: `etc`, `lib`, `spool`, `run`, `log`."""
    tree: AsteriskTree
    recordings: Path
    voicemail: Path
    """The spool in which the message taker of the fallback leaves messages."""
    fallback_prompts: Path
    """WAV files rendered ahead: `<language>/message.wav` and `thanks.wav`, around a fallback message."""
    python: Path
    """The interpreter with Hotline's packages, for the fallback's message taker."""
    certificate: Path | None = None
    """Of this host, with those that vouch for it; where phones may come by TLS."""
    certificate_key: Path | None = None


def ensure_secrets(path: Path) -> AsteriskSecrets:
    """The installation's secrets; generated on first use, readable by the owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        generated = {"ami": secrets.token_urlsafe(32), "ari": secrets.token_urlsafe(32)}
        _write_private(path, json.dumps(generated))
    return AsteriskSecrets(**json.loads(path.read_text(encoding="utf-8")))


def render(
    places: AsteriskPlaces, settings: TelephonySettings, known: AsteriskSecrets, trunks: tuple[Trunk, ...]
) -> Path:
    """Writes every file; returns the path of `asterisk.conf`. Running it again is harmless."""
    for folder in ("etc", "lib/keys", "spool", "run", "log/cdr-custom", "cache", "agi", "sbin", "moh"):
        (places.instance / folder).mkdir(parents=True, exist_ok=True)
    (places.instance / "etc").chmod(0o700)
    values = _values(places, settings, known)
    for template in sorted(TEMPLATES.glob("*.conf")):
        text = fill(template.read_text(encoding="utf-8"), values)
        _write_private(places.instance / "etc" / template.name, text)
    for name in _OTHERWISE_WARNED_OF:
        _write_private(places.instance / "etc" / f"{name}.conf", "")
    _write_private(places.instance / "etc" / "pjsip_trunks.conf", trunk_sections(trunks, settings))
    _write_message_taker(places, settings)
    _write_canary(places)
    _copy_sounds(places)
    return places.instance / "etc" / "asterisk.conf"


def fill(template: str, values: dict[str, str]) -> str:
    """The template with every `<<name>>` replaced."""

    def value(found: re.Match[str]) -> str:
        try:
            return values[found[1]]
        except KeyError as unknown:
            raise TemplateBroken(f"no value is called {found[1]!r}") from unknown

    return _NAME.sub(value, template)


def _values(places: AsteriskPlaces, settings: TelephonySettings, known: AsteriskSecrets) -> dict[str, str]:
    return {
        **{name: str(value) for name, value in settings.model_dump().items()},
        "instance": str(places.instance),
        "modules": str(places.tree.modules),
        "recordings": str(places.recordings),
        "ami_secret": known.ami,
        "ari_secret": known.ari,
        "external_address": _external_address(settings),
        "tls_transport": _tls_transport(places, settings),
        "stun_address": _stun_address(settings),
        "prompts": str(places.fallback_prompts.absolute()),
        "dialled_numbers": "\n".join(
            f"exten => _[+0-9]{'X' * more},1,Goto(arrived,${{EXTEN}},1)" for more in range(1, DIALLED_MAX)
        ),
    }


def _external_address(settings: TelephonySettings) -> str:
    external = settings.media_address
    return f"external_media_address = {external}\nexternal_signaling_address = {external}" if external else ""


def _tls_transport(places: AsteriskPlaces, settings: TelephonySettings) -> str:
    """Only where it is wanted. Phones are known by their secrets; outside lines must prove who they are."""
    if settings.tls_port is None:
        return ""
    trusted = settings.tls_trusted or ssl.get_default_verify_paths().cafile
    return "\n".join(
        [
            "[tls]",
            "type = transport",
            "protocol = tls",
            f"bind = {settings.sip_address}:{settings.tls_port}",
            f"cert_file = {places.certificate}",
            f"priv_key_file = {places.certificate_key}",
            "method = tlsv1_2",
            *([f"ca_list_file = {trusted}", "verify_server = yes"] if trusted else []),
            _external_address(settings),
        ]
    )


def _stun_address(settings: TelephonySettings) -> str:
    servers = [server.urls.removeprefix("stun:") for server in settings.ice_servers if _is_plain_stun(server)]
    return f"stunaddr = {servers[0]}" if servers else ""


def _is_plain_stun(server: IceServer) -> bool:
    """Asterisk speaks no STUN over TLS."""
    return server.urls.startswith("stun:")


def _write_message_taker(places: AsteriskPlaces, settings: TelephonySettings) -> None:
    """What `[message]` runs. Its modules come from Hotline's folder, and from nothing else around it."""
    words = (
        *(str(places.python), "-Es", "-m", "telephony.asterisk.fallback_message"),
        *(str(places.voicemail.absolute()), str(places.fallback_prompts.absolute())),
        *(str(settings.fallback_message_max_s), str(settings.message_min_s)),
    )
    folder = shlex.quote(str(TEMPLATES.parent))
    _write_program(places.instance / "agi" / "fallback_message", f"cd {folder} && exec {shlex.join(words)}")


def _write_canary(places: AsteriskPlaces) -> None:
    """Without it Asterisk gives up its precedence two minutes after its start.

    <https://github.com/asterisk/asterisk/blob/22/main/asterisk.c>, `canary_thread`
    """
    _write_program(places.instance / "sbin" / "astcanary", f'exec {shlex.join(places.tree.canary())} "$@"')


def _write_program(path: Path, line: str) -> None:
    _write_private(path, f"#!/bin/sh\n{line}\n")
    path.chmod(0o700)


def _copy_sounds(places: AsteriskPlaces) -> None:
    """Our music and tones, and Asterisk's own documents, stand where this instance looks for them."""
    shutil.copytree(TEMPLATES / "moh", places.instance / "moh", dirs_exist_ok=True)
    shutil.copytree(TEMPLATES / "sounds", places.instance / "lib" / "sounds", dirs_exist_ok=True)
    documents = places.tree.data / "documentation"
    link = places.instance / "lib" / "documentation"
    if documents.exists() and not link.is_symlink():
        link.symlink_to(documents)


def _write_private(path: Path, text: str) -> None:
    """Replaces a file at once, so that a reader never sees half of it."""
    draft = path.with_name(path.name + ".new")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    draft.replace(path)
