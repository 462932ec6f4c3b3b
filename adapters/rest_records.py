"""What a `rest` source holds about a subject: the permitted members asked for, the rest never kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from adapters.client import together
from adapters.partner import Fault, SourceError
from adapters.rest_mapping import CategoryRows, RecordRequest, Register, RowsRequest
from adapters.rest_pick import Pick
from adapters.rest_search import passes
from adapters.rest_source import Record, RestSource, key_of, unique
from adapters.source_json import Json, as_object
from agreements.permit import FieldValue, Holding, Permit, Scalar, minimise
from agreements.terms import Level

MAX_RECORDS: Final = 10
MAX_ROWS: Final = 1000

_PAGES: Final = 20
_BETWEEN: Final = ", "
_NOTHING: Final[Sequence[Json]] = (None, "", [], {})


async def read_holdings(
    source: RestSource, register: Register, keys: Sequence[str], permits: Sequence[Permit]
) -> tuple[Holding, ...]:
    """What the permits allow about the subject with these keys, minimised.

    Raises:
        SourceError: the source gave no usable answer, or one about somebody else (`MISMATCH`).
    """
    wanted = [(permit, register.categories[permit.category]) for permit in permits]
    if len(keys) > MAX_RECORDS:
        raise SourceError(Fault.OVERSIZED)
    records = await _records(source, register, keys, wanted)
    holdings = await together(_category(source, permit, rows, records) for permit, rows in wanted)
    return tuple(holding for each in holdings for holding in each)


async def _records(
    source: RestSource, register: Register, keys: Sequence[str], wanted: Sequence[tuple[Permit, CategoryRows]]
) -> Mapping[str, Record]:
    """The records that still pass the register's filters, by key, with the members wanted of them."""
    gated = bool(register.where or register.leave_out)
    inside = [(permit, rows) for permit, rows in wanted if rows.request is None]
    if register.record is None or not (gated or inside):
        return {key: {} for key in keys}
    needed = [register.key, *register.where, *register.leave_out]
    for permit, rows in inside:
        needed += [rows.rows] if rows.rows is not None else _row_picks(rows, permit)
    read = register.record
    select = [pick.top for pick in needed]
    found = await together(_record(source, register.key, read, key, select) for key in keys)
    return {
        key: record
        for key, record in zip(keys, found, strict=True)
        if passes(record, register.where, register.leave_out)
    }


async def _record(
    source: RestSource, key_pick: Pick, read: RecordRequest, key: str, select: Iterable[str | None]
) -> Record:
    answer = await source.document(read.request, {"id": key}, select=select)
    found = [answer] if read.item is None else read.item.find(answer)
    if len(found) != 1:
        raise SourceError(Fault.MALFORMED)
    record = as_object(found[0])
    if key_of(record, key_pick) != key:
        raise SourceError(Fault.MISMATCH)
    return record


async def _category(
    source: RestSource, permit: Permit, rows: CategoryRows, records: Mapping[str, Record]
) -> tuple[Holding, ...]:
    found: list[Record] = []
    for key, record in records.items():
        held = (
            await _own_rows(source, rows.request, rows, permit, key) if rows.request else _inner(rows, record)
        )
        found += [row for row in held if _counts(row, rows)]
    if len(found) > MAX_ROWS:
        raise SourceError(Fault.OVERSIZED)
    if permit.level < Level.SUMMARY:
        return (Holding(permit.category),) if found else ()
    return minimise(permit, [_holding(row, rows, permit) for row in found])


async def _own_rows(
    source: RestSource, request: RowsRequest, rows: CategoryRows, permit: Permit, key: str
) -> Sequence[Record]:
    tops = [pick.top for pick in (request.subject, *_row_picks(rows, permit))]
    if request.key is not None:
        tops.append(request.key.top)
    found = await source.read_list(request.listing, {"id": key}, pages=_PAGES, select=tops)
    if not found.complete:
        raise SourceError(Fault.OVERSIZED)
    if any(key_of(row, request.subject) != key for row in found.records):
        raise SourceError(Fault.MISMATCH)
    held = found.records if request.key is None else tuple(unique(found.records, request.key).values())
    if found.total is not None and found.total > len(held):
        raise SourceError(Fault.MALFORMED)
    return held


def _inner(rows: CategoryRows, record: Record) -> Sequence[Record]:
    return [record] if rows.rows is None else [as_object(each) for each in rows.rows.find(record)]


def _counts(row: Record, rows: CategoryRows) -> bool:
    if not passes(row, rows.where, rows.leave_out):
        return False
    return not rows.present or any(each not in _NOTHING for pick in rows.present for each in pick.find(row))


def _row_picks(rows: CategoryRows, permit: Permit) -> list[Pick]:
    """What a permit's level and fields need of a row, besides what decides whether it counts."""
    needed = [*rows.where, *rows.leave_out, *rows.present]
    if permit.level >= Level.SUMMARY:
        needed += rows.summary
    return needed + [pick for _, pick in _fields(rows, permit)]


def _fields(rows: CategoryRows, permit: Permit) -> Iterator[tuple[str, Pick]]:
    if permit.level >= Level.RECORD:
        yield from ((name, pick) for name, pick in rows.fields.items() if name in permit.fields)


def _holding(row: Record, rows: CategoryRows, permit: Permit) -> Holding:
    told = [str(value) for pick in rows.summary for value in _scalars(pick, row) if value not in _NOTHING]
    fields = {name: _value(pick, row) for name, pick in _fields(rows, permit)}
    return Holding(permit.category, _BETWEEN.join(told) or None, fields)


def _value(pick: Pick, row: Record) -> FieldValue:
    """What a field holds: a list where the pick or the source has one, else one value or None."""
    found = pick.find(row)
    values = _scalars(pick, row)
    if pick.is_many or any(isinstance(each, list) for each in found):
        return values
    return values[0] if values else None


def _scalars(pick: Pick, row: Record) -> list[Scalar]:
    scalars: list[Scalar] = []
    for value in pick.find(row):
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, list | dict):
                raise SourceError(Fault.MALFORMED)
            scalars.append(each)
    return scalars
