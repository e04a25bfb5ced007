"""Outside lines in the words of pjsip.conf."""

from collections.abc import Iterable

from telephony.settings import TelephonySettings
from telephony.trunks import Trunk

NOBODY = "<0>"
"""The caller of every call from a line, until the dialplan has read who it is."""
Section = tuple[str, list[tuple[str, str]]]


def trunk_sections(trunks: Iterable[Trunk], settings: TelephonySettings) -> str:
    """The text of `pjsip_trunks.conf`."""
    sections = [section for trunk in trunks for section in _sections(trunk, settings)]
    return "; Written from trunks.yaml.\n" + "\n".join(_text(section) for section in sections)


def endpoint_name(trunk: Trunk) -> str:
    """The name of a line's endpoint; no device has such a one."""
    return f"trunk-{trunk.name}"


def place_of(trunk: Trunk) -> str:
    """Where calls to the line go, and by which way."""
    return f"{trunk.host}:{trunk.port}" + (";transport=tls" if trunk.transport == "tls" else "")


def secrecy_of(trunk: Trunk) -> list[tuple[str, str]]:
    """What keeps the line's words and sound from others, or nothing."""
    return [
        *([("transport", "tls")] if trunk.transport == "tls" else []),
        *([("media_encryption", "sdes"), ("media_encryption_optimistic", "no")] if trunk.srtp else []),
    ]


def _text(section: Section) -> str:
    name, options = section
    return "\n".join([f"[{name}]", *(f"{key} = {_escaped(value)}" for key, value in options), ""])


def _escaped(value: str) -> str:
    """A semicolon alone begins a comment."""
    return value.replace(";", "\\;")


def _sections(trunk: Trunk, settings: TelephonySettings) -> Iterable[Section]:
    name = endpoint_name(trunk)
    yield name, _endpoint(trunk, name, settings)
    yield (
        name,
        [
            ("type", "aor"),
            ("contact", f"sip:{place_of(trunk)}"),
            ("qualify_frequency", str(trunk.watched_every_s)),
        ],
    )
    accepted = [str(network) for network in trunk.accept_from] or [trunk.host]
    yield name, [("type", "identify"), ("endpoint", name), *(("match", network) for network in accepted)]
    if trunk.password is not None:
        yield (
            name,
            [
                ("type", "auth"),
                ("auth_type", "digest"),
                ("username", trunk.user or ""),
                ("password", trunk.password.get_secret_value()),
            ],
        )
    if trunk.registers:
        yield name, _registration(trunk, name)


def _endpoint(trunk: Trunk, name: str, settings: TelephonySettings) -> list[tuple[str, str]]:
    options = [
        ("type", "endpoint"),
        ("context", "from-trunk"),
        # Not the caller's own words, which may be lines of the manager's events: [arrived] reads them.
        ("callerid", NOBODY),
        # By address alone: a From header with this name opens nothing.
        ("identify_by", "ip"),
        ("aors", name),
        ("disallow", "all"),
        ("allow", ",".join(trunk.codecs)),
        ("dtmf_mode", trunk.dtmf),
        ("direct_media", "no"),
        *secrecy_of(trunk),
        ("allow_transfer", "no"),
        ("rtp_timeout", str(settings.trunk_rtp_timeout_s)),
        ("rtp_timeout_hold", str(settings.rtp_timeout_hold_s)),
        ("set_var", f"HL_TRUNK={trunk.name}"),
        ("set_var", f"HL_TRUNK_LIMIT={trunk.channels}"),
        ("set_var", f"HL_TRUNK_ASSERTS={int(trunk.asserts_identity)}"),
    ]
    if trunk.password is not None:
        options.append(("outbound_auth", name))
    return options


def _registration(trunk: Trunk, name: str) -> list[tuple[str, str]]:
    return [
        ("type", "registration"),
        ("transport", trunk.transport),
        ("outbound_auth", name),
        ("server_uri", f"sip:{place_of(trunk)}"),
        ("client_uri", f"sip:{trunk.user}@{trunk.host}:{trunk.port}"),
        ("contact_user", trunk.user or ""),
        ("retry_interval", "30"),
        ("forbidden_retry_interval", "300"),
        ("max_retries", "4294967295"),
    ]
