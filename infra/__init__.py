"""The machine: database, outbox, jobs, bus, tasks, web routes, logging."""
