"""Who was promised a callback and not reached, just after the call in which it was promised."""

from datetime import timedelta

import pytest

from infra.database import Database
from kernel.ids import CallId
from server.calling_back import PromisedCalls
from telephony.events import CallArrived, CallEnded
from telephony.ledger import Ledger
from telephony.model import EndReason, Outcome, PersonWanted
from telephony.store import CallStore
from tests.db.test_promises import NOON, PROMISE, SALES, A, ended, entry
from tests.unit.telephony.ledger_surroundings import Surroundings


@pytest.mark.parametrize("is_on_the_line", [True, False])
async def test_who_is_not_reached_before_the_ledger_has_written_their_call_is_among_those_to_call(
    database: Database, *, is_on_the_line: bool
) -> None:
    around, book = Surroundings(), CallStore(database)
    ledger = Ledger(book, around, around, records=around, messages=around)
    await ledger.start()
    await ledger.heard(CallArrived(at=NOON, arrival=entry(A, 0, Outcome.CALLBACK).arrival))
    await ledger.want(A, PersonWanted(queue=SALES, since=NOON))
    await ledger.decide(A, Outcome.CALLBACK)
    over = CallEnded(at=NOON + timedelta(minutes=1), call=CallId(A), reason=EndReason.CALLER_HUNG_UP)

    if not is_on_the_line:
        await ledger.heard(over)
    await PromisedCalls(ledger=ledger, book=book).break_promise(ended(PROMISE))
    if is_on_the_line:
        await ledger.heard(over)
        await ledger.flush()

    (found,) = await book.in_vain(NOON)
    assert found.arrival.call == A
    assert found.wanted is not None
    assert found.wanted.turned_away == "not_reached"
