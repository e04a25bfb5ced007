"""The data folder before a start."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from acd.break_rules import ORDINARY_BREAKS
from ivr.errors import BrokenSiteFile
from kernel.errors import HotlineError
from server.edge import Certificate, Edge
from server.installation import (
    EXAMPLE_SITE,
    breaks_at_start,
    breaks_file,
    certificate,
    expert_directory,
    is_loopback,
    lay_out,
    refuse_unusable_site,
    sip_certificate,
    ticket_reader,
)
from server.places import Places
from server.running import welcome_text
from server.settings import EdgeSettings, Settings
from telephony.settings import TelephonySettings
from tickets.reading.book import Reader


class Noon:
    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, tzinfo=UTC)

    def monotonic(self) -> float:
        return 0.0


def test_the_example_company_comes_once_and_never_over_what_was_edited(tmp_path: Path) -> None:
    places = Places(tmp_path)
    lay_out(places)
    numbers = places.site / "numbers.yaml"
    assert "400" in numbers.read_text(encoding="utf-8")
    numbers.write_text("numbers: {}", encoding="utf-8")
    (places.site / "trunks.yaml").unlink()
    lay_out(places)
    assert numbers.read_text(encoding="utf-8") == "numbers: {}"
    assert not (places.site / "trunks.yaml").exists()


def test_a_copy_of_the_example_that_was_killed_is_completed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def copy_one_and_die(source: Path, target: Path, **_: object) -> None:
        shutil.copyfile(source / "queues.yaml", target / "queues.yaml")
        raise KeyboardInterrupt

    places = Places(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr("server.installation.shutil.copytree", copy_one_and_die)
        with pytest.raises(KeyboardInterrupt):
            lay_out(places)
    lay_out(places)
    copied = {path.relative_to(places.site) for path in places.site.rglob("*")}
    assert copied == {path.relative_to(EXAMPLE_SITE) for path in EXAMPLE_SITE.rglob("*")}
    (places.site / "queues.yaml").unlink()
    lay_out(places)
    assert not (places.site / "queues.yaml").exists()


@pytest.mark.parametrize("broken", ["numbers.yaml", "queues.yaml"])
def test_a_first_start_with_a_broken_site_file_is_refused_with_file_and_line(
    tmp_path: Path, broken: str
) -> None:
    settings = Settings(data_dir=tmp_path)
    lay_out(settings.places)
    (settings.places.site / broken).write_text("start: [", encoding="utf-8")
    with pytest.raises(HotlineError, match=rf"{broken}.*1"):
        refuse_unusable_site(settings)


def test_a_broken_flow_that_was_never_right_is_named_and_other_numbers_are_served(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    lay_out(settings.places)
    assert not refuse_unusable_site(settings)
    shutil.rmtree(settings.places.last_good)
    (settings.places.site / "flows" / "main.yaml").write_text("start: [", encoding="utf-8")
    assert "main.yaml: line 1: " in refuse_unusable_site(settings)
    (settings.places.site / "flows" / "workshop.yaml").write_text("start: [", encoding="utf-8")
    shutil.rmtree(settings.places.last_good)
    with pytest.raises(BrokenSiteFile, match=r"main\.yaml"):
        refuse_unusable_site(settings)


def test_breaks_are_the_sites_own_or_the_ordinary_ones(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    lay_out(settings.places)
    assert breaks_at_start(settings, breaks_file(settings))["meal"].limit_s == 45 * 60

    settings.places.breaks.write_text("breaks: [", encoding="utf-8")
    assert breaks_at_start(settings, breaks_file(settings))["meal"].limit_s == 45 * 60
    shutil.rmtree(settings.places.last_good)
    assert breaks_at_start(settings, breaks_file(settings)) == ORDINARY_BREAKS
    settings.places.breaks.unlink()
    assert breaks_at_start(settings, breaks_file(settings)) == ORDINARY_BREAKS


async def test_experts_follow_their_file_and_a_site_without_one_has_none(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    lay_out(settings.places)
    text = settings.places.experts.read_text(encoding="utf-8")
    assert "zhao" in await expert_directory(settings).all()

    settings.places.experts.unlink()
    directory = expert_directory(settings)
    assert await directory.all() == {}
    settings.places.experts.write_text(text, encoding="utf-8")
    assert "zhao" in await directory.all()

    shutil.rmtree(settings.places.last_good)
    settings.places.experts.write_text("experts: [", encoding="utf-8")
    assert await directory.all() != {}
    assert await expert_directory(settings).all() == {}


async def test_rules_of_reading_follow_their_file_and_a_mistake_leaves_those_before(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    lay_out(settings.places)
    rules = settings.places.reading
    text = rules.read_text(encoding="utf-8")

    async def products(reader: Reader) -> list[str]:
        found = await reader.read("洗衣机，昨天买的", Noon().now())
        return [one.value for one in found if one.field == "product"]

    reader = ticket_reader(settings)
    assert await products(reader) == ["washing_machine"]
    rules.write_text("reading: [", encoding="utf-8")
    assert await products(reader) == ["washing_machine"]
    assert await products(ticket_reader(settings)) == ["washing_machine"]
    rules.write_text(text.replace("washing_machine:", "washer:"), encoding="utf-8")
    assert await products(reader) == ["washer"]

    shutil.rmtree(settings.places.last_good)
    rules.write_text("reading: [", encoding="utf-8")
    assert await products(ticket_reader(settings)) == []
    rules.unlink()
    assert await products(ticket_reader(settings)) == []


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost"])
def test_on_this_machine_alone_no_https_is_needed(tmp_path: Path, address: str) -> None:
    assert is_loopback(address)
    assert certificate(Settings(data_dir=tmp_path, edge=EdgeSettings(address=address)), Noon()) is None


def test_beyond_this_machine_our_own_authority_makes_a_certificate(tmp_path: Path) -> None:
    made = certificate(Settings(data_dir=tmp_path, edge=EdgeSettings(address="0.0.0.0")), Noon())
    assert made is not None
    assert made.chain.exists()


def test_a_given_certificate_is_used_even_on_this_machine(tmp_path: Path) -> None:
    given = EdgeSettings(certificate=tmp_path / "a.pem", certificate_key=tmp_path / "a.key")
    found = certificate(Settings(data_dir=tmp_path, edge=given), Noon())
    assert found == Certificate(tmp_path / "a.pem", tmp_path / "a.key")


def test_encrypted_phones_are_served_by_what_is_given_or_made_for_them_and_only_where_wanted(
    tmp_path: Path,
) -> None:
    own = (tmp_path / "sip.pem", tmp_path / "sip.key")
    given = TelephonySettings(tls_port=5061, tls_certificate=own[0], tls_certificate_key=own[1])
    assert sip_certificate(Settings(data_dir=tmp_path), Noon()) is None
    assert not (tmp_path / "tls").exists()
    assert sip_certificate(Settings(data_dir=tmp_path, telephony=given), Noon()) == Certificate(*own)
    wanted = Settings(data_dir=tmp_path, telephony=TelephonySettings(tls_port=5061))
    made = sip_certificate(wanted, Noon())
    assert made == Certificate(tmp_path / "tls" / "server.pem", tmp_path / "tls" / "server.key")
    assert made.chain.exists(), "also where browsers need none"


def test_the_welcome_says_where_who_and_what_next(tmp_path: Path) -> None:
    places = Places(tmp_path)
    places.make()
    places.first_sign_ins.write_text('{"anna": "geheim"}', encoding="utf-8")
    served = Edge("127.0.0.1", 8080, tmp_path, tmp_path, 8000, 8088)
    text = welcome_text(served, places)
    assert "http://localhost:8080/" in text
    assert "anna" in text
    assert "./hotline call --to" in text
