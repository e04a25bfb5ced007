"""What a caller hears: flows as data, and their interpreter."""
