"""Tickets with all that they need of other parts."""

from agent_ui.calls import Calls
from kernel.clock import Clock
from server.installation import ticket_reader
from server.joining import TicketPeople
from server.parts import Shelf
from server.settings import Settings
from tickets.learned import LearnedTypes
from tickets.service import Neighbours, Tickets


def build_tickets(
    settings: Settings, clock: Clock, *, shelf: Shelf, people: TicketPeople, calls: Calls
) -> tuple[Tickets, LearnedTypes]:
    """The tickets of the site, and what they teach, whose `keep_learning` is to run in the background."""
    learned = LearnedTypes(shelf.tickets, clock, settings.tickets, settings.places.learned_types)
    tickets = Tickets(
        store=shelf.tickets,
        near=Neighbours(customers=people, staff=people, calls=calls),
        clock=clock,
        settings=settings.tickets,
        recordings=settings.places.recordings,
        reader=ticket_reader(settings, learned.verdict),
    )
    return tickets, learned
