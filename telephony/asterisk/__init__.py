"""The adapter to Asterisk: FastAGI holds callers, AMI rings agents, ARI makes devices known."""
