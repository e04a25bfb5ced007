"""What stands around a caller's line."""

from dataclasses import dataclass

from ivr.messages import Messages
from ivr.ports import (
    CallbackDesk,
    CallerScreening,
    CallLedger,
    CustomerDirectory,
    Errands,
    FlowArchive,
    OutsidePeople,
    Queueing,
    RatingDesk,
)
from kernel.bus import Bus
from kernel.clock import Clock
from speech.port import Ears


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """The other parts that a line works with, and the clock."""

    screening: CallerScreening
    customers: CustomerDirectory
    queueing: Queueing
    callbacks: CallbackDesk
    outside: OutsidePeople
    ledger: CallLedger
    messages: Messages
    ratings: RatingDesk
    ears: Ears
    archive: FlowArchive
    errands: Errands
    bus: Bus
    clock: Clock
