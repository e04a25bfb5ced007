"""Limits of voice menus."""

from pydantic import BaseModel, ConfigDict, Field


class IvrSettings(BaseModel):
    """What a caller's line may take; every figure is a bound, not a promise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps_without_asking_max: int = Field(default=50, ge=1)
    """Nodes walked in one go before the flow counts as lost and a person is asked."""
    outlook_look_s: float = Field(default=10.0, gt=0)
    """How often it is looked whether a caller who is told nothing while waiting is to be told something."""
    subflows_deep_max: int = Field(default=5, ge=1, le=5)
    """Flows within flows; deeper ones count as lost, and a person is asked."""
    asks_max: int = Field(default=100, ge=1)
    """Questions in one call before it goes to a person whatever is pressed."""
    sure_from: float = Field(default=0.7, ge=0, le=1)
    """So certain has to be what a caller said for it to count without a question."""
    ask_back_from: float = Field(default=0.4, ge=0, le=1)
    """So certain has to be what a caller said for them to be asked whether it is that."""
    unheard_max: int = Field(default=2, ge=1, le=10)
    """After so many times not understood at one question, callers are asked to use keys."""
    words_max: int = Field(default=200, ge=1, le=500)
    """So many characters of what a caller says are kept in a variable."""
    trail_max: int = Field(default=10, ge=1, le=50)
    """So many menus a caller can go back."""
    flow_sets_at_hand_max: int = Field(default=10, ge=1)
    """Of so many sets of flows nothing has to be read again for calls that began with them."""
    flow_sets_kept_max: int = Field(default=500, ge=1)
    """So many are kept for calls that began with them; each change of a flow makes one."""
    flow_versions_kept_max: int = Field(default=1000, ge=2)
    """Of each flow; then the oldest goes."""
    flow_check_max_s: float = Field(default=10.0, gt=0)
    """How long the check of what somebody writes may take."""
    recording_s_max: float = Field(default=180, gt=0, le=600)
    """How long a recording for voice menus may be."""
    recordings_max: int = Field(default=2_000, ge=1)
    """Of the site, in all languages; further files are not looked at."""
    lookup_timeout_s: float = Field(default=0.8, gt=0)
    """How long a caller waits in silence for the customer to be found."""
    errand_max_s: float = Field(default=15.0, gt=0)
    """How long anything may take that is done outside while a caller waits; then they go the way `failed`."""
    errand_silence_s: float = Field(default=1.0, gt=0, le=1.5)
    """How long a caller hears nothing meanwhile; then they are asked to wait, and hear music."""
    announce_recording: bool = True
    """Whether `ivr check` warns of callers who may be recorded without having heard of it."""
    hangup_errands_max: int = Field(default=10, ge=1, le=50)
    """Things that a flow has done after its caller has hung up."""
    hangup_max_s: float = Field(default=120.0, gt=0, le=600)
    """How long all of them together may take; then they are tried again later, as other jobs are."""
    hangup_within_s: float = Field(default=86_400.0, gt=0)
    """So long after the hang-up nothing is done any more: who was down for days writes to nobody."""
    prompt_timeout_s: float = Field(default=5.0, gt=0)
    """How long a prompt that is not in the cache may take; then the call goes on without it."""
    site_file_bytes_max: int = Field(default=1_000_000, ge=1)
    """A larger flow, calendar or number file is refused."""
    site_answer_max_s: float = Field(default=2.0, gt=0)
    """How long a call waits in silence for these files to be read; then it goes by what they said last."""
    rating_answer_max_s: float = Field(default=2.0, gt=0)
    """How long who is to rate waits for what they are asked; then the call ends without a rating."""
    comment_silence_s: float = Field(default=4.0, ge=0)
    """Silence that ends a comment on a rating."""
