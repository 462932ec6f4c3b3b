"""The `sql` adapter: a custodian's database, read through a mapping of its tables to our terms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import sqlalchemy as sa

from adapters.mapping import CategoryTable, Link, Mapped
from adapters.matching import best_records
from adapters.partner import Capabilities, Fault, Lookup, Match, NoMatch, SourceError, Unclear
from adapters.sql_holdings import Place, holdings
from adapters.sql_people import People
from adapters.sql_places import communications, venues
from adapters.sql_source import SqlSource
from adapters.sql_tables import Tables, reflect
from agreements.fault import InvalidDocument
from agreements.permit import Holding, Permit
from agreements.subject import CommunicationIdentity, Identity, PersonIdentity, Subject, VenueIdentity
from agreements.terms import Category, Level, SubjectKind

_I = TypeVar("_I", bound=Identity)


@dataclass(frozen=True, slots=True)
class _Reference:
    """The keys under which the database holds one subject; more than one where it holds it twice."""

    kind: SubjectKind
    keys: tuple[object, ...]


class SqlPartner:
    """People, venues, communications and what is held about them, in one database."""

    def __init__(self, url: str, mapped: Mapped, mapping_name: str = "mapping") -> None:
        """Prepare; nothing is opened yet. `mapping_name` is only named in errors of `check`.

        Raises:
            ValueError: the address is not one this adapter opens.
        """
        self._mapped = mapped
        self._mapping_name = mapping_name
        self._source = SqlSource(url)
        self._tables: Tables | None = None

    def check(self) -> None:
        """Hold the mapping against the database now; for start-up and diagnosis.

        Raises:
            InvalidDocument: the mapping names a table or column that is not there; names its key.
            SourceError: the database cannot be read.
        """
        self._tables = self._source.run(self._reflect)

    def capabilities(self) -> Capabilities:
        """What the mapping says can be asked."""
        kinds = {
            SubjectKind.PERSON: self._mapped.person,
            SubjectKind.VENUE: self._mapped.venue,
            SubjectKind.COMMUNICATION: self._mapped.communication,
        }
        known = frozenset(kind for kind, table in kinds.items() if table is not None)
        return Capabilities(known, self._mapped.fields())

    async def find(self, subject: Subject, permits: Sequence[Permit]) -> Lookup:
        if not _about(subject.kind, permits) or subject.kind not in self.capabilities().subject_kinds:
            return NoMatch()
        return await self._source.call(lambda connection: self._find(connection, subject))

    def _find(self, connection: sa.Connection, subject: Subject) -> Lookup:
        tables, identity = self._reflected(connection), subject.reveal()
        if isinstance(identity, PersonIdentity):
            return self._find_person(connection, tables, subject, identity)
        if isinstance(identity, CommunicationIdentity):
            if self._mapped.communication is None:
                return NoMatch()
            said, many = communications(connection, tables, self._mapped.communication, identity)
            return _best(subject, said, many=many)
        if self._mapped.venue is None or not isinstance(identity, VenueIdentity):
            return NoMatch()
        places, many = venues(connection, tables, self._mapped.venue, identity)
        return _best(subject, places, many=many)

    def _find_person(
        self, connection: sa.Connection, tables: Tables, subject: Subject, identity: PersonIdentity
    ) -> Lookup:
        people = People(tables, self._mapped.person)
        likely, many = people.likely(connection, identity)
        lookup = _best(subject, likely, many=many)
        if isinstance(lookup, Match) or many:
            return lookup
        doubtful, many = people.doubtful(connection, identity)
        return _best(subject, likely | doubtful, many=many)

    async def fetch(self, match: Match, permits: Sequence[Permit]) -> tuple[Holding, ...]:
        reference = match.reference
        if not isinstance(reference, _Reference):
            raise SourceError(Fault.MISMATCH)
        allowed = [
            (permit, places)
            for permit in _about(reference.kind, permits)
            if (places := self._places(permit.category, reference.kind))
        ]
        if not allowed:
            return ()
        return await self._source.call(lambda connection: self._fetch(connection, reference, allowed))

    def _places(self, category: Category, kind: SubjectKind) -> list[Place]:
        return [
            Place(home, table, link)
            for home, table in self._mapped.tables_of(category)
            if (link := link_of(table, kind)) is not None
        ]

    def _fetch(
        self,
        connection: sa.Connection,
        reference: _Reference,
        allowed: Iterable[tuple[Permit, Iterable[Place]]],
    ) -> tuple[Holding, ...]:
        tables = self._reflected(connection)
        found: list[Holding] = []
        for permit, places in allowed:
            held = [
                holding
                for place in places
                for holding in holdings(connection, tables, place, reference.keys, permit)
            ]
            # How many tables hold something is content too.
            found += held if permit.level >= Level.SUMMARY else held[:1]
        return tuple(found)

    async def health(self) -> bool:
        try:
            await self._source.call(self._reflected)
        except SourceError:
            return False
        return True

    async def close(self) -> None:
        await self._source.close()

    def _reflected(self, connection: sa.Connection) -> Tables:
        """The mapping's tables, once they have all been found; until then looked for on every use."""
        if self._tables is None:
            try:
                self._tables = self._reflect(connection)
            except InvalidDocument:
                raise SourceError(Fault.MALFORMED) from None
        return self._tables

    def _reflect(self, connection: sa.Connection) -> Tables:
        return reflect(connection, self._mapped, self._mapping_name)


def link_of(table: CategoryTable, kind: SubjectKind) -> Link | None:
    """How a category's rows belong to subjects of a kind, if they can."""
    links = {
        SubjectKind.PERSON: table.person,
        SubjectKind.VENUE: table.venue,
        SubjectKind.COMMUNICATION: table.communication,
    }
    return links[kind]


def _best(subject: Subject, found: Mapping[object, _I], *, many: bool) -> Lookup:
    """The candidate that stands out; among candidates not all of which were read, nobody does."""
    lookup = best_records(subject, found.items())
    if many:
        return Unclear(0.0 if isinstance(lookup, NoMatch) else _score(lookup))
    if isinstance(lookup, Match) and isinstance(lookup.reference, tuple):
        return replace(lookup, reference=_Reference(subject.kind, lookup.reference))
    return lookup


def _score(lookup: Match | Unclear) -> float:
    return lookup.score if isinstance(lookup, Match) else lookup.best_score


def _about(kind: SubjectKind, permits: Iterable[Permit]) -> list[Permit]:
    return [permit for permit in permits if permit.subject_kind is kind]
