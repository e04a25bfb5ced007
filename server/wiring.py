"""The composition root: every object, built by a plain constructor, from the inside out."""

from collections.abc import Collection

from prometheus_client import CollectorRegistry

from acd.events import HelpChanged, WatchChanged
from acd.http import AcdApi
from acd.service import Routing
from acd.serving import Serving
from acd.serving_http import serving_routes
from acd.store import AcdStore
from agent_ui.app import WebParts
from agent_ui.board import Board
from agent_ui.callbacks import callback_routes
from agent_ui.calls import Calls, call_routes
from agent_ui.desk_phone_http import desk_phone_routes
from agent_ui.helping import Helping, help_routes
from agent_ui.http import phone_routes
from agent_ui.live_transcripts import LiveTranscriptBoard
from agent_ui.missed import missed_routes
from agent_ui.own_calls import OwnCalls
from agent_ui.phone import PhoneDesk
from agent_ui.phone_review import PhoneReview
from agent_ui.probes import Probes
from agent_ui.projections import Projections
from agent_ui.queued import Queued, queued_routes
from agent_ui.realtime import Realtime
from agent_ui.remembered import RememberedSessions
from agent_ui.serving import Gate
from agent_ui.sessions import session_routes
from agent_ui.store import PhoneStore
from agent_ui.supervising import Supervising, supervising_routes
from agent_ui.wall import Wall
from customers.events import CustomerChanged
from customers.service import Customers, Histories
from customers.store import CustomerStore
from infra.jobs import Jobs
from infra.outbox import Outbox
from infra.own_threads import OwnThreads
from infra.web import Route
from ivr.current_site import CurrentSite
from ivr.messages import Messages
from ivr.neighbours import Neighbours
from ivr.service import LineService
from ivr.wiring import IvrFolders, build_hanging_up, build_line_service, flow_store
from messaging.http import message_routes
from outbound.service import CallingDesk
from server import ticket_desk
from server.calling import calling_desk, calling_gate, missed_callers, routes_of_calling
from server.calling_back import PromisedCalls, callback_desk, callback_line, callback_neighbours
from server.desk_phones import desk_phones_of
from server.disk import MB, Disk
from server.errands import build_errands, build_messaging
from server.flows import flow_parts
from server.installation import (
    number_rules,
    queues_file,
    site_files,
    trunks_file,
)
from server.joining import (
    Directory,
    KnownCallers,
    LedgerHistory,
    LineQueueing,
    PopLookup,
    TicketHistory,
    TicketPeople,
)
from server.left_messages import left_messages
from server.metrics import FloorCollector, Metrics
from server.notices import notices
from server.outside import experts_for_flows, own_phone_reader, routes_of_sending
from server.parts import Desk, Foundation, Hotline, Records, RunningSwitch, Shelf, Talk
from server.rating import build_ratings, build_surveys, rating_at_line, routes_of_ratings
from server.readiness import KeptCheck, PartsOfWork, readiness_checks
from server.recordings import call_recordings, recording_pauses, routes_of_recordings
from server.screening import caller_homes, caller_lists, caller_screening, routes_of_callers
from server.settings import VERSION, Settings
from server.site_recordings import routes_of_menus
from server.ticket_deadlines import build_deadlines, routes_of_deadlines
from server.transcripts import call_transcripts, routes_of_transcripts
from speech.ears import RecognisingEars
from staff.wiring import build_staff
from telephony.asterisk.call_records import CallRecords
from telephony.asterisk.render import ensure_secrets
from telephony.asterisk.switch import AsteriskSwitch
from telephony.hung_up import JOB_KIND, handler_of
from telephony.ledger import Ledger
from telephony.spool_folder import SpoolFolder
from telephony.store import CallStore
from tickets.events import TicketChanged
from tickets.store import TicketStore


def build(foundation: Foundation, switch: RunningSwitch) -> Hotline:
    """The whole server around a switch."""
    registry = CollectorRegistry()
    metrics = Metrics(registry, foundation.clock)
    shelf = _shelf(foundation)
    talk = _talk(foundation, switch, shelf)
    records = _records(foundation, talk, shelf)
    registry.register(
        FloorCollector(talk.routing.overview, switch=talk.switch, events_lost=lambda: foundation.bus.lost)
    )
    return Hotline(
        foundation=foundation,
        talk=talk,
        records=records,
        lines=_lines(foundation, talk, records, shelf),
        desk=_desk(foundation, talk, records, registry),
        metrics=metrics,
    )


def _shelf(foundation: Foundation) -> Shelf:
    settings, database = foundation.settings, foundation.database
    jobs = Jobs(database, foundation.clock)
    outbox = Outbox(jobs)
    limits = settings.telephony
    return Shelf(
        spool=SpoolFolder(settings.places.voicemail_spool, min_s=limits.message_min_s),
        spool_threads=OwnThreads("spool", threads=limits.spool_threads, work_max_s=limits.spool_answer_max_s),
        jobs=jobs,
        outbox=outbox,
        tickets=TicketStore(database, outbox, jobs),
    )


def _talk(foundation: Foundation, switch: RunningSwitch, shelf: Shelf) -> Talk:
    settings, clock, bus = foundation.settings, foundation.clock, foundation.bus
    book = CallStore(foundation.database, shelf.jobs)
    site = CurrentSite(site_files(settings), answer_max_s=settings.ivr.site_answer_max_s)
    ledger = Ledger(
        book,
        bus,
        clock,
        records=_call_records(settings),
        messages=left_messages(shelf, foundation.database),
    )
    journal = AcdStore(foundation.database, settings.acd)

    def shown_by_queues() -> Collection[str]:
        return routing.calling.shown_by_queues()  # routing asks at the gate, and so is made after it

    gate = calling_gate(settings, foundation.database, site, shown_by_queues)
    routing = Routing(
        switch=switch,
        bus=bus,
        clock=clock,
        journal=journal,
        settings=settings.acd,
        callbacks=callback_neighbours(foundation.database, PromisedCalls(ledger=ledger, book=book), gate),
    )
    return Talk(
        switch=switch,
        ledger=ledger,
        book=book,
        routing=routing,
        queues=queues_file(settings),
        site=site,
        gate=gate,
        journal=journal,
        pauses=recording_pauses(foundation, switch, ledger),
    )


def _call_records(settings: Settings) -> CallRecords:
    bytes_max = settings.telephony.call_records_max_mb * MB
    return CallRecords(settings.places.call_records, number_rules(settings), bytes_max=bytes_max)


def asterisk_switch(foundation: Foundation) -> RunningSwitch:
    """The switch on the Asterisk that the supervisor runs beside this process."""
    settings = foundation.settings
    return AsteriskSwitch(
        settings.telephony,
        ensure_secrets(settings.places.asterisk_secrets),
        bus=foundation.bus,
        clock=foundation.clock,
        number_rules=number_rules(settings),
        lines=trunks_file(settings).at_start(),
    )


def _records(foundation: Foundation, talk: Talk, shelf: Shelf) -> Records:
    settings, clock, database = foundation.settings, foundation.clock, foundation.database
    staff = build_staff(database, clock, settings.staff)
    customers = Customers(
        store=CustomerStore(database, shelf.outbox), clock=clock, settings=settings.customers
    )
    directory = Directory(staff.accounts, talk.routing, clock, customers)
    ratings = build_ratings(foundation, talk, shelf)
    calls = Calls(
        book=talk.book,
        running=talk.ledger.find,
        routing=talk.routing,
        names=directory,
        trail=staff.accounts,
        recordings=call_recordings(settings),
        ratings=ratings.of_calls,
        agents_hear_own=settings.web.agents_hear_own_calls,
    )
    people = TicketPeople(customer_records=customers, directory=directory, accounts=staff.accounts)
    tickets, learned = ticket_desk.build_tickets(settings, clock, shelf=shelf, people=people, calls=calls)
    return Records(
        staff=staff,
        customers=customers,
        lists=caller_lists(foundation, talk, customers, people),
        histories=Histories(
            customers=customers,
            calls=LedgerHistory(calls=calls),
            tickets=TicketHistory(store=shelf.tickets, directory=directory),
        ),
        directory=directory,
        calls=calls,
        tickets=tickets,
        workflows=(steps := ticket_desk.build_workflows(foundation, shelf, tickets, people)),
        deadlines=build_deadlines(foundation, talk, shelf, steps, people),
        conversation=ticket_desk.build_thread(foundation, shelf, tickets),
        attachments=ticket_desk.build_files(foundation, shelf, tickets),
        learned=learned,
        inbox=ticket_desk.build_inbox(foundation, shelf, tickets),
        messaging=build_messaging(foundation),
        jobs=shelf.jobs,
        outbox=shelf.outbox,
        homes=caller_homes(settings),
        missed=missed_callers(foundation, talk, directory, staff.accounts),
        ratings=ratings,
        surveys=build_surveys(foundation, talk, shelf, tickets, people),
        flows=flow_parts(settings, database, talk.site, staff.accounts, clock),
        speech_models=KeptCheck(foundation.recogniser.check),
        transcripts=call_transcripts(foundation, talk, calls.recordings),
    )


def _lines(foundation: Foundation, talk: Talk, records: Records, shelf: Shelf) -> LineService:
    settings = foundation.settings
    neighbours = Neighbours(
        screening=caller_screening(foundation, talk, records, shelf),
        customers=KnownCallers(
            customers=records.customers,
            tickets=TicketHistory(store=shelf.tickets, directory=records.directory),
            book=talk.book,
            recent=talk.ledger.recent_from,
            homes=records.homes,
        ),
        queueing=LineQueueing(routing=talk.routing),
        outside=experts_for_flows(settings, talk, foundation.clock),
        callbacks=callback_line(settings, talk.routing, talk.site, foundation.clock),
        ledger=talk.ledger,
        messages=Messages(
            spool=shelf.spool,
            threads=shelf.spool_threads,
            ledger=talk.ledger,
            inbox=records.inbox,
            clock=foundation.clock,
        ),
        ratings=rating_at_line(records.ratings, talk),
        ears=RecognisingEars(foundation.recogniser, settings.speech.listening),
        archive=flow_store(foundation.database, settings.ivr),
        errands=build_errands(foundation, talk, records),
        bus=foundation.bus,
        clock=foundation.clock,
    )
    hanging_up = build_hanging_up(talk.site, neighbours, settings.ivr)
    records.jobs.handle(JOB_KIND, handler_of(hanging_up.run))
    folders = IvrFolders(cache=settings.places.cache, fallback_prompts=settings.places.fallback_prompts)
    return build_line_service(talk.site, folders, foundation.synthesiser, neighbours, settings.ivr)


def _desk(foundation: Foundation, talk: Talk, records: Records, registry: CollectorRegistry) -> Desk:
    settings = foundation.settings.web
    board = Board(backlog_keys_max=settings.backlog_keys_max)
    sessions = RememberedSessions(records.staff.sessions, foundation.clock, settings)
    gate = Gate(sessions, settings)
    desk_phones = desk_phones_of(foundation, talk, records, board)
    phones = PhoneDesk(
        switch=talk.switch,
        presence=talk.routing,
        book=PhoneStore(foundation.database),
        desk_phones=desk_phones,
        board=board,
        tasks=foundation.tasks,
        clock=foundation.clock,
        settings=settings,
        callable_number=own_phone_reader(foundation.settings, talk.gate),
        ice_servers=foundation.settings.telephony.ice_servers,
    )
    projections = _projections(foundation, talk, records, board)
    web = WebParts(
        settings=settings,
        gate=gate,
        routes=[
            *session_routes(sessions, phones, records.staff.accounts),
            *phone_routes(phones),
            *desk_phone_routes(desk_phones, phones),
            *AcdApi(talk.routing).routes(),
            *_routes_of_calls(foundation, talk, records, calling_desk(foundation, talk, records)),
            *_supervising(foundation, talk, records, board),
            *routes_of_callers(records),
            *ticket_desk.routes_of_tickets(records),
            *routes_of_deadlines(foundation, records, board),
            *routes_of_ratings(records, board),
            *routes_of_recordings(foundation, talk, records, board),
            *routes_of_menus(foundation, talk, records, board),
            *records.staff.routes,
        ],
        realtime=Realtime(gate=gate, board=board, watch=phones, settings=settings),
        probes=Probes(
            checks=readiness_checks(_parts_of_work(foundation, talk, records)),
            notices=notices(foundation.settings, talk.site, talk.routing.overview, foundation.synthesiser),
            registry=registry,
        ),
        version=VERSION,
    )
    review = PhoneReview(phones, records.directory, talk.routing, talk.routing.supervision, settings)
    return Desk(phones=phones, desk_phones=desk_phones, phone_review=review, projections=projections, web=web)


def _routes_of_calls(
    foundation: Foundation, talk: Talk, records: Records, calling: CallingDesk
) -> list[Route]:
    """What people see of calls, and do with them."""
    queued = Queued(routing=talk.routing, names=records.directory, trail=records.staff.accounts)
    return [
        *call_routes(records.calls),
        *message_routes(records.messaging),
        *routes_of_transcripts(records),
        *queued_routes(queued),
        *missed_routes(records.missed),
        *callback_routes(callback_desk(talk.routing, records.directory, records.staff.accounts)),
        *routes_of_calling(calling),
        *routes_of_sending(foundation, talk, records, calling),
    ]


def _supervising(foundation: Foundation, talk: Talk, records: Records, board: Board) -> list[Route]:
    supervising = Supervising(routing=talk.routing.supervision, board=board, trail=records.staff.accounts)
    helping = Helping(routing=talk.routing.supervision, trail=records.staff.accounts)
    foundation.bus.subscribe(HelpChanged, helping.note)
    foundation.bus.subscribe(WatchChanged, supervising.show)
    foundation.bus.subscribe(WatchChanged, supervising.note_end)
    serving = serving_routes(_serving(talk, records))
    return [*supervising_routes(supervising), *help_routes(helping), *serving]


def _serving(talk: Talk, records: Records) -> Serving:
    return Serving(
        journal=talk.journal,
        take_up=talk.routing.following.take_up,
        rules_of=talk.routing.rules_of,
        regions=records.homes.regions.keys,
        people=records.staff.accounts,
    )


def _projections(foundation: Foundation, talk: Talk, records: Records, board: Board) -> Projections:
    OwnCalls(board).start(foundation.bus)
    settings = foundation.settings.web
    callers = PopLookup(
        customers=records.customers,
        lists=records.lists,
        histories=records.histories,
        calls=records.calls,
        last_calls_shown=settings.last_calls_shown,
        open_tickets_shown=settings.open_tickets_shown,
    )
    projections = Projections(
        board=board,
        wall=Wall(
            board=board,
            routing=talk.routing,
            staff=records.directory,
            voices=foundation.synthesiser,
            settings=settings,
        ),
        callers=callers,
        tasks=foundation.tasks,
        settings=settings,
    )
    LiveTranscriptBoard(board).start(foundation.bus)
    records.outbox.subscribe(CustomerChanged, projections.on_change, name="desk")
    records.outbox.subscribe(TicketChanged, projections.on_change, name="desk")
    return projections


def _parts_of_work(foundation: Foundation, talk: Talk, records: Records) -> PartsOfWork:
    settings = foundation.settings
    written = (settings.places.data, settings.places.recordings, settings.places.voicemail_spool)
    return PartsOfWork(
        switch=talk.switch,
        database=foundation.database,
        speech=foundation.synthesiser,
        recogniser=records.speech_models,
        jobs=records.jobs,
        disk=Disk(written, free_min_mb=settings.disk.free_min_mb),
        site=talk.site,
    )
