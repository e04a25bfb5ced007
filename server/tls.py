"""HTTPS without a bought certificate: our own authority, and a certificate by it for this machine's names.

Browsers give pages no microphone without HTTPS, except on localhost; so it is needed as soon as agents sit at
other machines. They trust it once the authority's certificate is installed on them.
"""

import ipaddress
import os
import socket
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from kernel.errors import InvalidInput
from kernel.written import is_address, is_host_name
from server.edge import Certificate

AUTHORITY_LIFE = timedelta(days=3650)
# Browsers refuse certificates that are valid for longer.
CERTIFICATE_LIFE = timedelta(days=397)
RENEWED_BEFORE_END = timedelta(days=30)
CLOCK_SKEW = timedelta(hours=1)


class NoHostName(InvalidInput):
    """A certificate is for host names and IP addresses."""

    code = "no_host_name"


def own_names() -> list[str]:
    """What this machine is called by browsers as far as it knows: its name, its main address, localhost."""
    host = socket.gethostname()
    names = ["localhost", "127.0.0.1", "::1", *([host] if is_host_name(host) else [])]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            # Connecting a datagram socket sends nothing; it only chooses the address that would be used.
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return names
        return [*names, probe.getsockname()[0]]


def ensure(folder: Path, names: Sequence[str], now: datetime, *, forget_others: bool = False) -> Certificate:
    """The certificate for these names; made, or made anew when a name is missing or its end is near.

    Names that it had before stay, unless they are to be forgotten.
    """
    if wrong := [name for name in names if not (is_address(name) or is_host_name(name))]:
        raise NoHostName(f"{', '.join(map(repr, wrong))}: neither a host name nor an IP address")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    certificate = Certificate(folder / "server.pem", folder / "server.key")
    wanted = [_name(name) for name in names]
    known = _names_in(certificate.chain)
    has_others = not set(known) <= set(wanted)
    if not _still_serves(certificate.chain, wanted, now) or (forget_others and has_others):
        _issue(folder, certificate, wanted if forget_others else [*wanted, *known], now)
    return certificate


def authority_path(folder: Path) -> Path:
    """The authority's certificate: what agents' machines are told to trust."""
    return folder / "authority.pem"


def _names_in(path: Path) -> list[x509.GeneralName]:
    if not path.exists():
        return []
    issued = x509.load_pem_x509_certificate(path.read_bytes())
    return list(issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value)


def _still_serves(path: Path, names: Sequence[x509.GeneralName], now: datetime) -> bool:
    if not path.exists():
        return False
    issued = x509.load_pem_x509_certificate(path.read_bytes())
    is_fresh = now < issued.not_valid_after_utc - RENEWED_BEFORE_END
    return is_fresh and set(names) <= set(_names_in(path))


def _issue(folder: Path, certificate: Certificate, names: Sequence[x509.GeneralName], now: datetime) -> None:
    authority, authority_key = _authority(folder, now)
    key = ec.generate_private_key(ec.SECP256R1())
    issued = (
        _builder("Hotline", now, CERTIFICATE_LIFE, key)
        .issuer_name(authority.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(list(dict.fromkeys(names))), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False
        )
        .sign(authority_key, hashes.SHA256())
    )
    _write_key(certificate.key, key)
    certificate.chain.write_bytes(_pem(issued) + _pem(authority))


def _authority(folder: Path, now: datetime) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    path, key_path = authority_path(folder), folder / "authority.key"
    if path.exists() and key_path.exists():
        key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        return x509.load_pem_x509_certificate(path.read_bytes()), key
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder(f"Hotline authority on {socket.gethostname()}", now, AUTHORITY_LIFE, key)
    authority = (
        builder.issuer_name(_subject(f"Hotline authority on {socket.gethostname()}"))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_signs_only(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    _write_key(key_path, key)
    path.write_bytes(_pem(authority))
    return authority, key


def _builder(
    common_name: str, now: datetime, life: timedelta, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_subject(common_name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now - CLOCK_SKEW + life)
    )


def _subject(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name[:64])])


def _signs_only() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )


def _name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode("ascii"))


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _write_key(path: Path, key: ec.EllipticCurvePrivateKey) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
