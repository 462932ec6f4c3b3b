"""Tables as files: CSV (RFC 4180) and JSON Lines, read one way only."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

from adapters.partner import Fault, SourceError
from adapters.source_json import Json, parse_json

MAX_ROWS: Final = 1_000_000

_WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")
_BESIDE_UTF_8: Final = "cp1252"

Cell = str | int | float | bool | list[str | int | float | bool | None] | None
Row = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows by their headings; `encoding` is that of the file."""

    header: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    encoding: str


def decode(body: bytes) -> tuple[str, str]:
    """The text of a file and its encoding: UTF-8 with or without a mark, else Windows-1252.

    Raises:
        SourceError: it is in neither (`MALFORMED`).
    """
    if body.startswith(_WIDE_MARKS) or b"\0" in body:
        raise SourceError(Fault.MALFORMED)
    for encoding in ("utf-8-sig", _BESIDE_UTF_8):
        try:
            return body.decode(encoding), encoding.removesuffix("-sig")
        except UnicodeDecodeError:
            continue
    raise SourceError(Fault.MALFORMED)


def read_csv(body: bytes) -> Table:
    """Read a CSV file whose first line names the columns.

    Raises:
        SourceError: a heading stands twice, a row is not as long as the headings, a quotation does not
            end (`MALFORMED`), or there are more than `MAX_ROWS` rows (`OVERSIZED`).
    """
    text, encoding = decode(body)
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = tuple(name.strip() for name in next(lines, []))
        if not all(header) or len(set(header)) != len(header) or not header:
            raise SourceError(Fault.MALFORMED)
        rows = tuple(_rows(lines, header))
    except csv.Error:
        raise SourceError(Fault.MALFORMED) from None
    return Table(header, rows, encoding)


def _rows(lines: Iterator[list[str]], header: Sequence[str]) -> Iterator[dict[str, str]]:
    for number, cells in enumerate(filter(None, lines), 1):
        if len(cells) != len(header):
            raise SourceError(Fault.MALFORMED)
        if number > MAX_ROWS:
            raise SourceError(Fault.OVERSIZED)
        yield dict(zip(header, cells, strict=True))


def read_json_lines(body: bytes) -> tuple[Row, ...]:
    """Read a file with one JSON object in each line, its values scalars or lists of them.

    Raises:
        SourceError: it is not that (`MALFORMED`), or has more than `MAX_ROWS` lines (`OVERSIZED`).
    """
    lines = body.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    if len(lines) > MAX_ROWS + 1:
        raise SourceError(Fault.OVERSIZED)
    return tuple(_row(parse_json(line)) for line in lines if line.strip())


def _row(value: Json) -> Row:
    if not isinstance(value, dict):
        raise SourceError(Fault.MALFORMED)
    found: dict[str, Cell] = {}
    for name, cell in value.items():
        inside = chain(cell) if isinstance(cell, list) else iter([cell])
        scalars = [each for each in inside if not isinstance(each, list | dict)]
        if isinstance(cell, dict) or (isinstance(cell, list) and len(scalars) != len(cell)):
            raise SourceError(Fault.MALFORMED)
        found[name] = scalars if isinstance(cell, list) else scalars[0]
    return found
