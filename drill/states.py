"""The states in which a fault may find a call."""

MENU, WAITING, RINGING, TALKING = "menu", "waiting", "ringing", "talking"
HELD, CONSULTING, THREE_WAY, SUPERVISED = "held", "consulting", "three_way", "supervised"
PLAIN = (MENU, WAITING, RINGING, TALKING)
TALKS = (HELD, CONSULTING, THREE_WAY, SUPERVISED)
"""In these a conversation has begun, and who hears whom is more than customer and agent."""
CALLBACK = "callback"
"""The caller was promised a call: the place waits without a line, or the customer's phone rings."""
STATES = (*PLAIN, *TALKS, CALLBACK)
TROUPES = (*TALKS, CALLBACK)
"""Each of these has agents of its own."""
PAIRED = frozenset({CONSULTING, THREE_WAY, SUPERVISED})
"""Beside the agent there is a colleague or a supervisor."""
