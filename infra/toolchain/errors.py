"""What can stop a set-up; each message is one sentence that says what to do."""

from kernel.errors import HotlineError


class SetupFailed(HotlineError):
    """Something Hotline needs could not be installed; the message says what a person can do."""

    code = "setup_failed"
