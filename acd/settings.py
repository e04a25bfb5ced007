"""Limits of routing."""

from pydantic import BaseModel, ConfigDict, Field

from kernel.written import Timezone


class AcdSettings(BaseModel):
    """Every limit of routing that is not a queue's own rule."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    timezone: Timezone = "Asia/Shanghai"
    """Where the site's day begins, for the figures since midnight."""
    offer_grace_s: float = Field(default=2.0, gt=0)
    """How long after a ring's own time limit an offer is given up, if the switch stays silent."""
    ring_start_max_s: float = Field(default=2.0, gt=0)
    """A desk phone that does not say within so long that it rings is taken for gone, and the next agent rung:
    its cable is out, and the switch has not noticed yet."""
    accept_s: float = Field(default=12.0, gt=0)
    """How much longer an offer to an outside number lasts: whoever answers is asked to press a key first."""
    park_s: float = Field(default=15.0, gt=0)
    """How long a caller whose agent vanished waits for that agent before others may help."""
    transfer_ring_s: float = Field(default=20.0, gt=0)
    """How long the phone of a colleague rings for a caller who was sent on, and the sender's once nobody
    has answered there."""
    outside_ring_s: float = Field(default=30.0, gt=0)
    """How long an expert's number, or another one outside, is rung; the network may need seconds of it."""
    transfer_wait_s: float = Field(default=60.0, gt=0)
    """How long a caller waits in the queue they were sent to before the sender is asked again."""
    watch_ring_s: float = Field(default=10.0, gt=0)
    """How long the phone of a supervisor who wants to hear a conversation rings; it answers by itself."""
    wrap_up_extension_s: float = Field(default=60.0, gt=0)
    """What one extension adds to a wrap-up."""
    offline_after_s: float = Field(default=60.0, gt=0)
    """After this time without page or phone an agent is signed off to offline."""
    switch_retry_s: float = Field(default=1.0, gt=0)
    """How long an agent is spared after the switch failed to take an order to ring, or the phone was still
    busy with a call that had been taken back."""
    unreachable_retry_s: float = Field(default=5.0, gt=0)
    """How long an agent is spared after the phone could not be rung; doubled each time in a row."""
    unreachable_retry_max_s: float = Field(default=60.0, gt=0)
    """The longest such pause."""
    claimed_retry_s: float = Field(default=0.5, gt=0)
    """How long nobody is rung for a call that another leg had when its agent answered; doubled each time
    in a row. The switch tells within moments who talks, if anybody does."""
    claimed_retry_max_s: float = Field(default=30.0, gt=0)
    """The longest such pause."""
    waiting_max: int = Field(default=2000, gt=0)
    """Callers that may wait in one queue."""
    overflow_look_s: float = Field(default=10.0, gt=0)
    """How often it is looked whether a call's expected wait has become too long for its queue."""
    pace_counts_min: int = Field(default=5, gt=0)
    """How many calls must have left a queue in which others waited, for a wait to be expected at all."""
    pace_counts_max: int = Field(default=20, gt=0)
    """About how many of the latest of them are averaged."""
    pace_valid_s: float = Field(default=1800.0, gt=0)
    """After so long without one, nothing is expected from them."""
    outlook_counts: float = Field(default=60.0, gt=1)
    """About how many of a queue's latest callers are averaged for what those who wait are told."""
    outlook_memory_s: float = Field(default=1800.0, gt=0)
    """Over about how long the arrivals of each boost are averaged for that."""
    outlook_spread_max: float = Field(default=1 / 3, gt=0)
    """No wait is told whose standard deviation is a larger part of it."""
    outlook_max_s: float = Field(default=3600.0, gt=0)
    """No longer wait is told."""
    outlook_seen_min_s: float = Field(default=300.0, ge=0)
    """For so long arrivals must have been watched before a place is told."""
    overtaken_chance_max: float = Field(default=0.1, ge=0, le=1)
    """No place is told that the caller loses to a later one with a larger chance."""
    talks_counted_min: int = Field(default=20, gt=0)
    """Of how many talks that lasted as long it must be known how they ended, to say when one will."""
    talks_counted_max: int = Field(default=300, gt=0)
    """How many of a queue's latest talks are remembered for that."""
    callbacks_of_caller_max: int = Field(default=5, ge=1)
    """So many people may wait to be called back at the wish of one number, such as an office's."""
    callbacks_of_withheld_max: int = Field(default=20, ge=1)
    """So many people may wait to be called back at the wish of callers who withhold their number, counted
    together: they may all be one."""
    dial_grace_s: float = Field(default=5.0, gt=0)
    """How long after its own time limit a call to a customer is given up, if the switch stays silent."""
    dial_retry_s: float = Field(default=30.0, gt=0)
    """How long nobody is rung for a callback whose call the switch or the database did not take, and for any
    callback where no outside line could carry one; the latter is doubled each time in a row."""
    dial_retry_max_s: float = Field(default=300.0, gt=0)
    """The longest such pause."""
    gone_calls_max: int = Field(default=1000, gt=0)
    """Ended calls that are remembered, so that a late report does not bring one back."""
    explained_candidates_max: int = Field(default=5, ge=0)
    """How many passed-over agents an explanation names."""
    adoption_wait_max_s: float = Field(default=2.5, gt=0)
    """How long a line that came back waits for what is alive in the switch to be known."""
    talk_end_grace_s: float = Field(default=2.0, gt=0)
    """How long a line that came back waits for the report of its agent's leg."""
    profiles_every_s: float = Field(default=5.0, gt=0)
    """How often it is looked whether somebody else changed who serves which queue."""
    queues_every_s: float = Field(default=1.0, gt=0)
    """How often it is looked whether `queues.yaml` was edited."""
    journal_flush_s: float = Field(default=0.5, gt=0, le=1)
    """How far the journal may lag behind what was decided."""
    journal_max: int = Field(default=50_000, gt=0)
    """Journal entries kept in memory while the database does not take them."""
