"""What every adapter must do, whatever its source speaks. Subclass, give three fixtures, run.

A subclass of `AdapterContract` provides as pytest fixtures:

* `world`   -> `World`: everything the source holds, in our terms (build it from the identities below);
* `partner` -> `Partner`: the adapter over a source that holds exactly that world;
* `broken`  -> `Partner`: the same adapter over a source that cannot answer (gone, refusing or unreadable).

A source that knows places or messages adds `VenueContract` or `CommunicationContract` and fills
`world.venue` or `world.communication`. Fixtures may be async generators, so that they can close.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import pytest

from adapters.partner import Fault, Match, NoMatch, Partner, SourceError, Unclear
from agreements.permit import Basis, Holding, Permit, minimise
from agreements.subject import (
    Address,
    CommunicationIdentity,
    Identifier,
    Identity,
    PersonIdentity,
    Subject,
    VenueIdentity,
)
from agreements.terms import BasisKind, Category, Level, SubjectKind

MRN: Final = "urn:mrn"

KNOWN: Final = PersonIdentity("Okafor", "Daniel", date(2008, 4, 17), (Identifier(MRN, "77"),))
NAMESAKE: Final = PersonIdentity("Okafor", "Daniel", date(1979, 11, 2), (Identifier(MRN, "1204"),))
TWINS: Final = (
    PersonIdentity("Lindqvist", "Maja", date(2009, 1, 30), (Identifier(MRN, "501"),)),
    PersonIdentity("Lindqvist", "Oskar", date(2009, 1, 30), (Identifier(MRN, "502"),)),
)
QUIET: Final = PersonIdentity("Brennan", "Siobhan", date(1991, 6, 24), (Identifier(MRN, "9003"),))
UNKNOWN: Final = PersonIdentity("Zielinska", "Halina", date(1966, 12, 9), (Identifier(MRN, "70707"),))

VENUE: Final = VenueIdentity("Riverside High School", Address(line="1 School Rd", city="Riverside"))
UNKNOWN_VENUE: Final = VenueIdentity("Harbour Mill Library", Address(line="88 Quay St", city="Eastport"))
COMMUNICATION: Final = CommunicationIdentity("email", handle="x@example.org")
UNKNOWN_COMMUNICATION: Final = CommunicationIdentity("email", handle="nobody@example.net")


@dataclass(frozen=True, slots=True)
class Held:
    """One subject a source knows and all it holds, as a permit for everything would read it."""

    identity: Identity
    holdings: tuple[Holding, ...] = ()


@dataclass(frozen=True, slots=True)
class World:
    """A source's whole content.

    `known` has holdings in at least two categories, with at least two fields in one of them; every
    person's summaries and field values are told apart from every other's; `quiet` holds nothing; venue
    and communication, where the source knows them, hold something.
    """

    known: Held
    namesake: Held
    twins: tuple[Held, Held]
    quiet: Held
    venue: Held | None = None
    communication: Held | None = None

    def everybody(self) -> tuple[Held, ...]:
        extra = (held for held in (self.venue, self.communication) if held is not None)
        return (self.known, self.namesake, *self.twins, self.quiet, *extra)


def permit(
    category: Category,
    level: Level = Level.EXISTENCE,
    fields: Iterable[str] = (),
    kind: SubjectKind = SubjectKind.PERSON,
) -> Permit:
    """Leave of the suite's one requester at the suite's one custodian."""
    basis = Basis(BasisKind.AGREEMENT, "riverside-threat-assessment", 3, "4.2")
    return Permit("riverside-pd", "riverside-health", kind, category, level, frozenset(fields), basis)


def permits_for(held: Held, level: Level = Level.RECORD) -> tuple[Permit, ...]:
    """One permit for each category held, for all of its fields."""
    kind = Subject(held.identity).kind
    fields: dict[Category, set[str]] = {}
    for holding in held.holdings:
        fields.setdefault(holding.category, set()).update(holding.fields)
    return tuple(permit(category, level, names, kind) for category, names in fields.items())


def expected(held: Held, permits: Iterable[Permit]) -> list[str]:
    return comparable(holding for each in permits for holding in minimise(each, held.holdings))


def comparable(holdings: Iterable[Holding]) -> list[str]:
    """Holdings as an unordered collection: sources need not keep an order."""
    return sorted(repr((h.category.value, h.summary, sorted(h.fields.items()))) for h in holdings)


def texts(held: Held) -> set[str]:
    """Every piece of content of a subject that must not appear in another's answer."""
    found = {holding.summary for holding in held.holdings if holding.summary}
    for holding in held.holdings:
        found.update(str(value) for value in holding.fields.values() if len(str(value)) > 3)
    return found


def identity_texts(identity: Identity) -> set[str]:
    """Every piece of an identity that must not appear in an error or a log line."""
    if isinstance(identity, VenueIdentity):
        return {identity.name}
    if isinstance(identity, CommunicationIdentity):
        return {text for text in (identity.handle, identity.text) if text}
    names = {identity.family_name, identity.given_name} - {""}
    born = set() if identity.birth_date is None else {identity.birth_date.isoformat()}
    return names | born | {item.value for item in identity.identifiers if len(item.value) > 3}


def richest(held: Held) -> Holding:
    return max(held.holdings, key=lambda holding: len(holding.fields))


async def find(partner: Partner, identity: Identity, permits: Sequence[Permit]) -> Match:
    """Look up somebody the test expects to be found."""
    lookup = await partner.find(Subject(identity), permits)
    assert isinstance(lookup, Match), f"expected a match, got {lookup}"
    return lookup


async def ask(partner: Partner, held: Held, permits: Sequence[Permit]) -> tuple[Holding, ...]:
    return await partner.fetch(await find(partner, held.identity, permits), permits)


async def assert_found_is(partner: Partner, identity: Identity, held: Held) -> None:
    """The identity leads to exactly this subject's holdings."""
    permits = permits_for(held)
    match = await find(partner, identity, permits)
    assert comparable(await partner.fetch(match, permits)) == expected(held, permits)


class AdapterContract:
    """People: every adapter keeps this part."""

    # --- finding -------------------------------------------------------------------------------

    async def test_finds_by_identifier_alone(self, partner: Partner, world: World) -> None:
        assert isinstance(world.known.identity, PersonIdentity)
        await assert_found_is(
            partner, PersonIdentity(identifiers=world.known.identity.identifiers), world.known
        )

    async def test_finds_by_name_and_birth_date(self, partner: Partner, world: World) -> None:
        identity = world.known.identity
        assert isinstance(identity, PersonIdentity)
        await assert_found_is(partner, replace(identity, identifiers=()), world.known)

    @pytest.mark.parametrize(
        ("family", "given"),
        [
            ("Okafor", "Dan"),
            ("Okafor", "Daniël"),
            ("OKAFOR", "daniel"),
            ("Okaforr", "Daniel"),
            ("Okafor", "Danie"),
            ("Okafro", "Daniel"),
            ("Daniel", "Okafor"),
        ],
        ids=["nickname", "accent", "case", "letter-added", "letter-lost", "letters-swapped", "names-swapped"],
    )
    async def test_finds_under_a_misspelt_name(
        self, partner: Partner, world: World, family: str, given: str
    ) -> None:
        await assert_found_is(partner, PersonIdentity(family, given, KNOWN.birth_date), world.known)

    async def test_a_namesake_with_another_birth_date_is_another_person(
        self, partner: Partner, world: World
    ) -> None:
        await assert_found_is(partner, replace(NAMESAKE, identifiers=()), world.namesake)
        stranger = replace(KNOWN, birth_date=date(1991, 8, 23), identifiers=())
        assert not isinstance(await partner.find(Subject(stranger), permits_for(world.known)), Match)

    async def test_an_unknown_person_is_no_match(self, partner: Partner, world: World) -> None:
        for identity in (UNKNOWN, replace(UNKNOWN, identifiers=())):
            assert await partner.find(Subject(identity), permits_for(world.known)) == NoMatch()

    async def test_an_unknown_identifier_is_no_match(self, partner: Partner, world: World) -> None:
        nobody = PersonIdentity(identifiers=UNKNOWN.identifiers)
        assert await partner.find(Subject(nobody), permits_for(world.known)) == NoMatch()

    async def test_a_name_alone_never_matches(self, partner: Partner, world: World) -> None:
        for identity in (KNOWN, TWINS[0], QUIET):
            bare = PersonIdentity(identity.family_name, identity.given_name)
            lookup = await partner.find(Subject(bare), permits_for(world.known))
            assert isinstance(lookup, NoMatch | Unclear)

    async def test_a_birth_date_alone_never_matches(self, partner: Partner, world: World) -> None:
        born = PersonIdentity(birth_date=KNOWN.birth_date)
        assert not isinstance(await partner.find(Subject(born), permits_for(world.known)), Match)

    async def test_twins_are_never_confused(self, partner: Partner, world: World) -> None:
        for identity, held in zip(TWINS, world.twins, strict=True):
            await assert_found_is(partner, replace(identity, identifiers=()), held)
        third = PersonIdentity("Lindqvist", "Birgitta", TWINS[0].birth_date)
        assert not isinstance(await partner.find(Subject(third), permits_for(world.twins[0])), Match)

    async def test_an_identifier_of_another_person_does_not_release(
        self, partner: Partner, world: World
    ) -> None:
        crossed = replace(KNOWN, identifiers=TWINS[0].identifiers)
        assert not isinstance(await partner.find(Subject(crossed), permits_for(world.known)), Match)

    async def test_a_twins_identifier_under_the_other_twins_name_does_not_release(
        self, partner: Partner, world: World
    ) -> None:
        crossed = replace(TWINS[1], identifiers=TWINS[0].identifiers)
        assert not isinstance(await partner.find(Subject(crossed), permits_for(world.known)), Match)

    async def test_a_match_says_why_and_prints_no_reference(self, partner: Partner, world: World) -> None:
        match = await find(partner, world.known.identity, permits_for(world.known))
        assert 0 < match.score <= 1
        assert match.explanation
        assert not any(text in repr(match) for text in identity_texts(world.known.identity))

    async def test_without_a_permit_nobody_is_looked_up(self, partner: Partner, world: World) -> None:
        assert await partner.find(Subject(world.known.identity), ()) == NoMatch()
        other_kind = tuple(replace(p, subject_kind=SubjectKind.VENUE) for p in permits_for(world.known))
        assert await partner.find(Subject(world.known.identity), other_kind) == NoMatch()

    # --- fetching ------------------------------------------------------------------------------

    async def test_every_category_of_a_permit_is_read_whole(self, partner: Partner, world: World) -> None:
        for held in (world.known, world.namesake, *world.twins):
            permits = permits_for(held)
            assert comparable(await ask(partner, held, permits)) == expected(held, permits)

    async def test_only_permitted_categories_are_returned(self, partner: Partner, world: World) -> None:
        everything = permits_for(world.known)
        assert len(everything) > 1, "the world must hold two categories about `known`"
        for one in everything:
            answer = await ask(partner, world.known, [one])
            assert comparable(answer) == expected(world.known, [one])
            assert {holding.category for holding in answer} == {one.category}

    @pytest.mark.parametrize("level", [Level.EXISTENCE, Level.CONTACT])
    async def test_existence_and_contact_carry_nothing_else(
        self, partner: Partner, world: World, level: Level
    ) -> None:
        permits = permits_for(world.known, level)
        answer = await ask(partner, world.known, permits)
        # One holding per category: how many there are is content too.
        assert sorted(h.category.value for h in answer) == sorted(each.category.value for each in permits)
        assert all(holding.summary is None and not holding.fields for holding in answer)

    async def test_summary_carries_no_fields(self, partner: Partner, world: World) -> None:
        permits = permits_for(world.known, Level.SUMMARY)
        answer = await ask(partner, world.known, permits)
        assert comparable(answer) == expected(world.known, permits)
        assert all(not holding.fields for holding in answer)

    async def test_record_carries_only_permitted_fields(self, partner: Partner, world: World) -> None:
        holding = richest(world.known)
        assert len(holding.fields) > 1, "the world must hold two fields about `known`"
        for name in holding.fields:
            permits = [permit(holding.category, Level.RECORD, [name, "no_such_field"])]
            answer = await ask(partner, world.known, permits)
            assert comparable(answer) == expected(world.known, permits)
            assert {key for found in answer for key in found.fields} <= {name}

    async def test_record_without_permitted_fields_carries_none(self, partner: Partner, world: World) -> None:
        permits = [permit(richest(world.known).category, Level.RECORD)]
        assert all(not holding.fields for holding in await ask(partner, world.known, permits))

    async def test_a_category_without_holdings_is_empty(self, partner: Partner, world: World) -> None:
        categories = {holding.category for holding in world.known.holdings}
        for category in categories:
            assert await ask(partner, world.quiet, [permit(category, Level.RECORD)]) == ()
        unheard = next(each for each in Category if each not in partner.capabilities().categories)
        assert await ask(partner, world.known, [permit(unheard, Level.RECORD)]) == ()

    async def test_an_answer_never_contains_another_persons_content(
        self, partner: Partner, world: World
    ) -> None:
        for held in world.everybody():
            permits = permits_for(held) or permits_for(world.known)
            if Subject(held.identity).kind is not permits[0].subject_kind:
                continue
            answer = repr(await ask(partner, held, permits))
            foreign = set().union(*(texts(other) for other in world.everybody() if other is not held))
            assert not [text for text in foreign - texts(held) if text in answer]

    # --- conduct -------------------------------------------------------------------------------

    async def test_capabilities_name_what_is_held(self, partner: Partner, world: World) -> None:
        capabilities = partner.capabilities()
        kinds = {Subject(held.identity).kind for held in world.everybody()}
        assert capabilities.subject_kinds == kinds
        for held in world.everybody():
            for holding in held.holdings:
                assert set(holding.fields) <= capabilities.categories[holding.category]

    async def test_a_kind_the_source_does_not_know_is_no_match(self, partner: Partner, world: World) -> None:
        category = world.known.holdings[0].category
        for identity in (VENUE, COMMUNICATION):
            kind = Subject(identity).kind
            if kind not in partner.capabilities().subject_kinds:
                assert await partner.find(Subject(identity), [permit(category, kind=kind)]) == NoMatch()

    async def test_concurrent_questions_do_not_mix(self, partner: Partner, world: World) -> None:
        people = [world.known, world.namesake, *world.twins, world.quiet] * 4
        categories = {holding.category for held in people for holding in held.holdings}
        asked = [permits_for(held) or tuple(map(permit, categories)) for held in people]
        answers = await asyncio.gather(*map(ask, [partner] * len(people), people, asked))
        for held, permits, answer in zip(people, asked, answers, strict=True):
            assert comparable(answer) == expected(held, permits)

    async def test_nothing_of_a_subject_reaches_a_log(
        self, partner: Partner, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        for held in (world.known, *world.twins):
            await ask(partner, held, permits_for(held))
            private = identity_texts(held.identity) | texts(held)
            assert not [text for text in private if text in caplog.text]

    async def test_a_broken_source_raises_a_fault_without_content(
        self, broken: Partner, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        with pytest.raises(SourceError) as raised:
            await broken.find(Subject(world.known.identity), permits_for(world.known))
        assert raised.value.fault in Fault
        chain = "".join(traceback.format_exception(raised.value))
        told = f"{raised.value}{raised.value!r}{chain}{caplog.text}"
        private = identity_texts(world.known.identity) | texts(world.known)
        assert not [text for text in private if text in told]

    async def test_health_tells_a_working_source_from_a_broken_one(
        self, partner: Partner, broken: Partner
    ) -> None:
        assert await partner.health() is True
        assert await broken.health() is False


class VenueContract:
    """Sources that know places."""

    async def test_finds_a_venue_by_name_and_address(self, partner: Partner, world: World) -> None:
        assert world.venue is not None
        await assert_found_is(partner, world.venue.identity, world.venue)

    @pytest.mark.parametrize(
        "identity",
        [
            VenueIdentity("RIVERSIDE HIGH  SCHOOL", Address(line="1 School Road", city="riverside")),
            VenueIdentity("Riverside High School", Address(line="1, School Rd.", city="Riverside")),
        ],
        ids=["case-and-road", "punctuation"],
    )
    async def test_finds_a_venue_written_otherwise(
        self, partner: Partner, world: World, identity: VenueIdentity
    ) -> None:
        assert world.venue is not None
        await assert_found_is(partner, identity, world.venue)

    async def test_a_venue_at_another_address_is_another_venue(self, partner: Partner) -> None:
        elsewhere = VenueIdentity(VENUE.name, Address(line="400 Hill Ave", city="Northfield"))
        leave = [permit(category, kind=SubjectKind.VENUE) for category in partner.capabilities().categories]
        for identity in (elsewhere, UNKNOWN_VENUE):
            assert not isinstance(await partner.find(Subject(identity), leave), Match)


class CommunicationContract:
    """Sources that know handles, numbers, addresses and texts."""

    async def test_finds_a_handle_written_otherwise(self, partner: Partner, world: World) -> None:
        assert world.communication is not None
        for handle in ("x@example.org", " X@Example.ORG "):
            identity = CommunicationIdentity("email", handle=handle)
            await assert_found_is(partner, identity, world.communication)

    async def test_an_unknown_handle_or_channel_is_no_match(self, partner: Partner) -> None:
        leave = [
            permit(category, kind=SubjectKind.COMMUNICATION) for category in partner.capabilities().categories
        ]
        other_channel = CommunicationIdentity("telegram", handle=COMMUNICATION.handle)
        for identity in (UNKNOWN_COMMUNICATION, other_channel):
            assert await partner.find(Subject(identity), leave) == NoMatch()
