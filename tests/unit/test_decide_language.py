"""Acts, contacts, questions about nobody, circumstances of the case, fields withheld: opens, and does not."""

from __future__ import annotations

from typing import Any

import pytest

from agreements.agreement import Clause, Obligation
from agreements.duration import Duration
from agreements.terms import (
    Act,
    BasisKind,
    Category,
    ConsentNeed,
    Level,
    ObligationCode,
    Purpose,
    Review,
    Role,
    SubjectKind,
)
from policies.decision import Await, Permitted
from tests.unit.decision_case import (
    Case,
    agreement,
    asked,
    bound,
    by_consent,
    clause,
    consent,
    law,
    needing,
    needing_consent,
    opening,
    prohibition,
    question,
)

OPENS = "summary by agreement under county 1:1"
NO_ACT = "refused at clause: act-not-allowed"
NO_CONTACT = "refused at role: contact-person-only"
FLAGGED = "refused at case: case-flag-present"
TOO_LATE = "refused at case: too-long-since-opening"
UNINVITED = "refused at case: not-invited"
BLIND = "refused at case: not-yet-unblinded"
FORBIDDEN = "refused at clause: prohibited"
ASK, TELL = frozenset({Act.ASK}), frozenset({Act.TELL})
OPEN, LIAISON = frozenset({"investigation-open"}), frozenset({Role.LIAISON})
GENERAL = SubjectKind.GENERAL
ABOUT_NOBODY = clause(subjects=frozenset({GENERAL}))


def forbidden_where(**conditions: Any) -> Clause:
    return prohibition(conditions=needing(**conditions).conditions)


TABLE = {
    "asked, where one may ask or tell": (asked(), OPENS),
    "told, where one may ask or tell": (asked(act=Act.TELL), OPENS),
    "asked, where one may only ask": (asked(clause(acts=ASK)), OPENS),
    "told, where one may only ask": (asked(clause(acts=ASK), act=Act.TELL), NO_ACT),
    "asked, where one may only tell": (asked(clause(acts=TELL)), NO_ACT),
    "told, where one may only tell": (asked(clause(acts=TELL), act=Act.TELL), OPENS),
    "asked, where no act is named": (asked(clause(acts=frozenset())), NO_ACT),
    "told, where no act is named": (asked(clause(acts=frozenset()), act=Act.TELL), NO_ACT),
    "another clause allows the act": (
        asked(clause(acts=TELL), clause(id="2")),
        "summary by agreement under county 1:2",
    ),
    "a clause for this act is for another purpose": (
        asked(clause(acts=TELL), clause(id="2", purposes=frozenset({Purpose.TREATMENT}))),
        "refused at purpose: purpose-not-allowed",
    ),
    "a clause for this act is for another role": (
        asked(clause(acts=TELL), clause(id="2", roles=LIAISON)),
        "refused at role: role-not-allowed",
    ),
    "telling is forbidden, and it is asked": (asked(clause(), prohibition(acts=TELL)), OPENS),
    "telling is forbidden, and it is told": (
        asked(clause(), prohibition(acts=TELL), act=Act.TELL),
        FORBIDDEN,
    ),
    "a named contact asks": (asked(clause(contacts_only=True), contact=True), OPENS),
    "somebody else asks": (asked(clause(contacts_only=True)), NO_CONTACT),
    "a contact in another role asks": (
        asked(clause(contacts_only=True), contact=True, role=Role.LIAISON),
        "refused at role: role-not-allowed",
    ),
    "a contact asks what anybody may": (asked(contact=True), OPENS),
    "no flag that closes": (asked(needing(case_flags_absent=OPEN)), OPENS),
    "the flag that closes": (asked(needing(case_flags_absent=OPEN), case_flags=OPEN), FLAGGED),
    "another flag": (asked(needing(case_flags_absent=OPEN), case_flags=frozenset({"level-2"})), OPENS),
    "on the last day": (asked(needing(workdays_since_opening=5), workdays_open=5), OPENS),
    "on the day of opening": (asked(needing(workdays_since_opening=1), workdays_open=0), OPENS),
    "a day too late": (asked(needing(workdays_since_opening=5), workdays_open=6), TOO_LATE),
    "opened nobody knows when": (asked(needing(workdays_since_opening=5)), TOO_LATE),
    "invited by the role": (asked(needing(invited_by=LIAISON), invited_by=LIAISON), OPENS),
    "invited by another role": (
        asked(needing(invited_by=LIAISON), invited_by=frozenset({Role.CASEWORKER})),
        UNINVITED,
    ),
    "not invited": (asked(needing(invited_by=LIAISON)), UNINVITED),
    "invited, and one of two roles will do": (
        asked(needing(invited_by=frozenset({Role.LIAISON, Role.PRIVACY_OFFICER})), invited_by=LIAISON),
        OPENS,
    ),
    "kept from the context": (asked(needing(unblinded=True), blinded=True), BLIND),
    "no longer kept from it": (asked(needing(unblinded=True)), OPENS),
    "kept from it, where the clause does not mind": (asked(blinded=True), OPENS),
    "forbidden while a flag is absent, and it is": (
        asked(clause(), forbidden_where(case_flags_absent=OPEN)),
        FORBIDDEN,
    ),
    "forbidden while a flag is absent, and it is set": (
        asked(clause(), forbidden_where(case_flags_absent=OPEN), case_flags=OPEN),
        OPENS,
    ),
    "forbidden in the first days, and they are over": (
        asked(clause(), forbidden_where(workdays_since_opening=5), workdays_open=6),
        OPENS,
    ),
    "forbidden in the first days, and nobody knows": (
        asked(clause(), forbidden_where(workdays_since_opening=5)),
        FORBIDDEN,
    ),
    "forbidden where the liaison has invited": (
        asked(clause(), forbidden_where(invited_by=LIAISON), invited_by=LIAISON),
        FORBIDDEN,
    ),
    "forbidden where the liaison has invited, and has not": (
        asked(clause(), forbidden_where(invited_by=LIAISON)),
        OPENS,
    ),
    "one person reviews": (asked(needing(review=Review.CUSTODIAN)), f"{OPENS} awaiting review"),
    "two persons review": (
        asked(needing(review=Review.TWO_PERSON)),
        f"{OPENS} awaiting review and second-review",
    ),
    "two persons have reviewed": (asked(needing(review=Review.TWO_PERSON), person_found=True), OPENS),
    "a question about nobody waits for a person": (
        asked(ABOUT_NOBODY, subject_kind=GENERAL),
        f"{OPENS} awaiting review",
    ),
    "a question about nobody, once a person has looked": (
        asked(ABOUT_NOBODY, subject_kind=GENERAL, person_found=True),
        OPENS,
    ),
    "a question about nobody where clauses are about persons": (
        asked(subject_kind=GENERAL),
        "refused at clause: no-clause",
    ),
    "a question about a person where clauses are about nobody": (
        asked(ABOUT_NOBODY),
        "refused at clause: no-clause",
    ),
    "no consent is about nobody": (
        asked(
            clause(subjects=frozenset({GENERAL}), conditions=needing_consent().conditions),
            subject_kind=GENERAL,
            consents=(consent(),),
        ),
        "refused at consent: consent-missing",
    ),
    "a law lets what names nobody out": (
        bound(law(by_consent(), opening(subjects=frozenset({GENERAL}))), subject_kind=GENERAL).under(
            ABOUT_NOBODY
        ),
        f"{OPENS} awaiting review",
    ),
    "the same law keeps a person's in": (
        bound(law(by_consent(), opening(subjects=frozenset({GENERAL})))),
        "refused at law: law-forbids",
    ),
}


@pytest.mark.parametrize("name", TABLE)
def test_it_opens_where_the_table_says(name: str) -> None:
    case, expected = TABLE[name]
    assert case.verdict() == expected


RECORD = clause(level=Level.RECORD, fields=frozenset({"timeline", "sources", "informant"}))
ALL_TOLD = "record of informant, sources, timeline"


def withheld(*fields: str, **changes: Any) -> Case:
    """The record asked for under a clause with three fields, some of them withheld."""
    forbids = prohibition(withholds=frozenset(fields), **changes)
    return Case(question(level=Level.RECORD)).under(RECORD, forbids)


WITHHELD = {
    "one field": (withheld("sources"), "record of informant, timeline"),
    "two fields": (withheld("sources", "informant"), "record of timeline"),
    "a field nobody releases": (withheld("address"), ALL_TOLD),
    "all of them": (withheld("sources", "informant", "timeline"), "record"),
    "for another role": (withheld("sources", roles=LIAISON), ALL_TOLD),
    "for another category": (withheld("sources", categories=frozenset({Category.COURT})), ALL_TOLD),
    "while an investigation is open, and it is not": (
        withheld("sources", conditions=needing(case_flags=OPEN).conditions),
        ALL_TOLD,
    ),
}


@pytest.mark.parametrize("name", WITHHELD)
def test_a_prohibition_that_withholds_takes_these_fields_and_no_more(name: str) -> None:
    case, told = WITHHELD[name]
    assert case.verdict() == f"{told} by agreement under county 1:1"


def test_prohibitions_of_several_agreements_withhold_together() -> None:
    others = [
        agreement(prohibition(withholds=frozenset({field})), id=f"on-{field}")
        for field in ("sources", "informant")
    ]
    case = Case(question(level=Level.RECORD), (agreement(RECORD), *others))
    assert case.verdict() == "record of timeline by agreement under county 1:1"


def test_below_the_record_nothing_is_there_to_withhold() -> None:
    case = Case().under(RECORD, prohibition(withholds=frozenset({"sources"})))
    assert case.verdict() == OPENS


def test_the_clause_with_most_left_is_the_basis() -> None:
    few = clause(id="2", level=Level.RECORD, fields=frozenset({"timeline", "plan"}))
    taken = prohibition(withholds=frozenset({"sources", "informant"}))
    case = Case(question(level=Level.RECORD)).under(RECORD, few, taken)
    assert case.verdict() == "record of plan, timeline by agreement under county 1:2"


def test_a_whole_prohibition_beside_one_that_withholds_forbids() -> None:
    taken = prohibition(withholds=frozenset({"sources"}))
    case = Case(question(level=Level.RECORD)).under(RECORD, taken, prohibition(id="10"))
    assert case.verdict() == FORBIDDEN


def test_a_question_about_nobody_rests_on_no_consent() -> None:
    case = bound(law(opening()), subject_kind=GENERAL, consents=(consent(),)).under(ABOUT_NOBODY)
    decision = case.decision()
    assert isinstance(decision, Permitted)
    assert (decision.awaits, decision.consent) == (frozenset({Await.REVIEW}), None)
    assert decision.permit.basis.kind is BasisKind.AGREEMENT


STORE, NOTIFY = ObligationCode.STORE_IN, ObligationCode.NOTIFY_PARTY
KEPT = Obligation(STORE, places=frozenset({"psychology"}))
NEVER = Obligation(STORE, never_in=frozenset({"cumulative-folder"}))
PARENTS = Obligation(NOTIFY, Duration(0, 86400), whom=frozenset({"parents"}))
SOON = Obligation(NOTIFY, Duration(0, 3600), whom=frozenset({"parents"}))
TARGET = Obligation(NOTIFY, whom=frozenset({"target"}))


def test_duties_that_name_other_places_or_parties_stay_apart_and_the_same_merge() -> None:
    binding = law(opening(), obligations=(NEVER, SOON, TARGET))
    decision = bound(binding).under(clause(obligations=(KEPT, PARENTS))).decision()
    assert isinstance(decision, Permitted)
    assert decision.permit.obligations == (KEPT, SOON, NEVER, TARGET)


def test_consent_does_not_lift_the_blind() -> None:
    needs = needing(consent=ConsentNeed.REQUIRED, unblinded=True)
    assert asked(needs, consents=(consent(),)).verdict() == "summary by consent under county 1:1"
    assert asked(needs, consents=(consent(),), blinded=True).verdict() == BLIND
