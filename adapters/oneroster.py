"""The `oneroster` adapter: a school's roster by OneRoster 1.2, and beside it what OneRoster does not have.

People and schools are looked up in the roster, a server or files, and graded here; what is held about
them stands in the roster itself or in rows keyed by its `sourcedId`, as the mapping says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from adapters.client import DEADLINE, together, within
from adapters.oneroster_mapping import FromRoster, OneRosterMapping, RosterWord
from adapters.oneroster_people import Candidates, RosterEntry, RosterIds
from adapters.oneroster_records import Records
from adapters.partner import Capabilities, Fault, Lookup, Match, NoMatch, SourceError
from agreements.permit import FieldValue, Holding, Permit, minimise
from agreements.subject import PersonIdentity, Subject, VenueIdentity
from agreements.terms import Category, Level, SubjectKind


class Roster(Protocol):
    """People and organisations by OneRoster, however they are reached."""

    async def people(self, asked: PersonIdentity) -> Candidates:
        """Everybody who may be the one asked about.

        Raises:
            SourceError: the roster gave no usable answer; so for every method.
        """
        ...

    async def venues(self) -> Candidates: ...

    async def entries(
        self, ids: Collection[str], words: Collection[RosterWord]
    ) -> tuple[list[RosterEntry], Mapping[str, str]]:
        """What the roster says of people, no more than these words need; and schools by `sourcedId`."""
        ...

    async def answers(self) -> None: ...

    def forget(self) -> None:
        """The roster failed; take nothing learnt from it for granted."""
        ...

    async def close(self) -> None: ...


class OneRosterPartner:
    """The `Partner` of one roster. `deadline` is in seconds for a whole `find` or `fetch`."""

    def __init__(
        self,
        roster: Roster,
        mapping: OneRosterMapping,
        records: Mapping[Category, Records],
        *,
        deadline: float = DEADLINE,
    ) -> None:
        self._roster = roster
        self._mapping = mapping
        self._records = records
        self._deadline = deadline

    def capabilities(self) -> Capabilities:
        """What the mapping says can be asked."""
        kinds = {SubjectKind.PERSON} | ({SubjectKind.VENUE} if self._mapping.venue else set())
        fields = {
            category: frozenset(source.fields if isinstance(source, FromRoster) else source.rows.fields)
            for category, source in self._mapping.categories.items()
        }
        return Capabilities(frozenset(kinds), fields)

    async def find(self, subject: Subject, permits: Sequence[Permit]) -> Lookup:
        """Look a person or a school up.

        Raises:
            SourceError: the roster gave no usable answer.
        """
        identity = subject.reveal()
        if not any(permit.subject_kind is subject.kind for permit in permits):
            return NoMatch()
        async with self._asking():
            if isinstance(identity, PersonIdentity):
                return (await self._roster.people(identity)).find(subject)
            if isinstance(identity, VenueIdentity):
                return (await self._roster.venues()).find(subject)
        return NoMatch()

    async def fetch(self, match: Match, permits: Sequence[Permit]) -> tuple[Holding, ...]:
        """Read what the permits allow.

        Raises:
            SourceError: a source of a permitted category gave no usable answer.
        """
        reference = match.reference
        if not isinstance(reference, RosterIds):
            raise SourceError(Fault.MISMATCH)
        wanted = [
            permit
            for permit in permits
            if permit.subject_kind is reference.kind and permit.category in self._mapping.categories
        ]
        async with self._asking():
            answers = await together(self._read(reference, permit) for permit in wanted)
        return tuple(holding for answer in answers for holding in answer)

    async def health(self) -> bool:
        """Whether the roster and every source beside it can be read."""
        try:
            async with within(self._deadline):
                await together([self._roster.answers(), *(each.answers() for each in self._records.values())])
        except SourceError:
            return False
        return True

    async def close(self) -> None:
        await self._roster.close()
        for each in self._records.values():
            await each.close()

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        try:
            async with within(self._deadline):
                yield
        except SourceError:
            self._roster.forget()
            raise

    async def _read(self, reference: RosterIds, permit: Permit) -> tuple[Holding, ...]:
        source = self._mapping.categories[permit.category]
        if not isinstance(source, FromRoster):
            return await self._records[permit.category].read(reference.ids, permit)
        return await self._read_roster(reference, source, permit)

    async def _read_roster(
        self, reference: RosterIds, source: FromRoster, permit: Permit
    ) -> tuple[Holding, ...]:
        """One holding for each entry of a person that says anything for the summary; a bare name is none."""
        if reference.kind is not SubjectKind.PERSON:
            return ()
        permitted = permit.fields if permit.level >= Level.RECORD else frozenset()
        fields = {name: word for name, word in source.fields.items() if name in permitted}
        words = frozenset(source.summary) | frozenset(fields.values())
        entries, schools = await self._roster.entries(reference.ids, words)
        found = [
            Holding(
                permit.category, summary, {name: each.value(word, schools) for name, word in fields.items()}
            )
            for each in entries
            if (summary := _summary(each.value(word, schools) for word in source.summary)) is not None
        ]
        allowed = minimise(permit, found)
        return allowed if permit.level >= Level.SUMMARY else allowed[:1]


def _summary(values: Iterable[FieldValue]) -> str | None:
    return ", ".join(_told(value) for value in values if value is not None) or None


def _told(value: FieldValue) -> str:
    if isinstance(value, bool):
        return "account enabled" if value else "account disabled"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
