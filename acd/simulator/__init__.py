"""The routing engine on a virtual clock: the one that routes live calls, with generated callers."""
