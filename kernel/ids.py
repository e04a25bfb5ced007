"""Identities. A `NewType` each, so that mypy tells a call from a leg."""

from typing import NewType

CallId = NewType("CallId", str)
"""One customer's contact by phone; unique over all machines of a site and all time."""

LegId = NewType("LegId", str)
"""One channel of the switch that belongs to a call. An agent's leg is `leg-<call>-<n>`."""

StaffId = NewType("StaffId", int)
"""A person who works here (account)."""

AgentId = NewType("AgentId", int)
"""A staff member in the role of agent; the same figure as the person's `StaffId`."""

GUESTS_FROM = 1_000_000_000
GUESTS_MAX = 1_000_000_000


def is_guest(agent: AgentId) -> bool:
    """Whether this is nobody who works here, but somebody at an outside number, for one call."""
    return agent >= GUESTS_FROM


QueueId = NewType("QueueId", str)
"""The key of a queue in the site's `queues.yaml`, such as `complaints`."""

SkillId = NewType("SkillId", str)
"""The key of something an agent can do, such as `billing` or `english`."""

DeviceId = NewType("DeviceId", str)
"""A phone that the switch can ring; opaque, letters, digits and dashes."""

CustomerId = NewType("CustomerId", int)
TicketId = NewType("TicketId", int)
