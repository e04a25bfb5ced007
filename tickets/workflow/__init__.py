"""The way of a type of ticket: its steps, who does them, and what has to be done before it goes on."""
