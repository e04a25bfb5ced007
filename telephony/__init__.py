"""The only place that talks to Asterisk, and the neutral words for calls."""
