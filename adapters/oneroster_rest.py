"""People and schools of a OneRoster 1.2 server as candidates: searched by its filters, or read whole.

The binding only has filters in the address, so the custodian's own access log sees what is asked; a site
that does not want that sets `search: scan` in the mapping. People are found by the birth date among the
demographics, so that a misspelt name costs nothing, and by identifiers and names among the users.
"""

from __future__ import annotations

from collections.abc import Collection as Many
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from adapters.client import together
from adapters.oneroster_mapping import OneRosterMapping, People, RosterWord, Search
from adapters.oneroster_people import (
    Candidates,
    Reading,
    RosterEntry,
    entry,
    is_addressable,
    is_deleted,
    people,
    school_names,
    venues,
)
from adapters.oneroster_source import Collection, Filter, Found, RosterServer, Term
from agreements.subject import PersonIdentity

MAX_CANDIDATES: Final = 100
"""More people than this of one search are not read; then nobody can be said to stand out."""

MAX_NAMESAKES: Final = 40
"""Of people who only bear the name, and so cannot be released."""

DEMOGRAPHICS: Final = Collection(
    "/demographics",
    ("demographics",),
    ("demographics", "demographic"),
    ("sourcedId", "status", "birthDate"),
    ("sourcedId", "birthDate"),
    is_demographic=True,
)
ORGS: Final = Collection("/orgs", ("orgs",), ("org",), ("sourcedId", "status", "name", "type", "metadata"))

_NAMES: Final = (
    *("familyName", "givenName", "middleName"),
    *("preferredFirstName", "preferredMiddleName", "preferredLastName"),
)
_WORDS: Final[Mapping[RosterWord, tuple[str, ...]]] = {
    RosterWord.GRADES: ("grades",),
    RosterWord.SCHOOLS: ("primaryOrg", "roles"),
    RosterWord.ENABLED: ("enabledUser",),
    RosterWord.EMAIL: ("email",),
    RosterWord.PHONE: ("phone",),
}


class RestRoster:
    """The `Roster` of a server."""

    def __init__(self, server: RosterServer, mapping: OneRosterMapping) -> None:
        self._server = server
        self._mapping = mapping
        self._users, self._births = _users_of(mapping), DEMOGRAPHICS
        if mapping.search is Search.SCAN:
            # Trying filters out would put somebody into an address.
            self._users, self._births = replace(self._users, proven=()), replace(DEMOGRAPHICS, proven=())

    async def people(self, asked: PersonIdentity) -> Candidates:
        questions = self._questions(asked)
        if not (questions.identifiers or questions.names or questions.births):
            return Candidates((), frozenset())
        if self._mapping.search is Search.FILTER and await self._filters_hold(questions):
            return await self._searched(questions)
        every_user, every_birth = await together(
            [self._server.search(self._users), self._server.search(self._births)]
        )
        complete = every_user.complete and every_birth.complete
        return people(every_user.records, every_birth.records, self._mapping, complete=complete)

    async def venues(self) -> Candidates:
        if self._mapping.venue is None:
            return Candidates((), frozenset())
        found = await self._server.search(ORGS)
        return venues(found.records, self._mapping.venue, complete=found.complete)

    async def entries(
        self, ids: Many[str], words: Many[RosterWord]
    ) -> tuple[list[RosterEntry], Mapping[str, str]]:
        fields = ("sourcedId", "status", *chain.from_iterable(_WORDS[word] for word in sorted(words)))
        records = await together(self._server.one(self._users, each, fields) for each in ids)
        named = await self._server.search(ORGS) if RosterWord.SCHOOLS in words else Found((), complete=True)
        held = [entry(each, words) for each in records if not is_deleted(each)]
        return held, school_names(named.records)

    async def answers(self) -> None:
        self._server.forget()
        await self._server.answers(ORGS)

    def forget(self) -> None:
        self._server.forget()

    async def close(self) -> None:
        await self._server.close()

    def _questions(self, asked: PersonIdentity) -> _Questions:
        systems = {system.strip().casefold(): path for system, path in self._mapping.identifiers.items()}
        identifiers = [
            Filter(_spellings(_filter_path(path), each.value), any_of=True)
            for each in asked.identifiers
            if each.value.strip() and (path := systems.get(each.system.strip().casefold())) is not None
        ]
        born = asked.birth_date
        births = [] if born is None else [Filter((Term("birthDate", born.isoformat()),))]
        return _Questions(identifiers, _name_filters(asked), births)

    async def _filters_hold(self, asked: _Questions) -> bool:
        of_users = [term.path for each in (*asked.identifiers, *asked.names) for term in each.terms]
        of_births = [term.path for each in asked.births for term in each.terms]
        held = await together(
            [
                self._server.honours(self._users, ["sourcedId", *of_users]),
                self._server.honours(self._births, ["sourcedId", *of_births]),
            ]
        )
        return all(held)

    async def _searched(self, asked: _Questions) -> Candidates:
        identified, named, born = await together(
            [
                self._all(self._users, asked.identifiers),
                self._all(self._users, asked.names),
                self._all(self._births, asked.births),
            ]
        )
        # Those found are read again by id: a second record under one id need not fit what was asked.
        found = sorted({*_ids(identified), *_ids(born)})
        namesakes = [each for each in _ids(named) if each not in found]
        some, few = namesakes[:MAX_NAMESAKES], len(found) <= MAX_CANDIDATES
        more_users, more_births = await together(
            [
                self._by_id(self._users, found if few else []),
                self._by_id(self._births, [*(found if few else []), *some]),
            ]
        )
        # With a birth date or an identifier those who only bear the name need not all be seen.
        enough = bool(asked.identifiers or asked.births) or (named.complete and some == namesakes)
        unseen = set(namesakes) - set(some)
        users = [
            *identified.records,
            *more_users.records,
            *(each for each in named.records if Reading(each).text("sourcedId") not in unseen),
        ]
        complete = all(each.complete for each in (identified, born, more_users, more_births))
        births = (*born.records, *more_births.records)
        return people(users, births, self._mapping, complete=complete and few and enough)

    async def _all(self, kind: Collection, filters: Iterable[Filter]) -> Found:
        """What any of several searches finds."""
        found = await together(self._server.search(kind, each) for each in filters)
        records = tuple(chain.from_iterable(each.records for each in found))
        return Found(records, complete=all(each.complete for each in found))

    async def _by_id(self, kind: Collection, ids: Sequence[str]) -> Found:
        """The records with these ids; where there is none, none."""
        pairs = (ids[at : at + 2] for at in range(0, len(ids), 2))
        filters = [Filter(tuple(Term("sourcedId", each) for each in pair), any_of=True) for pair in pairs]
        return await self._all(kind, filters)


@dataclass(frozen=True, slots=True)
class _Questions:
    """What is asked of the users, by identifier and by name, and of the demographics."""

    identifiers: Sequence[Filter]
    names: Sequence[Filter]
    births: Sequence[Filter]


def _users_of(mapping: OneRosterMapping) -> Collection:
    """The users of a mapping, with no more of their properties than tell them apart."""
    paths = tuple(dict.fromkeys(_filter_path(path) for path in mapping.identifiers.values()))
    fields = tuple(dict.fromkeys(path.partition(".")[0] for path in paths))
    path = "/students" if mapping.people is People.STUDENTS else "/users"
    return Collection(
        path,
        ("users", "students") if mapping.people is People.STUDENTS else ("users",),
        ("user", "student") if mapping.people is People.STUDENTS else ("user",),
        tuple(dict.fromkeys(("sourcedId", "status", *_NAMES, *fields))),
        tuple(dict.fromkeys(("sourcedId", "familyName", "givenName", *paths))),
    )


def _filter_path(path: str) -> str:
    """The property a filter names: identifiers of all types stand in one."""
    return "userIds.identifier" if path.startswith("userIds.") else path


def _spellings(path: str, value: str) -> tuple[Term, ...]:
    """An identifier as written and without its marks, the two that one filter may ask for."""
    written = value.strip()
    bare = written.replace(" ", "").replace("-", "")
    return tuple(Term(path, each) for each in dict.fromkeys((written, bare)) if each)


def _name_filters(asked: PersonIdentity) -> list[Filter]:
    """People who bear the name asked about, in either order; they can only make an answer unclear."""
    filters: list[Filter] = []
    for family, given in [(asked.family_name, asked.given_name), *asked.other_names]:
        first = given.split()[:1]
        if not family.strip() or not first:
            continue
        for one, other in ((family.strip(), first[0]), (first[0], family.strip())):
            filters.append(Filter((Term("familyName", one), Term("givenName", other))))
    return list(dict.fromkeys(filters))


def _ids(found: Found) -> list[str]:
    """The ids of records that can be asked for by them, in the order found."""
    ids = (Reading(each).text("sourcedId") for each in found.records)
    return list(dict.fromkeys(each for each in ids if is_addressable(each)))
