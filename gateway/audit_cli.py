"""`gateway audit …`: an auditor's questions put to a gateway. Exit 1 when something stands out."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway import audit_pages as pages
from gateway.agency_client import AgencyClient
from gateway.identity_keys import SigningKey, UnusableKey
from gateway.page import Page, as_html
from gateway.wire.inquiry import MOST_LINES

app = typer.Typer(no_args_is_help=True, help="Put an auditor's questions to a gateway.")
_out = Console(highlight=False, soft_wrap=True)

RequesterOption = Annotated[
    str | None, typer.Option("--requester", help="The agency that asked or was told.")
]
SubjectOption = Annotated[Path | None, typer.Option(help="A file with the subject's JSON.")]
CustodianOption = Annotated[str | None, typer.Option(help="The agency that told.")]
CaseOption = Annotated[str | None, typer.Option(help="The case.")]
QueryOption = Annotated[str | None, typer.Option(help="The query.")]
CategoryOption = Annotated[str | None, typer.Option(help="The category.")]
FromOption = Annotated[str | None, typer.Option("--from", help="From this day or instant, UTC.")]
ToOption = Annotated[str | None, typer.Option("--to", help="To the end of this day, or this instant, UTC.")]


@dataclass(frozen=True, slots=True)
class Auditor:
    """Who asks, of which gateway, and how the answer is written."""

    client: AgencyClient
    user: str
    role: str
    as_json: bool
    html: Path | None

    def ask(
        self, method: str, path: str, body: Any, page: Callable[[Any], Page], good: Callable[[Any], bool]
    ) -> None:
        """Ask, write what comes back, and leave with 1 unless it is good."""
        reply = self.client.call(method, path, body, user=self.user, role=self.role)
        if not reply.good or self.as_json:
            sys.stdout.write(json.dumps(reply.body, indent=2, ensure_ascii=False) + "\n")
        else:
            _show(page(reply.body))
        if reply.good and self.html is not None:
            self.html.write_text(as_html(page(reply.body)), encoding="utf-8")
        if not reply.good or not good(reply.body):
            raise typer.Exit(1)


@app.callback()
def audit(
    context: typer.Context,
    url: Annotated[str, typer.Option(help="Where the gateway listens.")],
    issuer: Annotated[str, typer.Option(help="The gateway's issuer.")],
    agency: Annotated[str, typer.Option(help="The agency whose auditor asks.")],
    key: Annotated[Path, typer.Option(help="The agency's private key (PEM).")],
    user: Annotated[str, typer.Option(help="Id of the auditor.")],
    role: Annotated[str, typer.Option(help="auditor or privacy-officer.")] = "auditor",
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write the page to this file too.")] = None,
) -> None:
    """Put an auditor's questions to a gateway."""
    try:
        client = AgencyClient(url, issuer, agency, SigningKey.from_pem(key.read_bytes()))
    except (OSError, UnusableKey) as error:
        raise typer.BadParameter(f"--key: {error}") from None
    context.obj = Auditor(client, user, role, as_json, html)


@app.command()
def received(
    context: typer.Context,
    agency: Annotated[str, typer.Argument(help="Did this agency receive this?")],
    subject: SubjectOption = None, custodian: CustodianOption = None, case: CaseOption = None,
    query: QueryOption = None, category: CategoryOption = None, start: FromOption = None,
    end: ToOption = None,
) -> None:  # fmt: skip
    """Prove that an agency did or did not receive something. Exit 1 when it did not."""
    body = _body(subject, requester=agency, custodian=custodian, case=case, query=query, category=category,
                 **{"from": start, "to": end})  # fmt: skip
    context.obj.ask(
        "POST", "/v1/audit/received", body, pages.received_page, lambda report: report["received"]
    )


@app.command()
def who(
    context: typer.Context,
    subject: SubjectOption = None, requester: RequesterOption = None, custodian: CustodianOption = None,
    asked_by: Annotated[str | None, typer.Option(help="Id of the person who asked.")] = None,
    case: CaseOption = None, query: QueryOption = None,
    agreement: Annotated[str | None, typer.Option(help="The agreement.")] = None,
    clause: Annotated[str | None, typer.Option(help="The clause.")] = None,
    category: CategoryOption = None, start: FromOption = None, end: ToOption = None,
) -> None:  # fmt: skip
    """Who got what, when, why, under which clause."""
    body = _body(subject, requester=requester, custodian=custodian, asked_by=asked_by, case=case, query=query,
                 agreement=agreement, clause=clause, category=category,
                 **{"from": start, "to": end})  # fmt: skip
    context.obj.ask("POST", "/v1/audit/who", body, pages.who_page, lambda _: True)


@app.command("unreviewed-emergencies")
def unreviewed(context: typer.Context, start: FromOption = None, end: ToOption = None) -> None:
    """Emergencies that nobody has reviewed. Exit 1 when one is overdue."""
    path = _path("/v1/audit/unreviewed-emergencies", start, end)
    context.obj.ask("GET", path, None, pages.emergencies_page, lambda report: not report["overdue"])


@app.command()
def lookups(context: typer.Context, start: FromOption = None, end: ToOption = None) -> None:
    """Who looks up far more people than their peers, or their own. Exit 1 when somebody stands out."""
    path = _path("/v1/audit/lookups", start, end)
    context.obj.ask("GET", path, None, pages.lookups_page, _nobody_stands_out)


@app.command()
def groups(context: typer.Context, start: FromOption = None, end: ToOption = None) -> None:
    """Whether queries, answers and emergencies are uneven between groups; small numbers hidden."""
    context.obj.ask("GET", _path("/v1/audit/groups", start, end), None, pages.groups_page, lambda _: True)


@app.command()
def samples(context: typer.Context, start: FromOption = None, end: ToOption = None) -> None:
    """At least one in twenty of each day's queries, to be reviewed by a person."""
    context.obj.ask("GET", _path("/v1/samples", start, end), None, pages.samples_page, lambda _: True)


@app.command()
def reconcile(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="The access log: CSV with a header, or JSON lines.")],
    start: FromOption = None,
    end: ToOption = None,
) -> None:
    """Hold the agency's own access log against the ledger. Exit 1 when they differ.

    A line has `at` (RFC 3339), and may have `query` and `requester`; other columns are not sent.
    """
    accesses = _accesses(file)
    if len(accesses) > MOST_LINES:
        raise typer.BadParameter(
            f"{file}: expected at most {MOST_LINES} lines; give a shorter stretch of time"
        )
    body = {"accesses": accesses, "from": start, "to": end}
    same = lambda report: not report["only_in_log"] and not report["only_in_ledger"]  # noqa: E731
    context.obj.ask("POST", "/v1/audit/reconcile", body, pages.reconciled_page, same)


def _accesses(file: Path) -> list[dict[str, str]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
        if text.lstrip().startswith("{"):
            rows = [json.loads(line) for line in text.splitlines() if line.strip()]
        else:
            rows = list(csv.DictReader(text.splitlines()))
        return [{key: row[key] for key in ("at", "query", "requester") if row.get(key)} for row in rows]
    except (OSError, ValueError, AttributeError) as error:
        raise typer.BadParameter(f"{file}: cannot be read ({type(error).__name__})") from None


def _body(subject: Path | None, **named: str | None) -> dict[str, Any]:
    try:
        about = json.loads(subject.read_text(encoding="utf-8")) if subject else None
    except (OSError, ValueError):
        raise typer.BadParameter("--subject: expected a file with the subject's JSON") from None
    return {key: value for key, value in {"subject": about, **named}.items() if value is not None}


def _path(path: str, start: str | None, end: str | None) -> str:
    given = "&".join(f"{name}={value}" for name, value in (("from", start), ("to", end)) if value)
    return f"{path}?{given}" if given else path


def _nobody_stands_out(report: Any) -> bool:
    return not any(one["stands_out"] for one in report["users"])


def _show(page: Page) -> None:
    for name, value in page.facts:
        _out.print(escape(f"{name}: {value}"))
    table = Table(*page.columns, title=page.title)
    for row in page.rows:
        table.add_row(*map(escape, row))
    _out.print(table)
    for note in page.notes:
        _out.print(escape(note))
