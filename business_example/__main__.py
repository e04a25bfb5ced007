"""Runs the example company's business system: `python -m business_example --port 8095 --database FILE`.

The token is in the environment, where no list of processes shows it.
"""

import argparse
import os
import sys
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from aiohttp import web

from business_example.api import build
from business_example.records import Records

TOKEN = "HAILAN_TOKEN"  # noqa: S105 - the name of the variable


def _today() -> date:
    return datetime.now(ZoneInfo("Asia/Shanghai")).date()


def main() -> int:
    """Serves until it is told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--database", type=Path, required=True)
    given = parser.parse_args()
    token = os.environ.get(TOKEN)
    if not token:
        sys.stderr.write(f"set {TOKEN} to what those who may ask have to send\n")
        return 2
    records = Records(given.database)
    records.prepare(_today())
    web.run_app(build(records, token, _today), host="127.0.0.1", port=given.port, print=None, access_log=None)
    return 0


if __name__ == "__main__":
    sys.exit(main())
