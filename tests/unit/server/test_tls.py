"""Certificates by the own authority."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from kernel.errors import InvalidInput
from server import tls

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NAMES = ["desk.example", "热线.example", "192.0.2.7"]


def test_a_certificate_is_kept_while_it_serves(tmp_path: Path) -> None:
    first = tls.ensure(tmp_path, NAMES, NOW).chain.read_bytes()
    assert tls.ensure(tmp_path, NAMES[:1], NOW + timedelta(days=300)).chain.read_bytes() == first


def test_a_new_name_or_a_near_end_makes_a_new_one_by_the_same_authority(tmp_path: Path) -> None:
    tls.ensure(tmp_path, NAMES, NOW)
    authority = tls.authority_path(tmp_path).read_bytes()
    later = NOW + timedelta(days=380)
    renewed = x509.load_pem_x509_certificate(
        tls.ensure(tmp_path, [*NAMES, "other.example"], later).chain.read_bytes()
    )
    assert renewed.not_valid_after_utc > NOW + timedelta(days=700)
    assert tls.authority_path(tmp_path).read_bytes() == authority
    renewed.verify_directly_issued_by(x509.load_pem_x509_certificate(authority))


def test_names_asked_for_once_stay_when_it_is_renewed(tmp_path: Path) -> None:
    tls.ensure(tmp_path, ["desk.example"], NOW)
    renewed = tls.ensure(tmp_path, ["localhost"], NOW).chain.read_bytes()
    assert tls.ensure(tmp_path, ["desk.example", "localhost"], NOW).chain.read_bytes() == renewed


@pytest.mark.parametrize("name", ["evil name", "a,b=c;$(id)", "999.1.1.1", "", "*", "-a.example", "a..b"])
def test_what_is_no_host_name_is_refused_and_changes_nothing(tmp_path: Path, name: str) -> None:
    before = tls.ensure(tmp_path, NAMES, NOW).chain.read_bytes()
    with pytest.raises(InvalidInput, match="neither a host name nor an IP address"):
        tls.ensure(tmp_path, ["desk.example", name], NOW)
    assert tls.ensure(tmp_path, NAMES, NOW).chain.read_bytes() == before


def test_names_of_before_can_be_forgotten(tmp_path: Path) -> None:
    tls.ensure(tmp_path, NAMES, NOW)
    issued = x509.load_pem_x509_certificate(
        tls.ensure(tmp_path, ["desk.example"], NOW, forget_others=True).chain.read_bytes()
    )
    names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [name.value for name in names] == ["desk.example"]


def test_names_and_addresses_are_told_apart(tmp_path: Path) -> None:
    issued = x509.load_pem_x509_certificate(tls.ensure(tmp_path, NAMES, NOW).chain.read_bytes())
    names = issued.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["desk.example", "xn--lrxu80a.example"]
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.7"]


def test_keys_are_for_their_owner_only(tmp_path: Path) -> None:
    tls.ensure(tmp_path, NAMES, NOW)
    for name in ("authority.key", "server.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
