"""What states and types of tickets are called to people."""

from collections.abc import Mapping

from kernel.briefs import Words
from tickets.model import State, TicketType

STATES: Mapping[State, Words] = {
    State.PENDING_ASSIGNMENT: Words(zh="待分派", en="is waiting to be given to somebody"),
    State.PENDING_ACCEPTANCE: Words(zh="待接单", en="has been given to a colleague"),
    State.PROCESSING: Words(zh="处理中", en="is being worked on"),
    State.PENDING_FEEDBACK: Words(zh="待反馈", en="is waiting for your answer"),
    State.RESOLVED: Words(zh="已解决", en="has been resolved"),
    State.CLOSED: Words(zh="已关闭", en="is closed"),
}
TYPES: Mapping[TicketType, Words] = {
    TicketType.INQUIRY: Words(zh="咨询", en="inquiry"),
    TicketType.COMPLAINT: Words(zh="投诉", en="complaint"),
    TicketType.SUGGESTION: Words(zh="建议", en="suggestion"),
    TicketType.TECHNICAL_SUPPORT: Words(zh="技术支持", en="technical support"),
    TicketType.CALLBACK: Words(zh="回电", en="call-back"),
}
