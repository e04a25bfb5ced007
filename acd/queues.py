"""The site's `queues.yaml`: read, checked, and every mistake named with its line."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from acd.announcing import Announcing, Comfort
from acd.engine.strategy import PRESETS, STRATEGIES, strategy_named
from acd.errors import QueuesFileInvalid
from acd.model import Overflow, QueueRules, Relaxation, StickyRules
from acd.promises import CallbackRules
from acd.rating import RatingRules
from acd.reserves import Reserve
from kernel.ids import QueueId, SkillId
from kernel.site_yaml import Key, Name, Strict, document_of, line_of
from kernel.written import SKILL_LEVEL_MAX, SkillName, SkillsAsked, in_plain_words

CALENDAR = r"^([A-Za-z][A-Za-z0-9_-]{0,39})?$"


_Boost = Annotated[float, Field(ge=0, le=86_400)] | Literal["strict"]


class _Sentence(Strict):
    zh: str = Field(min_length=1, max_length=300)
    en: str = Field(min_length=1, max_length=300)


class _Sticky(Strict):
    days: int = Field(default=30, ge=0, le=3650)
    hold_s: float = Field(default=20.0, ge=0, le=3600)
    holds_s: dict[str, Annotated[float, Field(ge=0, le=3600)]] = Field(default_factory=dict)
    min_talk_s: float = Field(default=0.0, ge=0, le=3600)
    agent: Literal["last", "first"] = "last"
    least_chance: float = Field(default=0.2, ge=0, le=1)
    outbound_counts: bool = True
    capped_by_service_level: bool = True


def _one_or_more(written: Any) -> Any:
    """A single queue needs no list."""
    return [written] if isinstance(written, str) else written


class _Relaxation(Strict):
    after_s: float = Field(gt=0, le=86_400)
    at_most: dict[SkillName, Annotated[int, Field(ge=0, le=SKILL_LEVEL_MAX)]] = Field(min_length=1)


class _Overflow(Strict):
    to: Annotated[list[str], Field(min_length=1), BeforeValidator(_one_or_more)]
    after_s: float | None = Field(default=None, gt=0, le=86_400)
    expected_wait_s: float | None = Field(default=None, gt=0, le=86_400)

    @model_validator(mode="after")
    def _by_one_of_both(self) -> Self:
        if (self.after_s is None) == (self.expected_wait_s is None):
            raise ValueError("write either after_s or expected_wait_s")
        return self


class _Reserve(Strict):
    queues: Annotated[list[str], Field(min_length=1), BeforeValidator(_one_or_more)] = Field(alias="from")
    waiting: int | None = Field(default=None, ge=1, le=100_000)
    until_waiting: int = Field(default=0, ge=0, le=100_000)
    expected_wait_s: float | None = Field(default=None, gt=0, le=86_400)
    until_expected_wait_s: float = Field(default=0.0, ge=0, le=86_400)
    stays_s: float = Field(default=300.0, ge=0, le=86_400)
    by: Literal["rule", "proposal"] = "rule"

    @model_validator(mode="after")
    def _with_limits(self) -> Self:
        if self.waiting is None and self.expected_wait_s is None:
            raise ValueError("write waiting, expected_wait_s, or both")
        if self.waiting is not None and self.until_waiting >= self.waiting:
            raise ValueError("until_waiting has to be below waiting")
        if self.expected_wait_s is not None and self.until_expected_wait_s >= self.expected_wait_s:
            raise ValueError("until_expected_wait_s has to be below expected_wait_s")
        return self


class _Announce(Strict):
    every_s: float = Field(ge=15, le=3600)
    first_s: float | None = Field(default=None, ge=5, le=3600)
    position: bool = True
    expected_wait: bool = True
    comfort: list[_Sentence] = Field(default_factory=list, max_length=20)


class _Callback(Strict):
    attempts: int = Field(default=3, ge=1, le=20)
    retry_after_s: float = Field(default=300.0, ge=5, le=86_400)
    ring_s: float = Field(default=30.0, ge=5, le=120)


class _Rating(Strict):
    asks: bool = True
    text: _Sentence | None = None
    tries: int = Field(default=2, ge=1, le=5)
    wait_s: float = Field(default=6.0, ge=2, le=30)
    comment_s: float = Field(default=0.0, ge=0, le=300)


class _Recordings(Strict):
    kept_days: int | None = Field(default=None, ge=0, le=36_500)


class _Queue(Strict):
    name: Name
    strategy: str = "longest_idle"
    offer_timeout_s: float = Field(default=15.0, gt=0, le=120)
    wrap_up_s: float = Field(default=20.0, ge=0, le=3600)
    service_level_s: float = Field(default=20.0, gt=0, le=3600)
    boosts: dict[str, _Boost] = Field(default_factory=dict)
    matters: dict[str, _Boost] = Field(default_factory=dict)
    lost_wait_back_s: float = Field(default=0.0, ge=0, le=86_400)
    sticky: _Sticky = _Sticky()
    needs: SkillsAsked = Field(default_factory=dict)
    relax: list[_Relaxation] = Field(default_factory=list)
    capacity: int | None = Field(default=None, ge=0, le=100_000)
    max_wait_s: float | None = Field(default=None, gt=0, le=86_400)
    overflow: list[_Overflow] = Field(default_factory=list)
    reserve: _Reserve | None = None
    announce: _Announce | None = None
    calendar: str = Field(default="", pattern=CALENDAR)
    caller_id: str = Field(default="", pattern=r"^(\+?[0-9]{3,15})?$")
    at_closing: Literal["serve", "send_away"] = "serve"
    callback: _Callback = _Callback()
    rating: _Rating | None = None
    recordings: _Recordings = _Recordings()

    @field_validator("relax")
    @classmethod
    def _in_the_order_of_time(cls, steps: list[_Relaxation]) -> list[_Relaxation]:
        if any(later.after_s <= earlier.after_s for earlier, later in pairwise(steps)):
            raise ValueError("each step comes later than the one before it")
        return steps


def load_queues(path: Path) -> Mapping[QueueId, QueueRules]:
    """The queues of a site; raises `QueuesFileInvalid` with file and line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise QueuesFileInvalid(str(path), 1, f"cannot be read: {error}") from error
    return parse_queues(text, name=path.name)


def parse_queues(text: str, *, name: str = "queues.yaml") -> Mapping[QueueId, QueueRules]:
    """As `load_queues`, of a text that an editor holds."""
    document = document_of(text, name, QueuesFileInvalid)
    listed = document.get("queues") if isinstance(document, dict) else None
    if not isinstance(listed, dict) or not listed:
        raise QueuesFileInvalid(name, 1, "needs `queues:` with at least one queue below it")
    rules = {QueueId(key): _rules(name, listed, key) for key in listed}
    for queue in rules.values():
        _check_others(name, listed, queue)
    return rules


def _check_others(name: str, listed: Any, queue: QueueRules) -> None:
    """That queues which are to help are in the file, and are others."""
    named: list[tuple[tuple[str | int, ...], tuple[QueueId, ...]]] = [
        (("overflow", number, "to"), overflow.to) for number, overflow in enumerate(queue.overflows)
    ]
    if queue.reserve is not None:
        named.append((("reserve", "from"), queue.reserve.queues))
    others = [key for key in listed if key != queue.id]
    for place, queues in named:
        unknown = next((to for to in queues if to not in others), None)
        if unknown is not None:
            line = line_of(listed, (queue.id, *place))
            known = ", ".join(others) or "none"
            raise QueuesFileInvalid(name, line, f"{queue.id}: {unknown!r} is no other queue (there: {known})")


def _rules(name: str, listed: Any, key: Any) -> QueueRules:
    try:
        Key(key=key)
        queue = _Queue.model_validate(listed[key])
    except ValidationError as error:
        first = error.errors()[0]
        place = first["loc"] if first["loc"] != ("key",) else ()
        what = ".".join(str(part) for part in place) or "the queue"
        line = line_of(listed, (key, *place))
        raise QueuesFileInvalid(name, line, f"{key}: {what}: {in_plain_words(first)}") from error
    if strategy_named(queue.strategy) is None:
        known = ", ".join((*STRATEGIES, *PRESETS))
        line = line_of(listed, (key, "strategy"))
        raise QueuesFileInvalid(name, line, f"{key}: strategy is one of: {known}")
    return _to_rules(QueueId(key), queue)


def _to_rules(key: QueueId, queue: _Queue) -> QueueRules:
    boosts = queue.boosts.items()
    return QueueRules(
        id=key,
        name_zh=queue.name.zh,
        name_en=queue.name.en,
        strategy=strategy_named(queue.strategy) or queue.strategy,
        offer_timeout_s=queue.offer_timeout_s,
        wrap_up_s=queue.wrap_up_s,
        service_level_s=queue.service_level_s,
        boosts_s={level: boost for level, boost in boosts if boost != "strict"},
        strict_levels=frozenset(level for level, boost in boosts if boost == "strict"),
        lost_wait_back_s=queue.lost_wait_back_s,
        matters_s={matter: None if boost == "strict" else boost for matter, boost in queue.matters.items()},
        sticky=StickyRules(
            days=queue.sticky.days,
            hold_s=queue.sticky.hold_s,
            holds_s=queue.sticky.holds_s,
            min_talk_s=queue.sticky.min_talk_s,
            is_first_agent=queue.sticky.agent == "first",
            least_chance=queue.sticky.least_chance,
            counts_outgoing=queue.sticky.outbound_counts,
            is_capped_by_service_level=queue.sticky.capped_by_service_level,
        ),
        needs=_skills(queue.needs),
        relaxations=tuple(
            Relaxation(after_s=step.after_s, at_most=_skills(step.at_most)) for step in queue.relax
        ),
        capacity=queue.capacity,
        max_wait_s=queue.max_wait_s,
        overflows=tuple(
            Overflow(to=tuple(map(QueueId, one.to)), after_s=one.after_s, expected_wait_s=one.expected_wait_s)
            for one in queue.overflow
        ),
        reserve=_reserve(queue.reserve),
        announcing=_announcing(queue.announce),
        calendar=queue.calendar,
        caller_id=queue.caller_id,
        is_emptied_at_closing=queue.at_closing == "send_away",
        callback=CallbackRules(
            attempts=queue.callback.attempts,
            retry_after_s=queue.callback.retry_after_s,
            ring_s=queue.callback.ring_s,
        ),
        recordings_kept_days=queue.recordings.kept_days,
        rating=_rating(queue.rating),
    )


def _rating(written: _Rating | None) -> RatingRules | None:
    if written is None or not written.asks:
        return None
    return RatingRules(
        tries=written.tries,
        wait_s=written.wait_s,
        comment_s=written.comment_s,
        zh=written.text.zh if written.text else "",
        en=written.text.en if written.text else "",
    )


def _reserve(written: _Reserve | None) -> Reserve | None:
    if written is None:
        return None
    return Reserve(
        queues=tuple(dict.fromkeys(map(QueueId, written.queues))),
        waiting=written.waiting,
        until_waiting=written.until_waiting,
        expected_wait_s=written.expected_wait_s,
        until_expected_wait_s=written.until_expected_wait_s,
        stays_s=written.stays_s,
        is_proposed=written.by == "proposal",
    )


def _announcing(written: _Announce | None) -> Announcing | None:
    if written is None:
        return None
    return Announcing(
        every_s=written.every_s,
        first_s=written.first_s or written.every_s,
        tells_position=written.position,
        tells_wait=written.expected_wait,
        comfort=tuple(Comfort(zh=sentence.zh, en=sentence.en) for sentence in written.comfort),
    )


def _skills(levels: Mapping[str, int]) -> dict[SkillId, int]:
    return {SkillId(skill): level for skill, level in levels.items()}
