"""Speech to text and text to speech, behind ports."""
