"""A customer and an agent who are not there: the telephone network as a second, private Asterisk."""
