"""Limits of the machine's parts."""

from pydantic import BaseModel, ConfigDict, Field


class DatabaseLimits(BaseModel):
    """How many connections, and how long to wait."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    readers: int = Field(default=4, ge=1)
    """SQLite: connections that read beside the writer."""
    connections: int = Field(default=15, ge=2)
    """PostgreSQL: connections in the pool."""
    wait_s: float = Field(default=30.0, gt=0)
    """For a free connection."""
    busy_timeout_ms: int = Field(default=5_000, ge=0)
    """SQLite: for a lock that another process holds."""


class JobLimits(BaseModel):
    """How jobs are taken, tried again and forgotten."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at_once: int = Field(default=4, ge=1)
    """Jobs that one server runs beside each other."""
    poll_s: float = Field(default=1.0, gt=0)
    """How often a server looks for jobs that fell due, or that another server added."""
    stalled_s: float = Field(default=30.0, gt=0)
    """Workers that are free and have not looked for a job for this long are stuck."""
    lease_s: float = Field(default=30.0, gt=0)
    """A worker that has not renewed its lease for this long is lost, and its job is taken again."""
    run_s_max: float = Field(default=900.0, gt=0)
    """A try that takes longer has failed."""
    attempts_max: int = Field(default=8, ge=1)
    """Tries before a job is given up, with an error in the log."""
    retry_first_s: float = Field(default=5.0, gt=0)
    """Wait after the first failure; doubled after each further one."""
    retry_last_s: float = Field(default=3_600.0, gt=0)
    """The longest wait between two tries."""
    kept_days: float = Field(default=14.0, gt=0)
    """How long finished jobs, and with them their keys, are kept."""
