"""Texts that go to customers."""
