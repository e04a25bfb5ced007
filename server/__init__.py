"""The composition root: settings, wiring, supervisor, command line."""
