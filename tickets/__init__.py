"""What stays after a call: tickets, their state and history."""
