"""`gateway …`: the command line. Exit 0 good, 1 the answer is no or a check failed, 2 usage."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, NoReturn

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from audit.faults import LedgerBehind, LedgerFault
from gateway import agreements_cli, analysis_cli, audit_cli, keys_cli, late_cli, life_cli
from gateway.agency_client import AgencyClient, Reply
from gateway.app import Running, utc_now
from gateway.demo.command import run_demo
from gateway.doctor import examine
from gateway.downtime_sheet import as_html, as_text, sheet
from gateway.export_cli import export
from gateway.identity_keys import SigningKey, UnusableKey
from gateway.init import init_from_pack, init_site
from gateway.logs import configure_logs
from gateway.packs import pack_folder
from gateway.serving import serve as serve_forever
from gateway.settings import Settings
from gateway.site import InvalidSiteError, read_site
from gateway.store.migrate import current_revision
from gateway.store.migrate import migrate as migrate_store

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
analysis_cli.add_to(agreements_cli.app)
app.add_typer(agreements_cli.app, name="agreements")
life_cli.register(agreements_cli.app)
app.add_typer(keys_cli.app, name="keys")
app.add_typer(late_cli.cases_app, name="cases")
app.add_typer(late_cli.report_app, name="report")
app.add_typer(audit_cli.app, name="audit")
app.command()(export)

SiteOption = Annotated[Path, typer.Option("--site", help="The site's folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON.")]
UrlOption = Annotated[str, typer.Option(help="Where the gateway listens.")]
IssuerOption = Annotated[str, typer.Option(help="The gateway's issuer.")]
AgencyOption = Annotated[str, typer.Option(help="The agency to act as.")]
KeyOption = Annotated[Path, typer.Option(help="The agency's private key (PEM).")]
UserOption = Annotated[str, typer.Option(help="Id of the person acting.")]
RoleOption = Annotated[str, typer.Option(help="Role of the person acting.")]

_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)


def main() -> None:
    """The console script: what it writes only its owner reads; faults become one clear line each."""
    os.umask(0o077)
    try:
        app()
    except InvalidSiteError as invalid:
        fail(*invalid.messages)
    except (LedgerBehind, LedgerFault) as fault:
        fail(f"ledger: {fault}")
    except httpx.HTTPError as error:
        fail(f"the gateway cannot be reached ({type(error).__name__})")


def fail(*messages: str) -> NoReturn:
    """Say what is wrong and leave with 1."""
    for message in messages:
        _err.print(escape(message))
    sys.exit(1)


@app.command()
def init(
    directory: Path,
    pack: Annotated[str | None, typer.Option(help="Start from this agreement pack.")] = None,
) -> None:
    """Make a site: two example agencies with an agreement, or what an agreement pack holds."""
    if pack is None:
        init_site(directory)
    else:
        init_from_pack(directory, pack_folder(pack))
    _out.print(f"Made {directory}. Next: gateway serve --site {directory}")


@app.command()
def serve(
    site: SiteOption = Path(),
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port; 0 takes a free one and prints it.")] = 8080,
    tls_cert: Annotated[Path | None, typer.Option(help="Certificate chain (PEM).")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="Its private key (PEM).")] = None,
) -> None:
    """Run a site."""
    if (tls_cert is None) is not (tls_key is None):
        raise typer.BadParameter("--tls-cert and --tls-key go together")
    settings = Settings()
    configure_logs(settings)
    tls = (tls_cert, tls_key) if tls_cert and tls_key else None
    serve_forever(Running(site, settings), host, port, tls)


@app.command()
def migrate(
    site: SiteOption = Path(),
    to: Annotated[str, typer.Option(help="Revision to go to: head, base or a number.")] = "head",
) -> None:
    """Bring the site's store to a revision."""
    url = read_site(site).storage_url()
    migrate_store(url, to)
    _out.print(f"The store is at {current_revision(url) or 'its beginning'}.")


@app.command()
def doctor(site: SiteOption = Path(), as_json: JsonOption = False) -> None:
    """Say what is unsafe or broken about a site."""
    symptoms = examine(site, utc_now())
    if as_json:
        write_json([{"severity": one.severity, "about": one.about, "text": one.text} for one in symptoms])
    else:
        table = Table("", "about", "what")
        colours = {"ok": "green", "warning": "yellow", "error": "red"}
        for one in symptoms:
            table.add_row(f"[{colours[one.severity]}]{one.severity}[/]", one.about, escape(one.text))
        _out.print(table)
    if any(one.severity == "error" for one in symptoms):
        raise typer.Exit(1)


@app.command("downtime-sheet")
def downtime_sheet(
    site: SiteOption = Path(),
    html: Annotated[bool, typer.Option("--html", help="Write a page to print.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Print what to write down while the gateway cannot be reached, to be entered afterwards."""
    read = read_site(site)
    if as_json:
        write_json([asdict(section) for section in sheet(read)])
    else:
        sys.stdout.write(as_html(read) if html else as_text(read))


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Run the story and stop.")] = False,
    directory: Annotated[Path | None, typer.Option(help="Where to make the county.")] = None,
    port: Annotated[int, typer.Option(help="Port to serve the county on; 0 takes a free one.")] = 0,
) -> None:
    """Make a county, let its agencies ask and answer a case, and serve it."""
    raise typer.Exit(run_demo(once=once, directory=directory, port=port))


@app.command()
def ask(
    query: Annotated[Path, typer.Argument(help="The query's JSON, as for POST /v1/queries; - for input.")],
    url: UrlOption,
    issuer: IssuerOption,
    agency: AgencyOption,
    key: KeyOption,
    as_json: JsonOption = False,
) -> None:
    """Ask one question as an agency. Exit 1 when it was turned away."""
    text = sys.stdin.read() if str(query) == "-" else query.read_text()
    try:
        body = json.loads(text)
    except ValueError:
        raise typer.BadParameter("the query is not JSON") from None
    reply = _client(url, issuer, agency, key).call("POST", "/v1/queries", body)
    _show(reply, as_json=as_json)


@app.command()
def explain(
    query_id: str,
    url: UrlOption,
    issuer: IssuerOption,
    agency: AgencyOption,
    key: KeyOption,
    user: UserOption,
    role: RoleOption = "privacy-officer",
    as_json: JsonOption = False,
) -> None:
    """Show why a query was answered as it was, layer by layer."""
    path = f"/v1/queries/{query_id}/explanation"
    reply = _client(url, issuer, agency, key).call("GET", path, user=user, role=role)
    if as_json or not reply.good:
        _show(reply, as_json=as_json)
        return
    for decision in reply.body["decisions"]:
        _out.print(_explained(decision))
    for trace in reply.body.get("traces", ()):
        _out.print(_traced(trace))


def _explained(decision: dict[str, Any]) -> Table:
    word = decision["decision"] or "masked"
    table = Table("layer", "result", "why", title=f"{decision['custodian']}: {decision['category']}: {word}")
    for layer in decision["layers"]:
        table.add_row(layer["layer"], layer["outcome"], escape(layer["detail"]))
    for reason in decision["reasons"]:
        table.add_row("", reason["code"], escape(reason["text"]))
    return table


def _traced(trace: dict[str, Any]) -> Table:
    """Every clause and law behind a decision, with its words and versions, for those entitled to them."""
    table = Table(
        "clause or law", "result", "words", title=f"{trace['custodian']}: {trace['category']}: full trace"
    )
    for one in trace["clauses"]:
        reason = f" ({one['reason']['text']})" if one["reason"] else ""
        outcome = one["outcome"] if one["in_force"] else "not in force"
        name = f"{one['agreement']} version {one['version']} clause {one['clause']}"
        table.add_row(name, outcome, escape(one["text"] + reason))
    for law in trace["laws"]["binding"]:
        table.add_row(law["id"], law["citation"] or "cannot be read: refuses", escape(law["title"] or ""))
        for opening in law["openings"]:
            table.add_row("", opening["citation"], escape(opening["text"]))
    table.add_row("policy", "", trace["policy"])
    return table


def _client(url: str, issuer: str, agency: str, key: Path) -> AgencyClient:
    try:
        return AgencyClient(url, issuer, agency, SigningKey.from_pem(key.read_bytes()))
    except (OSError, UnusableKey) as error:
        raise typer.BadParameter(f"--key: {error}") from None


def _show(reply: Reply, *, as_json: bool) -> None:
    if as_json or not isinstance(reply.body, dict) or "answers" not in reply.body:
        write_json(reply.body)
    else:
        for answer in reply.body["answers"]:
            _out.print(answer_table(answer))
    if not reply.good:
        raise typer.Exit(1)


def answer_table(answer: dict[str, Any]) -> Table:
    """One custodian's answer as a person reads it at a terminal."""
    table = Table(show_header=False, title=f"{answer['custodian']}: {answer['result'] or answer['state']}")
    for key, value in answer.items():
        if key not in {"custodian", "state", "result", "receipt"} and value not in (None, [], {}):
            shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
            table.add_row(key, escape(shown))
    table.add_row("receipt", f"entry {answer['receipt']['index']} of the ledger")
    return table


def write_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
