"""A report as a page: HTML that prints well, or CSV that no spreadsheet takes for formulas. Pure."""

from __future__ import annotations

import csv
import io
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from html import escape
from typing import Final

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "%")
_STYLE: Final = (
    "@page{size:A4 landscape;margin:15mm}"
    "body{font:11pt/1.4 system-ui,sans-serif;color:#1b1b1b;background:#fff;margin:2rem;max-width:75rem}"
    "h1{font-size:1.4rem}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #71767a;padding:.35rem .5rem;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}th{background:#dfe1e2}thead{display:table-header-group}"
    "tr{break-inside:avoid}dt{font-weight:600}dd{margin:0 0 .4rem}"
    "@media print{body{margin:0;max-width:none;font-size:9pt}}"
)
CONTENT_SECURITY: Final = (
    "default-src 'none'; frame-ancestors 'none'; style-src 'sha256-"
    f"{b64encode(sha256(_STYLE.encode()).digest()).decode()}'"
)
"""The policy a page is sent with: nothing but its own style sheet, known by its digest."""


@dataclass(frozen=True, slots=True)
class Page:
    """A title, what there is to say once, one table, and remarks below it."""

    title: str
    facts: Sequence[tuple[str, str]]
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()


def as_csv(page: Page) -> str:
    """The table alone, every cell quoted (RFC 4180). Text that a spreadsheet could take for a formula has an
    apostrophe before it (OWASP, CSV injection).
    """
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(page.columns)
    writer.writerows([[_safe(cell) for cell in row] for row in page.rows])
    return out.getvalue()


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) or cell.startswith(_FORMULA) else cell


def as_html(page: Page) -> str:
    """The whole page in one file: no script, nothing fetched, every word escaped."""
    facts = "".join(f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in page.facts)
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in page.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>\n" for row in page.rows
    )
    empty = "" if page.rows else "<p>There is nothing to list.</p>"
    notes = "".join(f"<p>{escape(note)}</p>" for note in page.notes)
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>{escape(page.title)}</title><style>{_STYLE}</style></head>\n"
        f"<body><main><h1>{escape(page.title)}</h1><dl>{facts}</dl>\n"
        f"<table><thead><tr>{heads}</tr></thead><tbody>\n{rows}</tbody></table>{empty}{notes}</main></body></html>\n"
    )
