"""Refusals of voice menus."""

from pathlib import Path

from kernel.errors import Conflict, HotlineError, InvalidInput, NotFound


class BrokenSiteFile(HotlineError):
    """A flow, calendar or number file has errors; `./hotline ivr check FILE` lists them."""

    code = "broken_site_file"


class NoText(BrokenSiteFile):
    """A site file is none that could be read as YAML at all: not UTF-8, or far too large."""

    def __init__(self, path: Path, line: int, what: str) -> None:
        super().__init__(f"{path} {what}")
        self.line = line
        self.what = what


class BadRecordingName(InvalidInput):
    """No recording can be called so."""

    code = "bad_recording_name"


class NoRecording(NotFound):
    """There is no recording of that name in that language."""

    code = "no_recording"


class TooManyRecordings(Conflict):
    """The site has as many recordings as it may have."""

    code = "too_many_recordings"
