"""The soak: a private installation at work for long, and what is left when all have gone."""
