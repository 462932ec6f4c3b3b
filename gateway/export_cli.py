"""`gateway export`: an agency's disclosures for another system's log."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.agency_client import AgencyClient
from gateway.export_formats import FORMATS
from gateway.identity_keys import SigningKey, UnusableKey


def export(
    url: Annotated[str, typer.Option(help="Where the gateway listens.")],
    issuer: Annotated[str, typer.Option(help="The gateway's issuer.")],
    agency: Annotated[str, typer.Option(help="The agency whose auditor asks.")],
    key: Annotated[Path, typer.Option(help="The agency's private key (PEM).")],
    user: Annotated[str, typer.Option(help="Id of the auditor.")],
    form: Annotated[str, typer.Option("--format", help="fhir, ocsf or cef.")] = "fhir",
    start: Annotated[str | None, typer.Option("--from", help="From this day or instant, UTC.")] = None,
    end: Annotated[str | None, typer.Option("--to", help="To the end of this day, or this instant.")] = None,
    out: Annotated[Path | None, typer.Option(help="Write to this file.")] = None,
) -> None:
    """Write disclosures as FHIR AuditEvents, OCSF or CEF. Exit 1 when an event was dropped."""
    if form not in FORMATS:
        raise typer.BadParameter(f"--format: expected one of {', '.join(FORMATS)}")
    try:
        client = AgencyClient(url, issuer, agency, SigningKey.from_pem(key.read_bytes()))
    except (OSError, UnusableKey) as error:
        raise typer.BadParameter(f"--key: {error}") from None
    given = "".join(f"&{name}={value}" for name, value in (("from", start), ("to", end)) if value)
    reply = client.call("GET", f"/v1/disclosures/export?format={form}{given}", user=user, role="auditor")
    text = reply.body if isinstance(reply.body, str) else json.dumps(reply.body, indent=2) + "\n"
    if out is None or not reply.good:
        sys.stdout.write(text)
    else:
        out.write_text(text, encoding="utf-8")
    dropped = reply.headers.get("export-dropped", "0")
    if reply.good and dropped != "0":
        sys.stderr.write(f"{dropped} events could not be masked and were dropped\n")
    if not reply.good or dropped != "0":
        raise typer.Exit(1)
