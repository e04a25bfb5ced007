"""By when something has to be done about a ticket, and who hears of it before and after."""
