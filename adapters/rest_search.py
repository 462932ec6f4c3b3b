"""Who of a `rest` source's records an identity might be: searches made, their answers put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from adapters.client import together
from adapters.matching import best_records
from adapters.partner import Fault, Lookup, Match, NoMatch, SourceError, Unclear
from adapters.rest_identity import fillings, identity_picks, read_identity
from adapters.rest_mapping import Listing, Register, Rows, Search, When
from adapters.rest_pick import Pick, word_of
from adapters.rest_source import Found, Record, RestSource, Values, unique
from adapters.source_json import Json
from agreements.subject import GeneralQuestion, Identity, Subject

_PAGES: Final = 3


@dataclass(frozen=True, slots=True)
class Candidates:
    """Records by key, how many searches were made, and whether all that they found was read."""

    records: Mapping[str, Record]
    searches: int
    complete: bool


async def look_up(source: RestSource, register: Register, subject: Subject) -> Lookup:
    """The one subject of a register that stands out; its reference is the tuple of its records' keys.

    Raises:
        SourceError: the source gave no usable answer.
    """
    identity = subject.reveal()
    if isinstance(identity, GeneralQuestion):
        return NoMatch()
    likely = await _candidates(source, register, identity, When.ALWAYS)
    lookup = _best(subject, register, [likely])
    if not likely.complete:
        # Among those not seen might be a nearer one.
        return Unclear(_score(lookup))
    if isinstance(lookup, Match):
        return lookup
    doubtful = await _candidates(source, register, identity, When.UNMATCHED)
    if not likely.searches + doubtful.searches:
        return Unclear(0.0)
    lookup = _best(subject, register, [likely, doubtful])
    if not doubtful.complete and (isinstance(lookup, Match) or not likely.searches):
        return Unclear(_score(lookup))
    return lookup


def passes(record: Json, where: Rows, leave_out: Rows) -> bool:
    """Whether a record has one of the wanted words at each pick of `where`, and no word of `leave_out`."""
    wanted = all(_words(record, pick) & set(words) for pick, words in where.items())
    return wanted and not any(_words(record, pick) & set(words) for pick, words in leave_out.items())


def _words(record: Json, pick: Pick) -> set[str]:
    """The scalars at a place, those of an array one by one."""
    values: list[Json] = []
    for value in pick.find(record):
        values.extend(value if isinstance(value, list) else [value])
    return {word for value in values if (word := word_of(value)) is not None}


async def _candidates(source: RestSource, register: Register, identity: Identity, when: When) -> Candidates:
    calls = [
        _search(source, register, search, values)
        for search in register.searches
        if search.when is when
        for values in fillings(search, identity, register.identity)
    ]
    answers = await together(calls)
    records = unique((each for answer in answers for each in answer.records), register.key)
    return Candidates(records, len(calls), all(answer.complete for answer in answers))


async def _search(source: RestSource, register: Register, search: Search, values: Values) -> Found:
    """One search; where that finds too many, the narrower one if there is enough to narrow it by."""
    found = await _read(source, register, search, values, narrower=False)
    enough = all(values.get(slot) for template in search.narrower.values() for slot in template.slots)
    if found.complete or not search.narrower or not enough:
        return found
    return await _read(source, register, search, values, narrower=True)


async def _read(
    source: RestSource, register: Register, search: Search, values: Values, *, narrower: bool
) -> Found:
    listing = Listing(search.request, register.items, register.paging)
    more = search.narrower if narrower else None
    select = [pick.top for pick in (*_gates(register), *identity_picks(register.identity))]
    found = await source.read_list(listing, values, pages=_PAGES, more=more, select=select)
    if found.total is not None and found.total > len(unique(found.records, register.key)):
        raise SourceError(Fault.MALFORMED)
    return found


def _gates(register: Register) -> Sequence[Pick]:
    return (register.key, *register.where, *register.leave_out)


def _best(subject: Subject, register: Register, found: Iterable[Candidates]) -> Lookup:
    records = unique((each for candidates in found for each in candidates.records.values()), register.key)
    held = [
        (key, read_identity(record, register.identity))
        for key, record in records.items()
        if passes(record, register.where, register.leave_out)
    ]
    return best_records(subject, held)


def _score(lookup: Lookup) -> float:
    if isinstance(lookup, NoMatch):
        return 0.0
    return lookup.score if isinstance(lookup, Match) else lookup.best_score
