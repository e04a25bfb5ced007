"""Refusals of sign-in and of changes to accounts."""

from kernel.errors import Conflict, HotlineError, InvalidInput, SiteFileInvalid, TryLater


class WrongPassword(HotlineError):
    """Name or password is wrong; which of them is not told."""

    code = "wrong_password"


class AccountDisabled(HotlineError):
    """The password is right, but the account may not sign in any more."""

    code = "account_disabled"


class TooManyAttempts(TryLater):
    """Too many wrong passwords for this account or from this address; wait and try again."""

    code = "too_many_attempts"


class WeakPassword(InvalidInput):
    """The password is too short, or is the name itself."""

    code = "weak_password"


class NameTaken(Conflict):
    """Another account has this name already."""

    code = "name_taken"


class ExtensionTaken(Conflict):
    """A colleague who works here has this number already."""

    code = "extension_taken"


class LastAdmin(Conflict):
    """Nobody could manage accounts any more; give another account the role first."""

    code = "last_admin"


class ExpertsFileInvalid(SiteFileInvalid):
    """`experts.yaml` cannot be used."""

    code = "experts_file_invalid"


class OnCallFileInvalid(SiteFileInvalid):
    """`on_call.yaml` cannot be used."""

    code = "on_call_file_invalid"


class NobodyOnCall(Conflict):
    """No shift of the list fits this moment, or it names nobody."""

    code = "nobody_on_call"
