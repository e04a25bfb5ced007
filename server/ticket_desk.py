"""Tickets with all that they need of other parts."""

from agent_ui.calls import Calls
from kernel.clock import Clock
from server.installation import ticket_reader
from server.joining import TicketPeople
from server.parts import Shelf
from server.settings import Settings
from tickets.service import Neighbours, Tickets


def build_tickets(
    settings: Settings, clock: Clock, *, shelf: Shelf, people: TicketPeople, calls: Calls
) -> Tickets:
    """The tickets of the site."""
    return Tickets(
        store=shelf.tickets,
        near=Neighbours(customers=people, staff=people, calls=calls),
        clock=clock,
        settings=settings.tickets,
        recordings=settings.places.recordings,
        reader=ticket_reader(settings),
    )
