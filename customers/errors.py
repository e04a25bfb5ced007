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


class RegionsFileInvalid(SiteFileInvalid):
    """`regions.yaml` cannot be used."""

    code = "regions_file_invalid"
