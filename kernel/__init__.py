"""Words and values that every part of Hotline shares; imports nothing of Hotline."""
