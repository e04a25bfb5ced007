"""Puts the slice together."""

from dataclasses import dataclass

from infra.database import Database
from infra.web import Route
from kernel.clock import Clock
from staff.http import staff_routes
from staff.passwords import Passwords
from staff.service import Accounts
from staff.sessions import Sessions
from staff.settings import StaffSettings
from staff.store import StaffStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Staff:
    """What others may use of this slice."""

    accounts: Accounts
    sessions: Sessions
    routes: list[Route]
    passwords: Passwords
    """To be closed at the end."""


def build_staff(database: Database, clock: Clock, settings: StaffSettings) -> Staff:
    """The slice on a database."""
    store = StaffStore(database)
    passwords = Passwords(settings)
    accounts = Accounts(store=store, passwords=passwords, clock=clock, settings=settings)
    sessions = Sessions(store=store, passwords=passwords, clock=clock, settings=settings)
    return Staff(accounts=accounts, sessions=sessions, routes=staff_routes(accounts), passwords=passwords)
