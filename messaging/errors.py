"""Why a message cannot be kept."""

from kernel.errors import InvalidInput


class NotAMessage(InvalidInput):
    """Nothing to say, or more than a message holds."""

    code = "not_a_message"
