"""Reads what a ticket needs out of what a customer said."""
