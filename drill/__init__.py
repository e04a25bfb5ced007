"""Drills: a fault done on purpose to a private installation full of calls, and what became of each call."""
