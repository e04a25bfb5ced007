"""What was said in calls, in words: kept, searched and shown."""
