"""Questions to a company's own systems, by HTTP or SQL."""
