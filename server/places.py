"""Where everything lies in the data folder; the one list of it."""

import errno
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from kernel.errors import HotlineError

ANOTHER = "or name another data folder in HOTLINE_DATA_DIR."
FAULTS: Mapping[int, str] = {
    errno.EACCES: f"may not be written by this user: give it to them, {ANOTHER}",
    errno.EPERM: f"does not belong to this user: give it to them, {ANOTHER}",
    errno.EROFS: f"can only be read: mount it for writing, {ANOTHER}",
    errno.EEXIST: f"is a file where a folder must be: move it away, {ANOTHER}",
    errno.ENOTDIR: f"is a file where a folder must be: move it away, {ANOTHER}",
    errno.ENOSPC: f"is on a full disk: free some space, {ANOTHER}",
    errno.EDQUOT: f"takes more than this user may store: free some space, {ANOTHER}",
}


class DataFolderUnusable(HotlineError):
    """Hotline cannot write its files where it was told to."""

    code = "data_folder_unusable"


@dataclass(frozen=True, slots=True)
class Places:
    """The folders and files of one installation."""

    data: Path

    @property
    def site(self) -> Path:
        """What supervisors edit: numbers, flows, calendars, queues, outside lines."""
        return self.data / "site"

    @property
    def site_unfinished(self) -> Path:
        """There while the example's site files are copied: a start that breaks off is made up for."""
        return self.data / "site.unfinished"

    @property
    def first_day_unfinished(self) -> Path:
        """The same for the example company's people in the database."""
        return self.data / "first_day.unfinished"

    @property
    def trunks(self) -> Path:
        """The outside lines."""
        return self.site / "trunks.yaml"

    @property
    def queues(self) -> Path:
        """Where calls wait for a person."""
        return self.site / "queues.yaml"

    @property
    def calling(self) -> Path:
        """Whom agents may call."""
        return self.site / "calling.yaml"

    @property
    def breaks(self) -> Path:
        """Which breaks agents may take."""
        return self.site / "breaks.yaml"

    @property
    def experts(self) -> Path:
        """Who knows what agents ask about."""
        return self.site / "experts.yaml"

    @property
    def on_call(self) -> Path:
        """Who is rung at which time."""
        return self.site / "on_call.yaml"

    @property
    def reading(self) -> Path:
        """By which words it is read what customers want."""
        return self.site / "reading.yaml"

    @property
    def deadlines(self) -> Path:
        """By when something has to be done about tickets."""
        return self.site / "deadlines.yaml"

    @property
    def workflows(self) -> Path:
        """The ways of types of tickets, one file each."""
        return self.site / "workflows"

    @property
    def lookup_secrets(self) -> Path:
        """Addresses and passwords of business systems that callers ask: one file for each."""
        return self.secrets / "lookups"

    @property
    def callers(self) -> Path:
        """How often callers may call."""
        return self.site / "callers.yaml"

    @property
    def regions(self) -> Path:
        """Which places belong to which branch."""
        return self.site / "regions.yaml"

    @property
    def last_good(self) -> Path:
        """Copies of site files from when they were last right; a start with a broken one goes by them."""
        return self.data / "last_good"

    @property
    def secrets(self) -> Path:
        """Only the owner of the installation may read here."""
        return self.data / "secrets"

    @property
    def asterisk_secrets(self) -> Path:
        """What the server and Asterisk know each other by."""
        return self.secrets / "asterisk.json"

    @property
    def desk_phones_key(self) -> Path:
        """What the secrets of desk phones in the database are sealed with."""
        return self.secrets / "desk_phones.key"

    @property
    def first_sign_ins(self) -> Path:
        """The generated passwords of the example company."""
        return self.secrets / "first_sign_ins.json"

    @property
    def simulator_sign_in(self) -> Path:
        """How `hotline call` signs in."""
        return self.secrets / "simulator.json"

    @property
    def asterisk(self) -> Path:
        """All that Asterisk writes."""
        return self.data / "asterisk"

    @property
    def call_records(self) -> Path:
        """Asterisk's own records of ended calls."""
        return self.asterisk / "log" / "cdr-custom" / "calls.csv"

    @property
    def recordings(self) -> Path:
        """Calls and messages."""
        return self.data / "recordings"

    @property
    def attachments(self) -> Path:
        """Files that belong to tickets."""
        return self.data / "attachments"

    @property
    def voicemail_spool(self) -> Path:
        """Messages on their way to becoming tickets."""
        return self.data / "spool" / "voicemail"

    @property
    def cache(self) -> Path:
        """What can be made again: spoken prompts."""
        return self.data / "cache"

    @property
    def learned_types(self) -> Path:
        """What closed tickets taught of their types."""
        return self.cache / "ticket_types.npz"

    @property
    def fallback_prompts(self) -> Path:
        """What the switch says by itself before it takes a message: `<language>/message.wav`."""
        return self.data / "fallback_prompts"

    @property
    def tls(self) -> Path:
        """Our own authority and this machine's certificate."""
        return self.data / "tls"

    @property
    def run(self) -> Path:
        """Process ids, and the edge's own files."""
        return self.data / "run"

    @property
    def log(self) -> Path:
        """What the processes write."""
        return self.data / "log"

    def make(self) -> None:
        """Makes the folders that must be there before anything starts; they are their owner's alone."""
        self._make_data()
        for folder in (
            self.site,
            self.recordings,
            self.voicemail_spool,
            self.cache,
            self.run,
            self.log,
        ):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self.secrets, self.recordings, self.voicemail_spool):
            folder.mkdir(mode=0o700, exist_ok=True)
            folder.chmod(0o700)
        if self.trunks.exists() and _is_own(self.trunks):
            self.trunks.chmod(0o600)  # the carriers' passwords

    def _make_data(self) -> None:
        if not self.data.exists():
            self.data.mkdir(parents=True)
        elif not _is_own(self.data) or not self._is_for_hotline_alone():
            return
        self.data.chmod(0o700)

    def _is_for_hotline_alone(self) -> bool:
        """Not a folder such as /tmp, which others would lose."""
        is_for_all = self.data.stat().st_mode & stat.S_IWOTH
        return not is_for_all and (self.secrets.exists() or not any(self.data.iterdir()))


def _is_own(path: Path) -> bool:
    return path.stat().st_uid == os.geteuid()


@contextmanager
def writing_in(data: Path) -> Iterator[None]:
    """Says in one sentence what to do when files of the data folder cannot be written."""
    try:
        yield
    except OSError as error:
        # A folder that was copied tells its failures only in words.
        number = error.errno or next((known for known in FAULTS if os.strerror(known) in str(error)), None)
        fault = FAULTS.get(
            number or 0, f"cannot hold Hotline's data ({error}): name another in HOTLINE_DATA_DIR."
        )
        raise DataFolderUnusable(f"{data} {fault}") from error


@contextmanager
def marked(unfinished: Path) -> Iterator[None]:
    """Leaves a mark while something is made, and for the next start if this one dies meanwhile."""
    unfinished.touch()
    yield
    unfinished.unlink()
