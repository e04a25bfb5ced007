"""The business system that the example company's flows ask, run beside Hotline for as long as they do."""

import os
import secrets
import sys
from pathlib import Path

from lookups.sources_file import FILE
from server.process import Part
from server.settings import ROOT, Settings

ADDRESS, TOKEN = "HAILAN_ADDRESS", "HAILAN_TOKEN"
TOKEN_BYTES = 24


def business_part(settings: Settings) -> Part | None:
    """The example's system, with its address and token where look-ups find them; None: nothing asks it."""
    places = settings.places
    if ADDRESS in os.environ or not _is_asked(places.site / FILE):
        return None
    folder = places.lookup_secrets
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = folder / TOKEN
    token = kept.read_text(encoding="utf-8").strip() if kept.exists() else secrets.token_urlsafe(TOKEN_BYTES)
    _write(kept, token)
    _write(folder / ADDRESS, f"http://127.0.0.1:{settings.example.business_port}")
    return Part(
        name="business",
        command=(
            *(sys.executable, "-m", "business_example"),
            *("--port", str(settings.example.business_port)),
            *("--database", str(places.data / "business_example.db")),
        ),
        environment={"PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": "1", TOKEN: token},
    )


def _is_asked(lookups: Path) -> bool:
    try:
        return ADDRESS in lookups.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False


def _write(path: Path, secret: str) -> None:
    path.touch(mode=0o600)
    path.write_text(secret, encoding="utf-8")
