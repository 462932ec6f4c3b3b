"""A health custodian behind FHIR R4 (4.0.1), logged in to by SMART Backend Services where it asks for it.

People are looked up by `Patient/$match` where the server declares it, else by searches whose candidates
are put together; either way the candidates are graded here. Records are read in two steps: first only
what says which category each resource is of, then the content of those in permitted categories, so that
nothing else is read out of the custodian's system.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final

from adapters.client import DEADLINE, together, within
from adapters.fhir_labels import ACT_CODE, PLAIN, Sensitivity, sensitivity
from adapters.fhir_people import (
    PERSON_ELEMENTS,
    Form,
    as_patient,
    birth_date_search,
    identifier_search,
    name_searches,
    read_person,
)
from adapters.fhir_records import (
    FIELDS,
    Entry,
    check_subject,
    holding,
    read_entry,
    sorting_elements,
    telling_elements,
)
from adapters.fhir_search import Declared, FhirSource, Found, Resource, literal
from adapters.fhir_sorting import KINDS, READING_ORDER, Sorting
from adapters.matching import best_records
from adapters.partner import Capabilities, Fault, Lookup, Match, NoMatch, SourceError, Unclear
from agreements.permit import Holding, Permit, minimise
from agreements.subject import PersonIdentity, Subject
from agreements.terms import Category, Level, SubjectKind

_PAGE: Final = 100
_PEOPLE_PAGES: Final = 3
_RECORD_PAGES: Final = 20
_LABELLED_ONLY: Final = {"DocumentReference": f"{ACT_CODE}|PSYTHPN", "Observation": f"{ACT_CODE}|PSYTHPN"}


@dataclass(frozen=True, slots=True)
class PatientIds:
    """The records one person has at a server, the best known first, and what they are labelled as."""

    ids: tuple[str, ...]
    labelled: Sensitivity = PLAIN


class FhirPartner:
    """The `Partner` of one FHIR server. `deadline` is in seconds for a whole `find` or `fetch`."""

    def __init__(self, source: FhirSource, *, deadline: float = DEADLINE) -> None:
        self._source = source
        self._deadline = deadline

    def capabilities(self) -> Capabilities:
        return Capabilities(frozenset({SubjectKind.PERSON}), FIELDS)

    async def find(self, subject: Subject, permits: Sequence[Permit]) -> Lookup:
        """Look a person up.

        Raises:
            SourceError: the server gave no usable answer.
        """
        identity = subject.reveal()
        if not isinstance(identity, PersonIdentity) or not any(map(_is_about_a_person, permits)):
            return NoMatch()
        async with self._asking():
            found = await self._candidates(identity)
            held = [(str(each["id"]), read_person(each)) for each in found.resources]
        lookup = best_records(subject, [(id_, person) for id_, person in held if person is not None])
        if not found.complete:
            # Among those not seen might be a nearer one.
            return Unclear(lookup.score if isinstance(lookup, Match) else 0.0)
        if isinstance(lookup, Match) and isinstance(lookup.reference, tuple):
            labels = [sensitivity(each) for each in found.resources if each["id"] in lookup.reference]
            labelled = reduce(Sensitivity.joined, labels, PLAIN)
            return replace(lookup, reference=PatientIds(lookup.reference, labelled))
        return lookup

    async def fetch(self, match: Match, permits: Sequence[Permit]) -> tuple[Holding, ...]:
        """Read what the permits allow.

        Raises:
            SourceError: the server gave no usable answer.
        """
        wanted = _wanted(permits)
        if not isinstance(match.reference, PatientIds) or not wanted:
            return ()
        people = match.reference.ids
        async with self._asking():
            sorting = await self._sort(match.reference, wanted)
            holdings = await self._read(people, wanted, sorting)
        return tuple(kept for permit in _usable(permits) for kept in minimise(permit, holdings))

    async def health(self) -> bool:
        """Whether the server says it speaks FHIR R4 and lets us log in."""
        self._source.forget()
        try:
            async with within(self._deadline):
                await self._source.declared()
                await self._source.authenticate()
        except SourceError:
            return False
        return True

    async def close(self) -> None:
        await self._source.close()

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        try:
            async with within(self._deadline):
                yield
        except SourceError:
            self._source.forget()
            raise

    async def _candidates(self, person: PersonIdentity) -> Found:
        declared = await self._source.declared()
        if "match" in declared.operations.get("Patient", ()):
            return await self._source.match(as_patient(person), _PAGE)
        searches = [
            self._people(identifier_search(person)),
            self._born(person),
            *map(self._people, name_searches(person)),
        ]
        by_identifier, by_birth_date, *by_name = await together(searches)
        found = {
            str(each["id"]): each
            for one in (by_identifier, by_birth_date, *by_name)
            for each in one.resources
        }
        # With a birth date or an identifier those who only bear the name need not all be seen.
        enough = all(one.complete for one in by_name) or bool(person.birth_date or person.identifiers)
        return Found(tuple(found.values()), by_identifier.complete and by_birth_date.complete and enough)

    async def _born(self, person: PersonIdentity) -> Found:
        """Everybody with the birth date; where that is too many, those with the family name."""
        form = birth_date_search(person)
        found = await self._people(form)
        if found.complete or not person.family_name:
            return found
        return await self._people([*form, ("family", literal(person.family_name))])

    async def _people(self, form: Form) -> Found:
        if not form:
            return Found((), complete=True)
        asked = [*form, ("_elements", PERSON_ELEMENTS), ("_count", str(_PAGE))]
        return await self._source.search("Patient", asked, pages=_PEOPLE_PAGES)

    async def _sort(self, person: PatientIds, wanted: Mapping[Category, _Want]) -> Sorting:
        """Read what says which category each resource is of, as far as a wanted category needs it."""
        declared = await self._source.declared()
        if any(not any(kind in declared.parameters for kind in KINDS[category]) for category in wanted):
            raise SourceError(Fault.REFUSED)
        sorting = Sorting(person.labelled)
        # Conditions first and alone: they may settle what was asked, and they say what the rest is about.
        for stage in (READING_ORDER[:1], READING_ORDER[1:]):
            open_ = [each for each in wanted if wanted[each].content or each not in sorting.places]
            kinds = [
                kind
                for kind in stage
                if kind in declared.parameters and any(kind in KINDS[each] for each in open_)
            ]
            forms = [
                [("_elements", sorting_elements(kind)), *_label_filter(kind, declared)] for kind in kinds
            ]
            for kind, found in zip(kinds, await self._all_records(kinds, person.ids, forms), strict=True):
                sorting.add(kind, found)
        return sorting

    async def _read(
        self, people: Sequence[str], wanted: Mapping[Category, _Want], sorting: Sorting
    ) -> list[Holding]:
        """Read the content of the resources of the categories whose level asks for content."""
        found = [category for category in wanted if category in sorting.places]
        read = [category for category in found if wanted[category].content]
        fields = frozenset().union(*(wanted[category].fields for category in read))
        batches = list(_batches(read, sorting))
        forms = [
            [("_id", ",".join(ids)), ("_elements", telling_elements(kind, fields))] for kind, ids in batches
        ]
        answers = await self._all_records([kind for kind, _ in batches], people, forms)
        told: dict[tuple[str, str], Entry] = {}
        for (kind, ids), answer in zip(batches, answers, strict=True):
            _check_unchanged(kind, ids, answer, sorting)
            told.update({(kind, str(each["id"])): read_entry(each) for each in answer})
        return [
            holding(each, [told[place] for place in sorting.places[each]]) if each in read else Holding(each)
            for each in found
        ]

    async def _all_records(
        self, kinds: Sequence[str], people: Sequence[str], forms: Sequence[Form]
    ) -> list[tuple[Resource, ...]]:
        return await together(
            self._records(kind, people, form) for kind, form in zip(kinds, forms, strict=True)
        )

    async def _records(self, kind: str, people: Sequence[str], asked: Form) -> tuple[Resource, ...]:
        """All of a person's resources of a type that a search matches, each surely theirs."""
        # With the type before the id: not every server resolves a bare id.
        form = [("patient", ",".join(f"Patient/{each}" for each in people)), *asked, ("_count", str(_PAGE))]
        found = await self._source.search(kind, form, pages=_RECORD_PAGES)
        if not found.complete:
            raise SourceError(Fault.OVERSIZED)
        for resource in found.resources:
            check_subject(resource, people, self._source.client.base_url)
        return found.resources


@dataclass(frozen=True, slots=True)
class _Want:
    """What the permits for one category need: content or mere existence, and which fields."""

    content: bool
    fields: frozenset[str]


def _is_about_a_person(permit: Permit) -> bool:
    return permit.subject_kind is SubjectKind.PERSON


def _usable(permits: Iterable[Permit]) -> list[Permit]:
    return [each for each in permits if _is_about_a_person(each) and each.category in KINDS]


def _wanted(permits: Iterable[Permit]) -> dict[Category, _Want]:
    wanted: dict[Category, _Want] = {}
    for permit in _usable(permits):
        before = wanted.get(permit.category, _Want(content=False, fields=frozenset()))
        fields = permit.fields if permit.level >= Level.RECORD else frozenset()
        content = before.content or permit.level >= Level.SUMMARY
        wanted[permit.category] = _Want(content=content, fields=before.fields | fields)
    return wanted


def _batches(categories: Iterable[Category], sorting: Sorting) -> Iterator[tuple[str, list[str]]]:
    """The resources of some categories by type, as many ids at a time as make a page."""
    by_kind: dict[str, list[str]] = {}
    for kind, id_ in (place for category in categories for place in sorting.places[category]):
        by_kind.setdefault(kind, []).append(id_)
    for kind, ids in by_kind.items():
        for start in range(0, len(ids), _PAGE):
            yield kind, ids[start : start + _PAGE]


def _label_filter(kind: str, declared: Declared) -> Form:
    """Notes are told by their label alone, so nothing unlabelled need be read where a server can filter."""
    if kind in _LABELLED_ONLY and "_security" in declared.parameters[kind]:
        return [("_security", _LABELLED_ONLY[kind])]
    return []


def _check_unchanged(kind: str, ids: Sequence[str], found: Sequence[Resource], sorting: Sorting) -> None:
    """The second reading must give exactly what the first one sorted."""
    if {str(each["id"]) for each in found} != set(ids):
        raise SourceError(Fault.MISMATCH)
    if any(sensitivity(each) != sorting.seen[kind, str(each["id"])] for each in found):
        raise SourceError(Fault.MISMATCH)
