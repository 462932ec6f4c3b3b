"""`gateway agreements show|sign|replay`: a version's state, a party's signature, past decisions again."""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agreements.agreement import Agreement
from agreements.parser import to_yaml
from agreements.wording import clause_in_words
from gateway.agreements_cli import read_file
from gateway.app import utc_now
from gateway.governing import InSight, agreement_json, in_sight, summary
from gateway.identity_keys import SigningKey, UnusableKey
from gateway.replaying import replay_json, replayed
from gateway.signatures import sign as sign_agreement
from gateway.signing_file import UnwritableError, with_signature
from gateway.store.agreements import TakenStep, steps_of
from gateway.store_reader import StoreReader, reading
from gateway.wire.times import instant

SiteOption = Annotated[Path, typer.Option("--site", help="The site's folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON.")]
_out = Console(highlight=False, soft_wrap=True)


def register(app: typer.Typer) -> None:
    """Add these commands to those of `gateway agreements`."""
    for command in (show, sign, replay):
        app.command()(command)


def show(
    what: Annotated[str, typer.Argument(help="A file, or ID or ID@VERSION of a version of the site.")],
    site: SiteOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Show a version: its state, parties and signatures, and every clause in words; a file in full."""
    if Path(what).is_file():
        agreement = read_file(Path(what))
        text = json.dumps(agreement_json(agreement), indent=2) if as_json else to_yaml(agreement).rstrip()
        sys.stdout.write(text + "\n")
        return
    with reading(site) as reader:
        found = _version(reader, what)
        taken = steps_of(reader.connection, found.key)
    if as_json:
        steps = [{"step": one.step.value, "by": one.by, "at": instant(one.at)} for one in taken]
        _write({**summary(found), "steps": steps, "agreement": agreement_json(found.agreement)})
    else:
        _show(found, taken)


def _show(found: InSight, taken: list[TakenStep]) -> None:
    agreement, signed = found.agreement, {one.party for one in found.agreement.signatures}
    _out.print(escape(f"{agreement.title} ({agreement.id} version {agreement.version})"))
    _out.print(f"{found.state.value}, {'in force' if found.in_force else 'not in force'}")
    _out.print(f"from {instant(agreement.effective)} to {instant(agreement.expires)}")
    for party in agreement.parties:
        _out.print(f"  {party}: {'has signed' if party in signed else 'has not signed'}")
    for one in taken:
        _out.print(f"  {instant(one.at)}  {one.step.value} by {one.by}")
    for clause in agreement.clauses:
        _out.print(escape(f"\n{clause.id}  {clause.text}\n    {clause_in_words(clause)}"))


def sign(
    file: Path,
    agency: Annotated[str, typer.Option("--agency", "--party", help="The party that signs.")],
    key: Annotated[Path, typer.Option(help="Its private key (PEM).")],
    add: Annotated[bool, typer.Option("--add", help="Put the signature into the file.")] = False,
) -> None:
    """Write a party's signature under exactly this version: to send to the gateway, or to add to the file."""
    agreement = read_file(file)
    if agency not in agreement.parties:
        raise typer.BadParameter("--agency: expected a party of the agreement")
    try:
        signature = sign_agreement(agreement, agency, SigningKey.from_pem(key.read_bytes()))
        if add:
            file.write_text(with_signature(file.read_text(), agreement, signature))
    except (OSError, UnusableKey) as error:
        raise typer.BadParameter(f"--key: {error}") from None
    except UnwritableError as error:
        _out.print(escape(f"{file}: {error}"))
        raise typer.Exit(1) from None
    sys.stdout.write(json.dumps({"party": signature.party, "jws": signature.jws}) + "\n")


def replay(
    draft: Annotated[str, typer.Argument(help="A draft's file, or ID or ID@VERSION of one in the store.")],
    site: SiteOption = Path(),
    since: Annotated[
        str | None, typer.Option(help="Only questions from this day or instant on, UTC.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Make past decisions again under a draft, and show which would come out otherwise."""
    start = None if since is None else _instant(since)
    with reading(site) as reader:
        version = read_file(Path(draft)) if Path(draft).is_file() else _version(reader, draft).agreement
        told = replay_json(replayed(reader.records, reader.connection, version, start))
    if as_json:
        _write(told)
    else:
        _show_replay(version, told)


def _show_replay(draft: Agreement, told: dict[str, Any]) -> None:
    _out.print(
        f"{draft.id} version {draft.version}: {told['changed']} of {told['decisions']} past decisions "
        "would come out otherwise"
    )
    for change, number in told["counts"].items():
        if number:
            _out.print(f"  {number}  {change}")
    if told["not_replayable"]:
        _out.print(f"  {told['not_replayable']} questions are older than the keeping of facts")
    for one in told["changes"]:
        title = f"{one['change']}: {one['requester']} asked {one['custodian']} about {one['category']}"
        table = Table("", "decision", "why", title=f"{title} ({one['query']}, {one['asked_at']})")
        for when in ("before", "after"):
            table.add_row(when, one[when]["decision"], escape(_why(one[when])))
        _out.print(table)
    if told["left_off"]:
        _out.print(f"{told['left_off']} more are not shown")


def _why(part: dict[str, Any]) -> str:
    if part["decision"] == "deny":
        return "; ".join(reason["text"] for reason in part["reasons"])
    basis = part["basis"]
    where = f"{basis['agreement']} version {basis['version']} clause {basis['clause']}"
    awaits = f", after {', '.join(part['awaits'])}" if part["awaits"] else ""
    return f"up to {part['level']} by {basis['kind']}, {where}{awaits}"


def _version(reader: StoreReader, named: str) -> InSight:
    """The version named; without a number the one in force, else the latest."""
    id, _, number = named.partition("@")
    found = in_sight(reader.policies, reader.records.agreements.all(reader.connection), utc_now())
    found = [one for one in found if one.agreement.id == id and number in {"", str(one.agreement.version)}]
    if not found:
        raise typer.BadParameter("no such file, and no such version of this site")
    return max(found, key=lambda one: (one.in_force, one.agreement.version))


def _instant(text: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("--since: expected a day as YYYY-MM-DD, or an instant") from None
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read


def _write(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
