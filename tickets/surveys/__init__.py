"""Surveys: how customers were satisfied, asked by a link that works once."""
