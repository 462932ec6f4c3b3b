"""Run by the environment of `primero-api`, not by the tests' own: reads a server and prints what it got."""

from __future__ import annotations

import json
import sys

from primero_api import PrimeroAPI  # type: ignore[import-not-found]  # only in that environment

given = json.load(sys.stdin)
client = PrimeroAPI(given["user"], given["password"], given["url"] + "/api/v2/", page_size=40, rate=50)
read = {
    "version": client.get_server_version(),
    "cases": client.get_cases_raw(),
    "columns": sorted(client.get_cases().columns),
    "incidents": client.get_incidents_raw(),
    "lookups": client.get_lookups(),
}
json.dump(read, sys.stdout)
