"""What the pages are shown live: the values on the board, as models, so that the pages' types follow."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from acd.model import Branch, ConsultStage
from acd.promises import CallbackBrief
from acd.reserves import Help
from agent_ui.phone_engine import PhoneKind
from kernel.briefs import CallBrief, CustomerBrief, TicketBrief, Words
from telephony.model import EndReason, HomeBy, WatchMode
from telephony.recordings import Side

CallPhase = Literal["ringing", "dialling", "talking", "parked", "wrap_up"]


class _View(BaseModel):
    model_config = ConfigDict(frozen=True)


class RoutingState(_View):
    """What routing knows, for a page that a server has just begun to serve."""

    knows_calls: bool
    """True once all that is alive in the switch was found: from then on a call that isn't shown is over."""


class MyState(_View):
    """`me`: the agent's own state."""

    state: str
    since: datetime
    until: datetime | None = None
    reason: str = ""
    """Of a break its key; otherwise why the agent is not given calls."""
    call_id: str | None = None
    planned: str | None = None
    """What the agent will be once the work in hand is done, if that is not ready."""
    planned_reason: str = ""
    missed_at: datetime | None = None
    """When a call was not answered; until the agent is ready again, or says otherwise."""
    is_extended: bool = False
    """The time after a call was made longer, which may be done once."""


class PlannedPhone(_View):
    """Where calls are to ring once the call in hand is over."""

    kind: PhoneKind
    number: str = ""


class PhoneState(_View):
    """`phone`: where the agent's calls ring, and whether they can; which page owns the phone of a browser."""

    owner_page: str | None
    device: str | None
    is_registered: bool
    kind: PhoneKind = PhoneKind.BROWSER
    number: str = ""
    """Where calls go, if that is an outside number."""
    planned: PlannedPhone | None = None


class DeskPhoneState(_View):
    """`desk_phone`: the agent's own desk phone, whether or not calls ring there."""

    username: str
    is_registered: bool
    is_encrypted: bool
    made_at: datetime


class WhyYou(_View):
    """Why routing chose this agent: a code, and the figures for one sentence about it."""

    code: str
    boost_s: float = 0.0
    overtook: int = 0
    held_for_sticky_s: float = 0.0
    idle_s: float | None = None
    candidates: int = 0
    lost_wait_s: float = 0.0
    """The part of the boost that the caller had waited in vain before."""
    is_relaxed: bool = False
    """The caller had waited for so long that less was asked for than at first."""
    region: str = ""
    """Where the caller is at home: one of the site's regions by its key."""
    region_by: HomeBy | None = None
    """How that was found."""
    is_help: bool = False
    """The agent is of another queue, which helps this one."""
    branch: Branch | None = None
    """Whose agent this is, in a queue that asks the caller's own branch first."""


class SentOn(_View):
    """Who sent the caller on, and what they want whoever answers to know."""

    by: str
    note: str = ""


class ConsultationView(_View):
    """A colleague is asked about the call, or all three talk."""

    stage: ConsultStage
    name: str
    """Of the other agent."""
    is_mine: bool
    """Whoever reads this asks; False: is asked."""
    note: str = ""


class CallbackView(_View):
    """A customer who is called back: the place was kept for them."""

    promised_at: datetime
    tries: int
    """Calls to them in vain."""
    not_before: datetime | None
    """When they may be called again."""


def callback_view(brief: CallbackBrief | None) -> CallbackView | None:
    """Routing's words as pages show them."""
    if brief is None:
        return None
    return CallbackView(promised_at=brief.made_at, tries=brief.tries, not_before=brief.not_before)


class CallCard(_View):
    """`call`: the agent's current call."""

    call_id: str
    leg: str
    phase: CallPhase
    since: datetime
    until: datetime | None = None
    queue: str
    queue_name: Words
    waited_s: float
    number_shown: str
    caller_name: str = ""
    """What the network says of the caller; anybody can make it say anything."""
    customer: CustomerBrief | None = None
    last_calls: tuple[CallBrief, ...] = ()
    open_tickets: tuple[TicketBrief, ...] = ()
    known_by: Literal["number", "proven", "typed"] | None = None
    """How the customer is known: by the number of the call, or by a member number, proven or not."""
    warnings: tuple[str, ...] = ()
    """Why care is to be taken with the caller, as supervisors wrote it."""
    why: WhyYou
    answers_itself: bool = False
    sent_on: SentOn | None = None
    consultation: ConsultationView | None = None
    callback: CallbackView | None = None
    """The customer is not on the line: they are called once the agent has accepted."""
    held_since: datetime | None = None
    """Since when the caller is on hold, with music."""
    said_in_menu: tuple[Words, ...] = ()


class HelpView(_View):
    """How it stands with a queue's reserve."""

    help: Help
    queues: tuple[Words, ...]
    """Whose agents help, or would."""
    since: datetime


class NotReached(_View):
    """`not_reached`: whom the agent called last, where nobody was reached; nothing once they call again."""

    call_id: str
    number_shown: str
    reason: EndReason
    """`other`: the agent's own phone did not take it."""
    at: datetime


class CallRatedView(_View):
    """`rated`: the latest call of this agent's that its caller has rated."""

    call_id: str
    score: int
    """1 to 5, 5 being the best."""
    at: datetime


class DeadlineNotices(_View):
    """`deadline_notices`: how much of what this person was told of deadlines they have not marked as seen."""

    unseen: int


class RecordingState(_View):
    """`recording`: whether the agent's call is recorded just now; `paused_since` is null when it is."""

    call_id: str
    paused_since: datetime | None
    paused_until: datetime | None
    """When it goes on by itself."""


class LinesState(_View):
    """`lines`, for supervisors: none can be had; absent while that is not known."""

    no_line_until: datetime
    """Until then customers who are to be called back wait."""


class VoicesState(_View):
    """`voices`, for supervisors: some do not speak; absent while all do."""

    broken: tuple[str, ...]
    """Their names in the settings. The next ones speak in their place."""


class QueueRow(_View):
    """`queue/<id>`: one queue of the wallboard."""

    id: str
    name: Words
    waiting: int
    longest_since: datetime | None
    service_level_today: float | None
    """The share of today's calls answered in time, 0..1; nothing before the first call."""
    service_level_s: float
    """In time means: after waiting at most so long."""
    answered_today: int
    abandoned_today: int
    agents: dict[str, int]
    """How many of the queue's agents are in each state."""
    help: HelpView | None = None
    """Nothing while the queue needs no reserve."""


class AgentCard(_View):
    """`agent/<id>`: one agent of the wallboard."""

    id: str
    name: str
    number: str
    state: str
    since: datetime
    until: datetime | None = None
    """When it ends by itself, or a break ought to be over."""
    reason: str = ""
    call_id: str | None = None


class WatchView(_View):
    """`watch`: the conversation that this supervisor hears."""

    call_id: str
    agent: int | None
    """Whose conversation it is."""
    leg: str
    """The supervisor's own leg, whose phone rings and answers by itself."""
    phase: Literal["ringing", "talking"]
    mode: WatchMode


class LiveSegment(_View):
    """What one side has said, without a long pause."""

    side: Side
    start_s: float
    """In the recording."""
    end_s: float
    said_at: datetime
    text: str
    confidence: float


class LiveTranscript(_View):
    """`transcript`: the newest sentences of the conversation that this agent is in, or was in last."""

    call_id: str
    segments: list[LiveSegment]
    customer_says: str
    """What they are just saying sounds like so far."""
    agent_says: str
    is_live: bool
    """Whether both are listened to; else the words come when the call is over."""


class NodeTraffic(_View):
    """Callers at a node of a voice menu."""

    node: str
    now: int
    came: int
    """Today, by the site's time."""
    hung_up: int
    """Who ended their call here, today."""


class FlowTraffic(_View):
    """`flow/<name>`: the callers in a voice menu, at the nodes where anybody is or was today."""

    nodes: list[NodeTraffic]


class Snapshot(_View):
    """The first message on the socket, and the next one after a gap."""

    type: Literal["snapshot"]
    version: int
    state: dict[str, dict[str, object] | None]


class Delta(_View):
    """What changed since the message before; its version is that one's plus one."""

    type: Literal["delta"]
    version: int
    set: dict[str, dict[str, object] | None]
    delete: list[str]


PUSHED = (
    RoutingState,
    LinesState,
    VoicesState,
    MyState,
    PhoneState,
    DeskPhoneState,
    CallCard,
    NotReached,
    CallRatedView,
    DeadlineNotices,
    RecordingState,
    WatchView,
    LiveTranscript,
    QueueRow,
    AgentCard,
    FlowTraffic,
    Snapshot,
    Delta,
)
