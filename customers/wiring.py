"""Puts the slice together."""

from customers.ports import CallHistory, CustomerTickets
from customers.service import Customers
from customers.settings import CustomerSettings
from customers.store import CustomerStore
from infra.database import Database
from infra.outbox import Outbox
from kernel.clock import Clock


def build_customers(  # noqa: PLR0913 - one collaborator each
    *,
    database: Database,
    outbox: Outbox,
    calls: CallHistory,
    tickets: CustomerTickets,
    clock: Clock,
    settings: CustomerSettings,
) -> Customers:
    """The directory on a database; its routes are `customers.http.customer_routes`."""
    store = CustomerStore(database, outbox)
    return Customers(store=store, calls=calls, tickets=tickets, clock=clock, settings=settings)
