"""Which language callers chose the last time, by the number they call from."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from infra.database import Database, UtcDateTime, metadata

chosen = sa.Table(
    "chosen_language",
    metadata,
    sa.Column("number", sa.String(40), primary_key=True),
    sa.Column("language", sa.String(10), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False, index=True),
)
# Asked for every call, hence put together only once.
_OF = sa.select(chosen.c.language).where(
    chosen.c.number == sa.bindparam("number"), chosen.c.at >= sa.bindparam("since")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenLanguages:
    """One language for each number, in its one spelling."""

    database: Database

    async def of(self, number: str, since: datetime) -> str:
        """What was chosen last since then; "" for who never did."""
        async with self.database.reading() as connection:
            return await connection.scalar(_OF, {"number": number, "since": since}) or ""

    async def keep(self, number: str, language: str, now: datetime, *, since: datetime) -> None:
        """What is chosen now; what was chosen before `since`, by anybody, is forgotten."""
        values = {"language": language, "at": now}
        async with self.database.transaction() as connection:
            await connection.execute(chosen.delete().where(chosen.c.at < since))
            changed = await connection.execute(
                chosen.update().where(chosen.c.number == number).values(values)
            )
            if not changed.rowcount:
                await connection.execute(chosen.insert().values(number=number, **values))

    async def forget(self, numbers: tuple[str, ...]) -> None:
        """Nothing was chosen from these."""
        async with self.database.transaction() as connection:
            await connection.execute(chosen.delete().where(chosen.c.number.in_(numbers)))
