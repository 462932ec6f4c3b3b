"""Every field of a clause: where it opens, and where it must not."""

from __future__ import annotations

from datetime import timedelta

import pytest

from agreements.agreement import PartySelector
from agreements.terms import BasisKind, Category, Level, Purpose, Review, Role, Sector, SubjectKind
from policies.decision import Permitted
from tests.unit.decision_case import (
    END,
    NOW,
    SECTORS,
    START,
    Case,
    agencies,
    agreement,
    asked,
    bound,
    clause,
    law,
    needing,
    opening,
    question,
    sectors,
)

OPENS = "summary by agreement under county 1:1"
NO_AGREEMENT = "refused at agreement: no-agreement"
NO_PARTY = "refused at party: no-clause-for-party"
NO_CLAUSE = "refused at clause: no-clause"
NO_PURPOSE = "refused at purpose: purpose-not-allowed"
NO_ROLE = "refused at role: role-not-allowed"
INSTANT = timedelta(microseconds=1)

PARTIES = {
    "the requester is named": (asked(clause(requester=agencies("police"))), OPENS),
    "another requester is named": (asked(clause(requester=agencies("school"))), NO_PARTY),
    "the requester's sector is named": (asked(clause(requester=sectors(Sector.LAW_ENFORCEMENT))), OPENS),
    "another sector is named": (asked(clause(requester=sectors(Sector.EDUCATION))), NO_PARTY),
    "agency or sector is enough: by agency": (
        asked(clause(requester=PartySelector(frozenset({"police"}), frozenset({Sector.EDUCATION})))),
        OPENS,
    ),
    "agency or sector is enough: by sector": (
        asked(clause(requester=PartySelector(frozenset({"school"}), frozenset({Sector.LAW_ENFORCEMENT})))),
        OPENS,
    ),
    "no requester is named": (asked(clause(requester=PartySelector())), NO_PARTY),
    "the custodian is named": (asked(clause(custodian=agencies("health"))), OPENS),
    "another custodian is named": (asked(clause(custodian=agencies("school"))), NO_PARTY),
    "another custodian's sector is named": (asked(clause(custodian=sectors(Sector.EDUCATION))), NO_PARTY),
    "no custodian is named": (asked(clause(custodian=PartySelector())), NO_PARTY),
    "a clause runs one way": (asked(requester="health", custodian="police"), NO_PARTY),
    "a named requester is no party to the agreement": (
        Case(question(), (agreement(clause(), parties=("health", "school")),)),
        NO_AGREEMENT,
    ),
    "a named custodian is no party to the agreement": (
        Case(question(), (agreement(clause(custodian=agencies("health")), parties=("police", "school")),)),
        NO_AGREEMENT,
    ),
    "an agency asks itself": (
        asked(clause(requester=agencies("police"), custodian=agencies("police")), custodian="police"),
        NO_AGREEMENT,
    ),
    "a party the site does not know": (
        Case(
            question(requester="stranger"),
            (agreement(clause(requester=agencies("stranger")), parties=("stranger", "health")),),
        ),
        NO_PARTY,
    ),
    "there is no agreement at all": (Case(agreements=()), NO_AGREEMENT),
    "an agreement has no clause": (Case(agreements=(agreement(),)), NO_PARTY),
}

SCOPES = {
    "the purpose is listed": (asked(clause(purposes=frozenset(Purpose)), purpose=Purpose.TREATMENT), OPENS),
    "another purpose is listed": (asked(purpose=Purpose.TREATMENT), NO_PURPOSE),
    "no purpose is listed": (asked(clause(purposes=frozenset())), NO_CLAUSE),
    "the role is listed": (asked(clause(roles=frozenset(Role)), role=Role.AUDITOR), OPENS),
    "another role is listed": (asked(role=Role.AUDITOR), NO_ROLE),
    "no role is listed": (asked(clause(roles=frozenset())), NO_CLAUSE),
    "the kind of subject is listed": (
        asked(clause(subjects=frozenset(SubjectKind)), subject_kind=SubjectKind.VENUE),
        OPENS,
    ),
    "another kind of subject is listed": (asked(subject_kind=SubjectKind.COMMUNICATION), NO_CLAUSE),
    "no kind of subject is listed": (asked(clause(subjects=frozenset())), NO_CLAUSE),
    "the category is listed": (
        asked(clause(categories=frozenset(Category)), category=Category.HOUSING),
        OPENS,
    ),
    "another category is listed": (asked(category=Category.HOUSING), NO_CLAUSE),
    "no category is listed": (asked(clause(categories=frozenset())), NO_PARTY),
    "a purpose of one clause, a role of another": (
        asked(
            clause(roles=frozenset({Role.LIAISON})),
            clause(id="2", purposes=frozenset({Purpose.TREATMENT})),
        ),
        NO_ROLE,
    ),
    "a kind of one clause, a purpose of another": (
        asked(
            clause(subjects=frozenset({SubjectKind.VENUE})),
            clause(id="2", purposes=frozenset({Purpose.TREATMENT})),
        ),
        NO_PURPOSE,
    ),
}

CEILINGS = {
    f"asked {wanted.word} of a clause for {most.word}": (
        asked(clause(level=most), level=wanted),
        f"{min(wanted, most).word} by agreement under county 1:1",
    )
    for wanted in Level
    for most in Level
}

PLAN = clause(level=Level.RECORD, fields=frozenset({"clinician", "plan"}))
FIELDS = {
    "a record has the fields listed": (
        asked(PLAN, level=Level.RECORD),
        "record of clinician, plan by agreement under county 1:1",
    ),
    "a summary has no fields": (asked(PLAN, level=Level.SUMMARY), "summary by agreement under county 1:1"),
    "mere existence has no fields": (
        asked(PLAN, level=Level.EXISTENCE),
        "existence by agreement under county 1:1",
    ),
    "a clause for less than the record has no fields": (
        asked(clause(level=Level.CONTACT, fields=frozenset({"plan"})), level=Level.RECORD),
        "contact by agreement under county 1:1",
    ),
    "no field listed, none let out": (
        asked(clause(level=Level.RECORD), level=Level.RECORD),
        "record by agreement under county 1:1",
    ),
    "a law below the record leaves no fields": (
        bound(law(opening(ceiling=Level.SUMMARY)), level=Level.RECORD).under(PLAN),
        "summary by agreement under county 1:1",
    ),
}

TOO_LOW = "refused at case: concern-too-low"
OFF_SCALE = "refused at case: concern-not-on-scale"
NO_FLAG = "refused at case: case-flag-missing"
TWO_FLAGS = needing(case_flags=frozenset({"level-2", "minor"}))
MODERATE = needing(concern_at_least="moderate")
CASES = {
    "concern above the least": (asked(MODERATE, concern="high"), OPENS),
    "concern at the least": (asked(MODERATE, concern="moderate"), OPENS),
    "concern below the least": (asked(MODERATE, concern="low"), TOO_LOW),
    "no word for the concern": (asked(MODERATE, concern=""), OFF_SCALE),
    "a word that is on no scale": (asked(MODERATE, concern="dire"), OFF_SCALE),
    "a word in other letters": (asked(MODERATE, concern="High"), OFF_SCALE),
    "a word of another agreement's scale": (
        Case(
            question(concern="red"),
            (
                agreement(MODERATE),
                agreement(
                    clause(categories=frozenset({Category.HOUSING})), id="other", concern_scale=("red",)
                ),
            ),
        ),
        OFF_SCALE,
    ),
    "the same word ranks by each agreement's own scale": (
        Case(
            question(concern="moderate"),
            (agreement(needing(concern_at_least="low"), concern_scale=("moderate", "low")),),
        ),
        TOO_LOW,
    ),
    "a clause that asks for no concern": (asked(concern="low"), OPENS),
    "a clause that asks for no concern, and a word that is on no scale": (asked(concern="dire"), OFF_SCALE),
    "all case flags present": (asked(TWO_FLAGS, case_flags=frozenset({"level-2", "minor"})), OPENS),
    "more flags than needed": (asked(TWO_FLAGS, case_flags=frozenset({"level-2", "minor", "x"})), OPENS),
    "one of two flags": (asked(TWO_FLAGS, case_flags=frozenset({"minor"})), NO_FLAG),
    "no flags": (asked(TWO_FLAGS), NO_FLAG),
    "the custodian releases item by item": (
        asked(needing(review=Review.CUSTODIAN)),
        f"{OPENS} awaiting review",
    ),
    "the custodian has looked": (asked(needing(review=Review.CUSTODIAN), person_found=True), OPENS),
    "having looked opens no clause": (asked(MODERATE, concern="low", person_found=True), TOO_LOW),
}

SECOND = agreement(clause(level=Level.EXISTENCE), version=2, effective=NOW)
PERIODS = {
    "an instant before it takes effect": (
        Case(question(at=NOW - INSTANT), (agreement(clause(), effective=NOW),)),
        NO_AGREEMENT,
    ),
    "at the instant it takes effect": (Case(question(at=NOW), (agreement(clause(), effective=NOW),)), OPENS),
    "an instant before it expires": (
        Case(question(at=NOW - INSTANT), (agreement(clause(), expires=NOW),)),
        OPENS,
    ),
    "at the instant it expires": (Case(question(at=NOW), (agreement(clause(), expires=NOW),)), NO_AGREEMENT),
    "suspended": (Case(agreements=(agreement(clause(), suspended=True),)), NO_AGREEMENT),
    "an instant before a later version": (
        Case(question(at=NOW - INSTANT), (agreement(clause()), SECOND)),
        OPENS,
    ),
    "from the instant of a later version": (
        Case(question(at=NOW), (agreement(clause()), SECOND)),
        "existence by agreement under county 2:1",
    ),
    "a suspended later version does not revive the older": (
        Case(agreements=(agreement(clause()), agreement(clause(), version=2, suspended=True))),
        NO_AGREEMENT,
    ),
    "an expired later version does not revive the older": (
        Case(
            question(at=NOW),
            (agreement(clause()), agreement(clause(), version=2, expires=NOW)),
        ),
        NO_AGREEMENT,
    ),
    "the first of two later versions supersedes": (
        Case(
            question(at=NOW),
            (
                agreement(clause()),
                agreement(clause(), version=2, effective=NOW, suspended=True),
                agreement(clause(), version=3, effective=END),
            ),
        ),
        NO_AGREEMENT,
    ),
    "an older version does not supersede": (
        Case(question(at=NOW), (agreement(clause(), effective=NOW), agreement(clause(), version=2))),
        "summary by agreement under county 2:1",
    ),
    "another agreement's later version does not supersede": (
        Case(agreements=(agreement(clause()), agreement(version=2, id="other", suspended=True))),
        OPENS,
    ),
    "a clause of an agreement out of force does not count beside one in force": (
        Case(agreements=(agreement(clause(), suspended=True), agreement(id="other"))),
        NO_PARTY,
    ),
    "a clause out of force does not count beside a clause about something else": (
        Case(
            agreements=(
                agreement(clause(), expires=START),
                agreement(clause(categories=frozenset({Category.HOUSING})), id="other"),
            ),
        ),
        NO_CLAUSE,
    ),
}

TABLE = PARTIES | SCOPES | CEILINGS | FIELDS | CASES | PERIODS


@pytest.mark.parametrize(("case", "verdict"), TABLE.values(), ids=TABLE.keys())
def test_a_clause_opens_for_what_it_says_and_nothing_else(case: Case, verdict: str) -> None:
    assert case.verdict() == verdict


def test_the_table_has_no_row_twice() -> None:
    parts = (PARTIES, SCOPES, CEILINGS, FIELDS, CASES, PERIODS)
    assert len(TABLE) == sum(len(part) for part in parts)


@pytest.mark.parametrize("name", sorted(SECTORS))
def test_without_any_rule_every_question_is_refused(name: str) -> None:
    assert Case(question(custodian=name), agreements=()).verdict() == NO_AGREEMENT


def test_a_permit_repeats_the_question_and_ends_with_the_agreement() -> None:
    permitted = asked().decision()
    assert isinstance(permitted, Permitted)
    permit = permitted.permit
    assert (permit.requester, permit.custodian) == ("police", "health")
    assert (permit.subject_kind, permit.category) == (SubjectKind.PERSON, Category.MENTAL_HEALTH)
    assert permit.basis.kind is BasisKind.AGREEMENT
    assert permit.expires == END
