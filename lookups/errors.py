"""Why a business system could not be asked."""

from kernel.errors import HotlineError, SiteFileInvalid


class LookupFailed(HotlineError):
    """The system does not answer, or answers what cannot be used; the message says which for the log."""

    code = "lookup_failed"


class LookupsFileInvalid(SiteFileInvalid):
    """`lookups.yaml` cannot be used."""

    code = "lookups_file_invalid"
