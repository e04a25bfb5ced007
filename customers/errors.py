"""Refusals about customers."""

from kernel.errors import Conflict, InvalidInput, SiteFileInvalid


class NotANumber(InvalidInput):
    """This is no phone number: it has too few digits, or too many."""

    code = "not_a_number"


class NumberHasExtension(NotANumber):
    """A customer's number is kept and compared without an extension; what was written would be lost."""

    code = "number_has_extension"


class NumberTaken(Conflict):
    """The number belongs to another customer already; a caller must be one of them."""

    code = "number_taken"


class NotAMemberNumber(InvalidInput):
    """Nobody could type this: a member number is 4 to 32 digits, the last of which may be an X."""

    code = "not_a_member_number"
    field = "member_number"


class MemberNumberTaken(Conflict):
    """Another customer has this member number; who types it must be one of them."""

    code = "member_number_taken"


class RegionsFileInvalid(SiteFileInvalid):
    """`regions.yaml` cannot be used."""

    code = "regions_file_invalid"


class NotAPrefix(InvalidInput):
    """Numbers do not begin so."""

    code = "not_a_prefix"


class PrefixTooWide(InvalidInput):
    """Everybody at home would be meant."""

    code = "prefix_too_wide"


class ValueNotNeeded(InvalidInput):
    """Who withholds the number has none that could be written."""

    code = "value_not_needed"


class UntilPassed(InvalidInput):
    """The entry would never count."""

    code = "until_passed"


class NeverBlocked(Conflict):
    """The company's own numbers and those of emergency services are never blocked."""

    code = "never_blocked"


class AlreadyListed(Conflict):
    """The same is on this list already."""

    code = "already_listed"


class CallersFileInvalid(SiteFileInvalid):
    """`callers.yaml` cannot be used."""

    code = "callers_file_invalid"
