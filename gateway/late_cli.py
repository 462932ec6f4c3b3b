"""`gateway cases due` and `gateway report under-sharing`: what is late, by whom, and what came to nothing.

Each looks into a site's own store, or asks a gateway as an agency.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from audit.ledger import Ledger
from gateway.agency_client import AgencyClient
from gateway.app import utc_now
from gateway.case_reviews import due_cases
from gateway.identity_keys import SigningKey, UnusableKey
from gateway.keys import KEYS_FOLDER, LEDGER_KEY, gateway_keys
from gateway.site import InvalidSiteError, read_site
from gateway.store_reader import reading
from gateway.under_sharing import measure
from gateway.wire.span import Span

cases_app = typer.Typer(no_args_is_help=True, help="What is late.")
report_app = typer.Typer(no_args_is_help=True, help="Counts about sharing.")

SiteOption = Annotated[Path, typer.Option("--site", help="The site's folder; without --url.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON.")]
UrlOption = Annotated[str | None, typer.Option(help="Where a gateway listens, to be asked as an agency.")]
IssuerOption = Annotated[str, typer.Option(help="The gateway's issuer.")]
KeyOption = Annotated[Path | None, typer.Option(help="The agency's private key (PEM).")]
UserOption = Annotated[str, typer.Option(help="Id of the person acting.")]
_out = Console(highlight=False, soft_wrap=True)


@cases_app.callback()
def cases() -> None:
    """What is late."""


@report_app.callback()
def report() -> None:
    """Counts about sharing."""


@cases_app.command()
def due(
    site: SiteOption = Path(),
    agency: Annotated[str | None, typer.Option(help="The agency; without --url, all of them.")] = None,
    on: Annotated[str | None, typer.Option("--on", help="Late by this day (YYYY-MM-DD); today.")] = None,
    url: UrlOption = None,
    issuer: IssuerOption = "",
    key: KeyOption = None,
    user: UserOption = "",
    as_json: JsonOption = False,
) -> None:
    """List open cases to be reviewed, and questions that wait too long. Exit 1 when something is late."""
    if url is not None:
        path = f"/v1/cases?due={_day(on).isoformat() if on else ''}"
        found = _asked(_client(url, issuer, agency, key), path, user, "caseworker")["cases"]
    else:
        found = _due_at(site, agency, _day(on) if on else None)
    if as_json:
        _write({"cases": found})
    else:
        _out.print(_cases_table(found) if found else "Nothing is late.")
    if any(case["state"] == "late" or case["questions"] for case in found):
        raise typer.Exit(1)


@report_app.command("under-sharing")
def under_sharing(
    agency: Annotated[str, typer.Option(help="The agency whose questions and answers are counted.")],
    site: SiteOption = Path(),
    since: Annotated[str | None, typer.Option("--from", help="From this day (YYYY-MM-DD).")] = None,
    until: Annotated[str | None, typer.Option("--to", help="To the end of this day (YYYY-MM-DD).")] = None,
    url: UrlOption = None,
    issuer: IssuerOption = "",
    key: KeyOption = None,
    user: UserOption = "",
    role: Annotated[str, typer.Option(help="Role of the person acting.")] = "privacy-officer",
    as_json: JsonOption = False,
) -> None:
    """Count questions that came to nothing, and how long each partner takes."""
    start, end = _day(since) if since else None, _day(until) if until else None
    if url is not None:
        given = {"from": start, "to": end}
        asked = "&".join(f"{name}={day.isoformat()}" for name, day in given.items() if day is not None)
        path = f"/v1/reports/under-sharing?{asked}"
        found = _asked(_client(url, issuer, agency, key), path, user, role)
    else:
        span = Span(_midnight(start), _midnight(end + timedelta(days=1)) if end else None)
        found = _measured(site, agency, span)
    if as_json:
        _write(found)
    else:
        _out.print(_report_table(found))


def _due_at(site: Path, agency: str | None, day: date | None) -> list[dict[str, Any]]:
    at, known = utc_now(), read_site(site).agencies
    if agency is not None and agency not in known:
        raise typer.BadParameter("--agency: expected an agency of the site")
    with reading(site) as reader:
        return [
            case
            for one in ([agency] if agency else sorted(known))
            for case in due_cases(reader.connection, reader.records, one, day or at.date(), at)
        ]


def _measured(folder: Path, agency: str, span: Span) -> dict[str, Any]:
    site = read_site(folder)
    if agency not in site.agencies:
        raise typer.BadParameter("--agency: expected an agency of the site")
    if not (site.path(KEYS_FOLDER) / LEDGER_KEY).exists():
        raise InvalidSiteError(["the site was never served: there is nothing to count"])
    own = gateway_keys(site)
    with reading(folder) as reader:
        return measure(reader.connection, Ledger(site.origin, own.ledger, own.payload), agency, span)


def _client(url: str, issuer: str, agency: str | None, key: Path | None) -> AgencyClient:
    if not issuer or agency is None or key is None:
        raise typer.BadParameter("--url goes with --issuer, --agency and --key")
    try:
        return AgencyClient(url, issuer, agency, SigningKey.from_pem(key.read_bytes()))
    except (OSError, UnusableKey) as error:
        raise typer.BadParameter(f"--key: {error}") from None


def _asked(client: AgencyClient, path: str, user: str, role: str) -> Any:
    reply = client.call("GET", path, user=user, role=role if user else "")
    if not reply.good:
        _write(reply.body)
        raise typer.Exit(1)
    return reply.body


def _cases_table(found: list[dict[str, Any]]) -> Table:
    table = Table("case", "manager", "next review", "late", "waits for")
    for case in found:
        waits = "\n".join(
            f"{one['by']}: {one['waits_for']} since {one['since']} ({one['state']})"
            for one in case["questions"]
        )
        late = f"{case['days_late']} days" if case["state"] == "late" else ""
        manager = f"{case['manager']['name']}, {case['agency']}"
        table.add_row(escape(case["id"]), escape(manager), case["next_review"], late, waits)
    return table


def _report_table(found: dict[str, Any]) -> Table:
    columns = {
        "questions": "questions",
        "unanswered": "unanswered",
        "no_agreement": "no agreement",
        "consent_or_exception_would_have_opened": "more would have opened",
        "median_seconds": "median s",
        "p95_seconds": "95 % s",
    }
    table = Table("asked by", "asked of", *columns.values(), caption=found["note"])
    for pair in found["partners"]:
        counts = ["few" if pair[name] is None else str(pair[name]) for name in columns]
        table.add_row(pair["requester"], pair["custodian"], *counts)
    return table


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise typer.BadParameter("expected a day such as 2026-03-02") from None


def _midnight(day: date | None) -> datetime | None:
    return None if day is None else datetime.combine(day, datetime.min.time(), UTC)


def _write(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
