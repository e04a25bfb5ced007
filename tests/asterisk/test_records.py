from datetime import UTC, datetime

from kernel.ids import QueueId
from telephony.asterisk.call_records import CallRecords
from telephony.events import CallEnded
from telephony.model import CallMark, Phase
from telephony.port import Line
from tests.asterisk.held_callers import the_record
from tests.asterisk.private_asterisk import PrivateAsterisk, exchange

MARK = CallMark(
    phase=Phase.WAITING, flow="主流程", queue=QueueId("sales"), key_ms=1_795_327_588_000, boost_ms=0
)


async def test_asterisk_begins_a_new_file_where_its_records_were_put_aside(asterisk: PrivateAsterisk) -> None:
    file = asterisk.places.instance / "log/cdr-custom/calls.csv"
    records = CallRecords(file, {}, bytes_max=0)

    async def handler(line: Line) -> None:
        await line.answer()
        await line.write_mark(MARK)
        await line.hang_up()

    calls = []
    async with exchange(asterisk, handler) as it:
        for _ in range(2):
            before = len(it.heard.events)
            await it.call()
            call = (await it.heard.until(CallEnded, after=before)).call
            await the_record(asterisk, call)
            if not calls:
                records.trim(datetime.now(UTC))
                assert not file.exists()
            calls.append(call)
    noted = records.since(None)[-2:]
    assert [found.arrival.call for found in noted] == calls
    assert [found.mark for found in noted] == [MARK] * 2, "as it was last written"
    assert file.exists()
