"""Venues and communications of a database as candidates: fetched by blocks, graded elsewhere."""

from __future__ import annotations

import re
from typing import Final

import sqlalchemy as sa

from adapters.communications import channel_form
from adapters.mapping import CommunicationTable, VenueTable
from adapters.names import fold
from adapters.sql_people import MAX_CANDIDATES, string
from adapters.sql_tables import Tables, as_text
from agreements.subject import Address, CommunicationIdentity, VenueIdentity

_BLOCK_WORDS: Final = 3
_SHORT_WORD: Final = 3
_WORD: Final = re.compile(r"[^\W_]+")
_NUMBER_TAIL: Final = 7
_COMMON_WORDS: Final = frozenset({"school", "high", "street", "road", "avenue", "the", "center", "centre"})


def venues(
    connection: sa.Connection, tables: Tables, venue: VenueTable, asked: VenueIdentity
) -> tuple[dict[object, VenueIdentity], bool]:
    """Venues that share a telling word of the name or begin their street line alike; and if too many."""
    columns = {"key": tables.column(venue.table, venue.key), "name": tables.column(venue.table, venue.name)}
    parts = venue.address.named()
    columns |= {f"address.{part}": tables.column(venue.table, name) for part, name in parts.items()}
    words = [word for word in _telling_words(asked.name) if word not in _COMMON_WORDS]
    alike = [_contains(columns["name"], word) for word in words[:_BLOCK_WORDS]]
    line = fold(asked.address.line).split() if asked.address else []
    if line and "address.line" in columns:
        begins = sa.func.lower(columns["address.line"]).startswith(line[0], autoescape=True)
        alike.append(begins)
    alike.append(sa.func.lower(columns["name"]) == asked.name.strip().lower())
    rows, many = _rows(connection, columns, sa.or_(*alike))
    return {row["key"]: _venue(row, parts) for row in rows}, many


def _venue(row: sa.RowMapping, parts: dict[str, str]) -> VenueIdentity:
    address = {part: string(row[f"address.{part}"]) for part in parts}
    return VenueIdentity(string(row["name"]), Address(**address) if any(address.values()) else None)


def communications(
    connection: sa.Connection, tables: Tables, table: CommunicationTable, asked: CommunicationIdentity
) -> tuple[dict[object, CommunicationIdentity], bool]:
    """Communications whose handle can be the one asked about, or whose text shares its longest words."""
    named = {"key": table.key, "channel": table.channel, "handle": table.handle, "text": table.text}
    columns = {label: tables.column(table.table, name) for label, name in named.items() if name is not None}
    alike: list[sa.ColumnElement[bool]] = [sa.false()]
    if asked.handle.strip() and "handle" in columns:
        alike.append(_handle_like(columns["handle"], asked))
    if asked.text.strip() and "text" in columns:
        words = _telling_words(asked.text)[:_BLOCK_WORDS]
        alike += [_contains(columns["text"], word) for word in words]
    rows, many = _rows(connection, columns, sa.or_(*alike))
    return {row["key"]: _communication(row, table) for row in rows}, many


def _communication(row: sa.RowMapping, table: CommunicationTable) -> CommunicationIdentity:
    channel = table.channel_is if table.channel_is is not None else string(row["channel"])
    return CommunicationIdentity(channel, string(row.get("handle")), string(row.get("text")))


def _handle_like(column: sa.Column[object], asked: CommunicationIdentity) -> sa.ColumnElement[bool]:
    written = asked.handle.strip().lower()
    digits = "".join(c for c in written if c.isdigit())
    bare: sa.ColumnElement[object] = sa.func.trim(sa.func.lower(as_text(column)))
    if channel_form(asked.channel) != "phone" or len(digits) < _NUMBER_TAIL:
        return bare.in_([written.lstrip("@"), "@" + written.lstrip("@")])
    for mark in (" ", "-", "(", ")", ".", "/"):
        bare = sa.func.replace(bare, mark, "")
    return bare.endswith(digits[-_NUMBER_TAIL:], autoescape=True)


def _telling_words(text: str) -> list[str]:
    """The longest words first: they are in the fewest rows."""
    words = {word for word in _WORD.findall(text.lower()) if len(word) > _SHORT_WORD}
    return sorted(words, key=lambda word: (-len(word), word))


def _contains(column: sa.Column[object], word: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(as_text(column)).contains(word, autoescape=True)


def _rows(
    connection: sa.Connection, columns: dict[str, sa.Column[object]], condition: sa.ColumnElement[bool]
) -> tuple[list[sa.RowMapping], bool]:
    labelled = [column.label(label) for label, column in columns.items()]
    query = sa.select(*labelled).where(condition).limit(MAX_CANDIDATES + 1)
    rows = list(connection.execute(query).mappings())
    return rows[:MAX_CANDIDATES], len(rows) > MAX_CANDIDATES
