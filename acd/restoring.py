"""What routing goes on with after a restart."""

from acd.engine.inputs import Input, Restore, RestoreHelp, SetProfile
from acd.ports import Journal


async def kept_by(journal: Journal) -> list[Input]:
    """Whom agents serve, what they wanted to be, and which queues had help, once the queues are known."""
    return [
        *[SetProfile(profile=profile) for profile in await journal.profiles()],
        *[Restore(wish=wish) for wish in await journal.wishes()],
        *[RestoreHelp(stand=stand) for stand in await journal.help()],
    ]
