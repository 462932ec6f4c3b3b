"""The matrix of who may ask whom for what as a sheet: for a terminal, as HTML, CSV and JSON."""

from __future__ import annotations

import csv
import html
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from policies.matrix import MatrixRow
from policies.sentences import awaits_said
from policies.wording import (
    case_said,
    duties_said,
    evidence_said,
    instant_said,
    level_said,
    plain,
    scope_said,
    unless_said,
)

COLUMNS: Final = (
    "requester", "custodian", "category", "up to", "basis", "who, why, about whom", "case", "brings",
    "person at the custodian", "duties", "refusals", "clause", "until",
)  # fmt: skip

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;margin:2rem;color:#1b1b1b;background:#fff}"
    "table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:700;font-size:1.25rem;"
    "margin-bottom:1rem}th,td{border:1px solid #565c65;padding:.4rem .6rem;text-align:left;"
    "vertical-align:top}thead th{background:#e6e6e6}.scroll{overflow-x:auto}"
)


def cells(row: MatrixRow) -> tuple[str, ...]:
    """One row in words, in the order of `COLUMNS`."""
    offer, agreement = row.offer, row.rule.agreement
    return (
        row.key.requester,
        row.key.custodian,
        row.key.category.value,
        level_said(offer.level, offer.fields),
        offer.basis.value,
        ", ".join(scope_said(row.box)),
        ", ".join(case_said(row.box)) or "any case",
        ", ".join([*evidence_said(row.box), *unless_said(row.without)]) or "nothing",
        awaits_said(offer.awaits) if offer.awaits else "nobody",
        duties_said(offer.duties) if offer.duties else "none",
        "masked" if row.masked else "told",
        f"{agreement.id} version {agreement.version} clause {row.rule.clause.id}",
        instant_said(agreement.expires),
    )


def matrix_json(rows: Iterable[MatrixRow], at: datetime) -> dict[str, Any]:
    """Every row with the values a program needs."""
    return {"at": instant_said(at), "rows": [_row_json(row) for row in rows]}


def _row_json(row: MatrixRow) -> dict[str, Any]:
    offer, agreement = row.offer, row.rule.agreement
    return {
        "requester": row.key.requester,
        "custodian": row.key.custodian,
        "category": row.key.category.value,
        "level": offer.level.word,
        "fields": sorted(offer.fields),
        "basis": offer.basis.value,
        "where": plain(row.box),
        "except": [plain(box) for box in row.without],
        "awaits": sorted(each.value for each in offer.awaits),
        "duties": sorted(duties_said([duty]) for duty in offer.duties),
        "masked": row.masked,
        "agreement": agreement.id,
        "version": agreement.version,
        "clause": row.rule.clause.id,
        "expires": instant_said(agreement.expires),
    }


def matrix_csv(rows: Iterable[MatrixRow]) -> str:
    """RFC 4180; a cell that a spreadsheet would take for a formula begins with an apostrophe."""
    sheet = io.StringIO()
    writer = csv.writer(sheet)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_harmless(cell) for cell in cells(row)])
    return sheet.getvalue()


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def matrix_html(rows: Sequence[MatrixRow], name: str, at: datetime) -> str:
    """A page that stands alone: no script, no address, every value escaped."""
    title = html.escape(f"Who may ask whom for what: {name}, {instant_said(at)}")
    head = "".join(f'<th scope="col">{html.escape(column)}</th>' for column in COLUMNS)
    body = "\n".join(_line(row) for row in rows)
    return (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
        f'<div class="scroll" role="region" aria-label="Matrix" tabindex="0">\n<table>\n'
        f"<caption>{len(rows)} kinds of request that may be answered; everything else is refused</caption>\n"
        f"<thead>\n<tr>{head}</tr>\n</thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>\n</main>\n</body>\n"
        "</html>\n"
    )


def _line(row: MatrixRow) -> str:
    first, *rest = (html.escape(cell) for cell in cells(row))
    return f'<tr><th scope="row">{first}</th>{"".join(f"<td>{cell}</td>" for cell in rest)}</tr>'
