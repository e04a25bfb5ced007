"""Limits and habits about tickets."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from kernel.written import Timezone


class TicketSettings(BaseModel):
    """How tickets are numbered, and how messages become tickets."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: Timezone = "Asia/Shanghai"
    """Decides on which date a ticket's number is given."""
    change_tries_max: int = Field(default=5, ge=1, le=100)
    """How often a change is put onto a ticket that others change at the same moment."""
    entry_characters_max: int = Field(default=20_000, ge=1_000)
    """Of what is written down from one message of a customer; the rest stays where it came from."""
    entries_shown_max: int = Field(default=500, ge=10)
    """The newest of what was said about a ticket; older ones are not shown with it."""
    attachments_max: int = Field(default=50, ge=1, le=1_000)
    """Files of one ticket; how large each may be is `web.upload_mb_max`."""
    attachments_free_mb_min: int = Field(default=500, ge=1)
    """Files are refused that would leave less free space than this on the disk, which calls need first."""
    attachment_unclaimed_s: float = Field(default=3_600.0, ge=600)
    """A file that no ticket has after this long was left by a server that died, and is removed."""
    attachments_sweep_s: float = Field(default=3_600.0, ge=1)
    """How often that is looked for; the first time when the server starts."""
    message_quiet_s: float = Field(default=30.0, gt=0)
    """A recording that did not grow for this long has ended, even if nobody said so."""
    sweep_s: float = Field(default=60.0, gt=0)
    """How often the spool is looked through."""
    filled_confidence_min: float = Field(default=0.6, ge=0, le=1)
    """How sure what was read out of a message has to be for its ticket to get that type and priority."""
    learned_of_each_min: int = Field(default=10, ge=3)
    """Closed tickets of a type, before the type is learned from them."""
    learned_max: int = Field(default=3_000, ge=100, le=20_000)
    """The newest closed tickets are learned from."""
    learn_every_s: float = Field(default=86_400.0, ge=60)
    learning_max_s: float = Field(default=600.0, gt=0)
    """Learning that takes longer is given up."""
    transcription_attempts_max: int = Field(default=3, ge=1)
    """Tries before a message's ticket says that it could not be transcribed."""
    proof_tries_max: int = Field(default=3, ge=1, le=100)
    """Wrong proofs of identity in one call, from one number, or for one ticket, within the hours below; then
    nothing is told, whatever is typed."""
    proof_tries_hours: float = Field(default=24.0, gt=0, le=720)
    survey_marks_h: float = Field(default=24.0, gt=0, le=168)
    """Callers who did not rate are found so many hours after their call, should the server have died."""
    ratings_sweep_s: float = Field(default=3_600.0, gt=0)
    """How often that is looked for; the first time when the server starts."""
    comment_open_max_s: float = Field(default=600.0, ge=330)
    """A comment on a rating whose end nobody heard has ended after this long; none may be longer than 300."""
    deadline_late_max_h: float = Field(default=24.0, gt=0)
    """Of what was due longer ago than this when a ticket's deadlines were first looked at, nobody is told."""
    deadlines_follow_s: float = Field(default=10.0, gt=0)
    """How often it is looked whether the site's deadlines or calendars were changed."""
    deadlines_sweep_s: float = Field(default=120.0, gt=0)
    """How often it is looked for deadlines at whose moment nobody has looked, for whatever reason."""
    survey_address: str = Field(default="", pattern=r"^$|^https?://[^\s/]+$", max_length=120)
    """By which customers reach this server, such as `https://hotline.example.com`; "" sends no surveys."""
    survey_after_s: float = Field(default=120.0, ge=0, le=86_400)
    """So long after a ticket was resolved, or a call had ended unrated, its customer is asked."""
    survey_valid_days: float = Field(default=14.0, gt=0, le=366)
    survey_again_days: float = Field(default=3.0, gt=0, le=366)
    """Who has not answered is sent the same link once more."""
    survey_customer_days: float = Field(default=30.0, ge=0, le=3_660)
    """Hotline by itself asks one customer no more often than this."""
    survey_anonymous: bool = False
    """Customers may answer without being named to anybody."""
    survey_bad_max: int = Field(default=2, ge=0, le=4)
    """A matter with this overall score or a lower one is handled once more, by a supervisor; 0: none is."""
    surveys_sweep_s: float = Field(default=60.0, gt=0)
    """How often it is looked for callers who are to be surveyed."""

    def midnight(self, day: date, *, later: int = 0) -> datetime:
        """When this day begins at the site, or one some days later."""
        return datetime.combine(day + timedelta(days=later), time(), ZoneInfo(self.timezone))
