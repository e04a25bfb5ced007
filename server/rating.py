"""Ratings and surveys with all that they need of other parts."""

from agent_ui.board import Board, only
from agent_ui.views import CallRatedView
from infra.web import Route
from kernel.ids import StaffId
from server.errands import KnownNumbers, build_messaging
from server.joining import MessageTranscriber, TicketPeople
from server.parts import Foundation, Records, Shelf, Talk
from server.rated_calls import RatedTalks, RatingAtLine, RatingShelf, RatingsOfCalls
from server.surveys import CustomerAddresses, SurveyLetters
from tickets.events import CallRated, SurveyAnswered, TicketChanged
from tickets.rating_http import rating_routes
from tickets.rating_store import TRANSCRIBE_COMMENT, RatingStore
from tickets.ratings import Ratings, SurveyMarks
from tickets.service import Tickets
from tickets.surveys.service import Surveys
from tickets.surveys.store import WAKE, SurveyStore


def build_ratings(foundation: Foundation, talk: Talk, shelf: Shelf) -> RatingShelf:
    """Ratings, which `follow` the calls from then on; `start` is to be called."""
    settings, clock = foundation.settings, foundation.clock
    store = RatingStore(foundation.database, shelf.outbox, shelf.jobs)
    ratings = Ratings(
        store=store,
        clock=clock,
        settings=settings.tickets,
        recordings=settings.places.recordings,
        transcriber=MessageTranscriber(recogniser=foundation.recogniser),
    )
    shelf.jobs.handle(TRANSCRIBE_COMMENT, ratings.transcribe)
    talks = RatedTalks(book=talk.book, find=talk.ledger.find, routing=talk.routing, clock=clock)
    marks = SurveyMarks(store=store, talks=talks, ratings=ratings, clock=clock, settings=settings.tickets)
    built = RatingShelf(ratings=ratings, marks=marks, of_calls=RatingsOfCalls(ratings=ratings))
    built.follow(foundation.bus)
    return built


def rating_at_line(shelf: RatingShelf, talk: Talk) -> RatingAtLine:
    """Ratings as callers' lines need them."""
    return RatingAtLine(ratings=shelf.ratings, routing=talk.routing, find=talk.ledger.find)


def routes_of_ratings(records: Records, board: Board) -> list[Route]:
    """What people see of ratings; each agent's page shows the latest of a call of theirs."""

    async def show(event: CallRated) -> None:
        shown = CallRatedView(call_id=event.call, score=event.score, at=event.at)
        board.put("rated", shown.model_dump(mode="json"), only(StaffId(event.agent)))

    records.outbox.subscribe(CallRated, show, name="desk")
    people = TicketPeople(
        customer_records=records.customers, directory=records.directory, accounts=records.staff.accounts
    )
    return rating_routes(records.ratings.ratings, people, records.calls)


def build_surveys(
    foundation: Foundation, talk: Talk, shelf: Shelf, tickets: Tickets, people: TicketPeople
) -> Surveys:
    """Surveys, which follow tickets from then on; `start` is to be called."""
    known = KnownNumbers(customers=people.customer_records, talk=talk)
    surveys = Surveys(
        tickets=tickets,
        store=SurveyStore(foundation.database, shelf.outbox, shelf.jobs),
        addresses=CustomerAddresses(known=known, gate=talk.gate),
        letters=SurveyLetters(messaging=build_messaging(foundation)),
        supervisors=people.directory,
    )
    shelf.jobs.handle(WAKE, surveys.on_wake)
    shelf.outbox.subscribe(TicketChanged, surveys.on_change, name="surveys")
    shelf.outbox.subscribe(SurveyAnswered, surveys.on_answered, name="second handling")
    return surveys
