"""`gateway agreements check | matrix | diff`: what agreements come to, proved over every kind of request."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from agreements.agreement import Agreement
from gateway.agreement_files import collector_at_rest
from gateway.analysis import (
    IN_FORCE,
    Readers,
    find_site,
    in_force,
    put_in,
    read_named,
    read_source,
    readers,
    site_files,
)
from gateway.app import utc_now
from gateway.matrix_sheet import COLUMNS, cells, matrix_csv, matrix_html, matrix_json
from gateway.site import InvalidSiteError, Site
from gateway.statements import statements_of
from policies.checking import check as check_set
from policies.difference import Changed, difference
from policies.findings import Finding, Grade
from policies.matrix import matrix as matrix_of
from policies.sentences import changed_json, sentence
from policies.wording import instant_said

FilesArgument = Annotated[
    list[Path] | None, typer.Argument(help="Agreement files; without any, those of the site.")
]
SiteOption = Annotated[Path, typer.Option("--site", help="The site's folder.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Write JSON.")]
AtOption = Annotated[
    str | None, typer.Option("--at", help="As of this date or RFC 3339 instant; without, now.")
]
_out = Console(highlight=False, soft_wrap=True)


class SheetFormat(StrEnum):
    TABLE = "table"
    HTML = "html"
    CSV = "csv"
    JSON = "json"


def add_to(app: typer.Typer) -> None:
    """Add the commands to `gateway agreements`."""
    for command in (check, matrix, diff):
        app.command()(command)


def check(
    files: FilesArgument = None, site: SiteOption = Path(), at: AtOption = None, as_json: JsonOption = False
) -> None:
    """Hold agreements against format, vocabularies, law and what must never happen.

    Files are checked as if they stood among the site's agreements. Exit 1 on any error.
    """
    chosen = files or site_files(site)
    if not chosen:
        raise typer.BadParameter("no agreement files: name some, or a --site that has them")
    agreements, errors = read_named(chosen)
    findings: list[Finding] = []
    try:
        findings = _findings(agreements, find_site(site), whole=not files, at=_instant(at))
    except InvalidSiteError as invalid:
        errors += [message for message in invalid.messages if message not in errors]
    good = not errors and all(found.grade is not Grade.ERROR for found in findings)
    if as_json:
        body = {"good": good, "errors": errors, "findings": [found.as_json() for found in findings]}
        _write_json(body)
    else:
        for line in (*errors, *map(str, findings)):
            _out.print(escape(line))
        _out.print(_summary(len(chosen), errors, findings))
    if not good:
        raise typer.Exit(1)


def _findings(
    agreements: Sequence[Agreement], site: Site | None, *, whole: bool, at: datetime
) -> list[Finding]:
    """Those about the agreements; where the site's own are checked whole, those about the site too."""
    read = readers(site, agreements)
    others = _standing(site)
    together = put_in(agreements, others) if whole else put_in(others, agreements)
    statements = statements_of(site) if site else ()
    found = check_set(read.setting(together), statements, at, known=site is not None)
    about = {(each.id, each.version) for each in agreements}
    return [each for each in found if whole or (each.agreement, each.version) in about]


def _standing(site: Site | None) -> list[Agreement]:
    """What is in force beside; of files that cannot be read the errors are told elsewhere."""
    if site is None or read_named(site_files(site.folder))[1]:
        return []
    return in_force(site)


def _summary(count: int, errors: Sequence[str], findings: Sequence[Finding]) -> str:
    grades = Counter(found.grade for found in findings)
    told = [f"{grades[grade]} {grade.value}{'s' * (grades[grade] != 1)}" for grade in Grade if grades[grade]]
    told = [f"{len(errors)} invalid", *told] if errors else told
    return f"{count} read: {', '.join(told)}" if told else f"{count} good"


def matrix(
    site: SiteOption = Path(),
    sheet: Annotated[SheetFormat, typer.Option("--format", help="How it is written.")] = SheetFormat.TABLE,
    at: AtOption = None,
    as_json: JsonOption = False,
) -> None:
    """Who may ask whom for what, up to which level, on which basis and under which conditions."""
    found = find_site(site)
    if found is None:
        raise typer.BadParameter("--site: expected a folder with a site.yaml")
    instant = _instant(at)
    agreements = in_force(found)
    rows = matrix_of(readers(found, agreements).setting(agreements), instant)
    match SheetFormat.JSON if as_json else sheet:
        case SheetFormat.JSON:
            _write_json(matrix_json(rows, instant))
        case SheetFormat.CSV:
            sys.stdout.write(matrix_csv(rows))
        case SheetFormat.HTML:
            sys.stdout.write(matrix_html(rows, found.name, instant))
        case SheetFormat.TABLE:
            table = Table(*COLUMNS, title=escape(f"{found.name}, {instant_said(instant)}"), show_lines=True)
            for row in rows:
                table.add_row(*map(escape, cells(row)))
            Console(highlight=False, width=None if sys.stdout.isatty() else 240).print(table)


def diff(
    one: Annotated[str, typer.Argument(help="A file, a folder, ID@VERSION or in-force.")],
    other: Annotated[
        str | None, typer.Argument(help="What it becomes; without, the first is a draft against in-force.")
    ] = None,
    site: SiteOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Say which kinds of request are answered differently: every one, newly released first."""
    found, now = find_site(site), _instant(None)
    before, after = _sides(one, other, found, now)
    read = readers(found, [*before, *after])
    about, before, after = _aligned(before, after)
    with collector_at_rest():
        changed = difference(read.setting(before), read.setting(after), now if other is None else None)
    notes = [*about, *_assumed(read)]
    if as_json:
        _write_json(
            {"same": not changed and not about, "notes": notes, "changes": list(map(changed_json, changed))}
        )
        return
    for line in (*notes, *map(sentence, changed)):
        _out.print(escape(line))
    _out.print(_counted(changed))


def _sides(
    one: str, other: str | None, site: Site | None, now: datetime
) -> tuple[list[Agreement], list[Agreement]]:
    """Both sets; a draft alone against what is in force, with the draft put in."""
    first = read_source(one, site, now)
    if other is not None:
        return first, read_source(other, site, now)
    before = read_source(IN_FORCE, site, now)
    return before, put_in(before, first)


def _aligned(
    before: list[Agreement], after: list[Agreement]
) -> tuple[list[str], list[Agreement], list[Agreement]]:
    """Two versions of one agreement are compared as if in force together; their periods are told in words."""
    if not (len(before) == len(after) == 1 and before[0].id == after[0].id):
        return [], before, after
    old, new = before[0], after[0]
    about = []
    if (old.effective, old.expires) != (new.effective, new.expires):
        about.append(
            f"Period: from {instant_said(old.effective)} until {instant_said(old.expires)} becomes "
            f"from {instant_said(new.effective)} until {instant_said(new.expires)}. "
            "What follows compares both as if in force together, in the second period."
        )
    return about, [replace(old, effective=new.effective, expires=new.expires)], after


def _assumed(read: Readers) -> list[str]:
    if read.site is not None:
        return []
    return ["No site.yaml: read without law, and with one agency any-SECTOR for each sector named."]


def _counted(changed: Sequence[Changed]) -> str:
    kinds = Counter(each.change.kind for each in changed)
    return (
        ", ".join(f"{count} {kind.value}" for kind, count in kinds.items())
        or "No request is answered differently."
    )


def _instant(word: str | None) -> datetime:
    """An instant in UTC; without a word the present second."""
    if word is None:
        return utc_now().replace(microsecond=0)
    try:
        when = datetime.fromisoformat(word)
    except ValueError:
        raise typer.BadParameter("--at: expected a date or an RFC 3339 instant") from None
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)


def _write_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
