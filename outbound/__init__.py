"""Whom we call, and whom we must not."""
