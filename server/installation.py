"""Makes the data folder fit for a start, and tells the supervisor what to run from it."""

import ipaddress
import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import structlog

from acd.break_rules import ORDINARY_BREAKS, Breaks
from acd.breaks_file import parse_breaks
from acd.model import QueueRules
from acd.queues import parse_queues
from customers.home import RegionDirectory
from customers.model import one_spelling
from customers.regions import NO_REGIONS, parse_regions
from infra.last_good import Edited, LastGood
from infra.toolchain.asterisk import AsteriskTree
from ivr.errors import BrokenSiteFile
from ivr.site import SiteFiles
from kernel.clock import Clock
from kernel.errors import HotlineError
from kernel.ids import QueueId
from outbound.rules import ORDINARY_RULES
from outbound.rules_file import CallingBook, parse_calling
from server import edge, tls
from server.places import Places, marked
from server.ports import EVERY_ADDRESS
from server.process import Part
from server.reserve import WHEN_TOLD
from server.settings import ROOT, Settings
from staff.experts import ExpertDirectory, ReadNumber, parse_experts
from staff.on_call import OnCallDirectory, parse_on_call
from telephony.asterisk.render import AsteriskPlaces, ensure_secrets, render
from telephony.trunks import NumberRules, Trunk, parse_trunks
from tickets.reading.book import Reader
from tickets.reading.reader import Learned, knows_nothing
from tickets.reading.rules import NO_RULES
from tickets.reading.rules_file import parse_reading

log = structlog.get_logger(__name__)

EntryT = TypeVar("EntryT")
QueuesFile = LastGood[Mapping[QueueId, QueueRules]]

SPARE_AFTER_S = 5.0
"""A spare server takes a second to load, in which it must not be in the way of one that starts."""
EXAMPLE_SITE = Path(__file__).parent / "example" / "site"


def is_loopback(address: str) -> bool:
    """Only this machine reaches it."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def certificate(settings: Settings, clock: Clock) -> edge.Certificate | None:
    """The given one; beyond this machine else one by our own authority; on this machine none is needed."""
    given = settings.edge
    if given.certificate is not None and given.certificate_key is not None:
        return edge.Certificate(given.certificate, given.certificate_key)
    if is_loopback(given.address):
        return None
    named = [] if given.address in EVERY_ADDRESS else [given.address]
    return tls.ensure(settings.places.tls, [*tls.own_names(), *named], clock.now())


def edge_of(settings: Settings, web: Path, served_by: edge.Certificate | None) -> edge.Edge:
    """The edge as the settings want it."""
    return edge.Edge(
        host=settings.edge.address,
        port=settings.edge.port,
        web=web,
        folder=settings.places.run / "edge",
        server_port=settings.web.port,
        sip_port=settings.telephony.http_port,
        certificate=served_by,
        extra_origins=settings.web.extra_origins,
    )


def lay_out(places: Places) -> None:
    """The folders, and on the first start the example company's files."""
    places.make()
    if places.site_unfinished.exists() or not any(places.site.iterdir()):
        with marked(places.site_unfinished):
            shutil.copytree(EXAMPLE_SITE, places.site, dirs_exist_ok=True)
        places.make()  # the copies have the modes of the example


def home_numbers(settings: Settings) -> NumberRules:
    """How numbers are written where nothing else is said."""
    return NumberRules(region=settings.customers.home_region, area_code=settings.customers.area_code)


def trunks_file(settings: Settings) -> LastGood[tuple[Trunk, ...]]:
    """The outside lines. They count from the next start on."""
    path, home = settings.places.trunks, home_numbers(settings)
    kept = settings.places.last_good / path.name
    has_tls = settings.telephony.tls_port is not None
    return LastGood(path, kept=kept, parse=lambda text: parse_trunks(text, home=home, has_tls=has_tls))


def number_rules(settings: Settings) -> Mapping[str, NumberRules]:
    """The same for each outside line, by its name."""
    trunks = trunks_file(settings).at_start()
    return {"": home_numbers(settings)} | {trunk.name: trunk.numbers for trunk in trunks}


def queues_file(settings: Settings) -> QueuesFile:
    """Where calls wait for a person."""
    path = settings.places.queues
    return LastGood(path, kept=settings.places.last_good / path.name, parse=parse_queues)


def breaks_file(settings: Settings) -> LastGood[Breaks]:
    """Which breaks agents may take."""
    path = settings.places.breaks
    return LastGood(path, kept=settings.places.last_good / path.name, parse=parse_breaks)


def breaks_at_start(settings: Settings, file: LastGood[Breaks]) -> Breaks:
    """What the file says; a site of before it has none, and nobody's calls wait for one that is broken."""
    if not settings.places.breaks.exists():
        return ORDINARY_BREAKS
    try:
        return file.at_start()
    except HotlineError as error:
        log.error("the breaks are broken; the ordinary ones count", reason=str(error))  # noqa: TRY400 - its words say all
        return ORDINARY_BREAKS


def expert_directory(settings: Settings) -> ExpertDirectory:
    """Who knows what agents ask; a site of before it has nobody, and no call waits for a broken file."""
    read = number_reader(settings)
    return _edited(settings, settings.places.experts, lambda text: parse_experts(text, read))


def on_call_lists(settings: Settings) -> OnCallDirectory:
    """Who is rung at which time; a site of before it has no list, and no call waits for a broken file."""
    return _edited(settings, settings.places.on_call, parse_on_call)


def _edited(
    settings: Settings, path: Path, parse: Callable[[str], Mapping[str, EntryT]]
) -> Edited[Mapping[str, EntryT]]:
    file = LastGood(path, kept=settings.places.last_good / path.name, parse=parse)
    try:
        said = file.at_start() if path.exists() else {}
    except HotlineError as error:
        log.error("a site file is broken; nothing of it counts", reason=str(error))  # noqa: TRY400 - its words say all
        said = {}
    return Edited(said, file.changed)


def calling_book(settings: Settings) -> CallingBook:
    """Whom agents may call; without the file, or with a broken one, the ordinary rules of the country."""
    path, home = settings.places.calling, settings.customers.home_region
    kept = settings.places.last_good / path.name
    file = LastGood(path, kept=kept, parse=lambda text: parse_calling(text, home=home))
    ordinary = replace(ORDINARY_RULES, home=home)
    try:
        rules = file.at_start() if path.exists() else ordinary
    except HotlineError as error:
        log.error("the rules of calling are broken; the ordinary ones count", reason=str(error))  # noqa: TRY400 - its words say all
        rules = ordinary
    return CallingBook(rules, file.changed)


def ticket_reader(settings: Settings, classify: Callable[[str], Learned | None] = knows_nothing) -> Reader:
    """By which words texts are read; without the file there are none, and with a broken one neither."""
    path = settings.places.reading
    file = LastGood(path, kept=settings.places.last_good / path.name, parse=parse_reading)
    try:
        rules = file.at_start() if path.exists() else NO_RULES
    except HotlineError as error:
        log.error("the rules of reading are broken; there are none", reason=str(error))  # noqa: TRY400 - its words say all
        rules = NO_RULES
    return Reader(
        rules,
        file.changed,
        timezone=settings.tickets.timezone,
        region=settings.customers.home_region,
        classify=classify,
    )


def region_directory(settings: Settings) -> RegionDirectory:
    """Which places belong to which branch; without the file there are none, and with a broken one neither."""
    path = settings.places.regions
    file = LastGood(path, kept=settings.places.last_good / path.name, parse=parse_regions)
    try:
        regions = file.at_start() if path.exists() else NO_REGIONS
    except HotlineError as error:
        log.error("the regions are broken; there are none", reason=str(error))  # noqa: TRY400 - its words say all
        regions = NO_REGIONS
    return RegionDirectory(regions, file.changed)


def number_reader(settings: Settings) -> ReadNumber:
    """Numbers as the site writes them, in their one spelling."""
    home = settings.customers
    return lambda text: one_spelling(text, region=home.home_region, area_code=home.area_code)


def site_files(settings: Settings) -> SiteFiles:
    """Numbers, calendars and flows."""
    return SiteFiles(settings.places.site, settings.ivr, kept=settings.places.last_good)


def refuse_unusable_site(settings: Settings) -> str:
    """Raises when broken site files, never right before, leave nobody served; else says what is amiss."""
    queues_file(settings).at_start()
    files = site_files(settings)
    files.refresh()
    # Where other numbers are served, a start for them is better than none.
    if files.fault and not files.serves_somebody:
        raise BrokenSiteFile(files.fault)
    return files.fault


def sip_certificate(settings: Settings, clock: Clock) -> edge.Certificate | None:
    """The one given for phones, else the edge's, also where browsers need none; None without a port."""
    given = settings.telephony
    if given.tls_port is None:
        return None
    if given.tls_certificate is not None and given.tls_certificate_key is not None:
        return edge.Certificate(given.tls_certificate, given.tls_certificate_key)
    own = certificate(settings, clock)
    named = [] if given.sip_address in EVERY_ADDRESS else [given.sip_address]
    return own or tls.ensure(settings.places.tls, [*tls.own_names(), *named], clock.now())


def asterisk_part(settings: Settings, tree: AsteriskTree, clock: Clock) -> Part:
    """Asterisk with its configuration written anew."""
    places, served_by = settings.places, sip_certificate(settings, clock)
    configuration = render(
        AsteriskPlaces(
            instance=places.asterisk,
            tree=tree,
            recordings=places.recordings,
            voicemail=places.voicemail_spool,
            fallback_prompts=places.fallback_prompts,
            python=Path(sys.executable),
            certificate=served_by.chain if served_by else None,
            certificate_key=served_by.key if served_by else None,
        ),
        settings.telephony,
        ensure_secrets(places.asterisk_secrets),
        trunks_file(settings).at_start(),
    )
    return Part(
        name="asterisk",
        # In front (-f), and before all other programs where the system lets it (-p): sound waits for nobody.
        command=tree.asterisk("-f", "-p", "-C", str(configuration)),
        outlives_supervisor=True,
        reload_command=tree.asterisk("-C", str(configuration), "-rx", "core reload"),
        own_logs=(places.asterisk / "log" / "messages",),  # named in logger.conf
    )


def edge_part(tree: AsteriskTree, served: edge.Edge) -> Part:
    """The edge with its configuration written anew."""
    return Part(
        name="edge",
        command=edge.command(tree, served),
        outlives_supervisor=True,
        reload_command=edge.reload_command(tree, served),
    )


def server_part(settings: Settings) -> Part:
    """The server; watched by its heartbeat."""
    return Part(
        name="server",
        command=(sys.executable, "-m", "server.main", WHEN_TOLD),
        environment={"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1"},
        silent_max_s=settings.supervisor.silent_max_s,
        first_beat_max_s=settings.supervisor.first_beat_max_s,
        spare_first_beat_max_s=settings.supervisor.spare_first_beat_max_s,
        spare_after_s=SPARE_AFTER_S,
    )
