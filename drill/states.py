"""The states in which a fault may find a call."""

MENU, WAITING, RINGING, TALKING = "menu", "waiting", "ringing", "talking"
HELD, CONSULTING, THREE_WAY, SUPERVISED = "held", "consulting", "three_way", "supervised"
PLAIN = (MENU, WAITING, RINGING, TALKING)
TALKS = (HELD, CONSULTING, THREE_WAY, SUPERVISED)
"""In these a conversation has begun, and who hears whom is more than customer and agent."""
STATES = (*PLAIN, *TALKS)
PAIRED = frozenset({CONSULTING, THREE_WAY, SUPERVISED})
"""Beside the agent there is a colleague or a supervisor."""
