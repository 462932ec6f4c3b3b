"""What holds for every law file whatever is asked: closed by default, and less evidence never opens more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.consents import Consent, FormElement
from agreements.terms import (
    BasisKind,
    Category,
    GrantorKind,
    Ground,
    Level,
    ProcessKind,
    Purpose,
    Sector,
    SubjectKind,
)
from policies.lawbook import LawBook, load_laws
from policies.statute import Law
from tests.unit.law_case import Case, consent

BOOK = load_laws()
LAWS = tuple(BOOK.laws.values())
VICTIMS = frozenset({Category.VICTIM_INJURY, Category.VICTIM_SERVICES})

laws = st.sampled_from(LAWS)
ages = st.none() | st.integers(0, 100)
consents = st.builds(
    consent,
    st.sampled_from(GrantorKind),
    st.frozensets(st.sampled_from(Category), min_size=1, max_size=4),
    st.frozensets(st.sampled_from(FormElement), max_size=2),
)
shown = st.none() | st.sampled_from(Ground) | st.sampled_from(ProcessKind) | consents
cases = st.builds(
    Case,
    category=st.sampled_from(Category),
    purpose=st.sampled_from(Purpose),
    custodian=st.sampled_from(Sector),
    recipient=st.sampled_from(Sector),
    shown=shown,
    age=ages,
)


def ceiling(case: Case, law: Law) -> int:
    widest = case.widest(law)
    return widest.ceiling if widest else 0


@given(laws, cases)
def test_a_law_without_openings_is_closed(law: Law, case: Case) -> None:
    assert case.widest(replace(law, openings=())) is None


@given(laws, cases, st.data())
def test_taking_an_opening_away_never_opens_more(law: Law, case: Case, data: st.DataObject) -> None:
    gone = data.draw(st.sampled_from(law.openings))
    fewer = replace(law, openings=tuple(item for item in law.openings if item is not gone))
    assert ceiling(case, fewer) <= ceiling(case, law)


@given(laws, cases)
def test_what_opens_reaches_the_case_and_asks_for_what_is_shown(law: Law, case: Case) -> None:
    for opening in case.openings(law):
        assert opening.categories is not None or case.category not in law.apart
        assert opening.categories is None or case.category in opening.categories
        assert opening.purposes is None or case.purpose in opening.purposes
        assert opening.recipients is None or case.recipient in opening.recipients
        assert opening.custodians is None or case.custodian in opening.custodians
        assert opening.basis is BasisKind.AGREEMENT or case.shown is not None


@given(laws, cases, consents, st.sampled_from(FormElement))
def test_removing_an_element_from_a_consent_never_opens_more(
    law: Law, case: Case, given_consent: Consent, element: FormElement
) -> None:
    lacking = frozenset(FormElement) - given_consent.form() | {element}
    poorer = consent(given_consent.grantor, given_consent.categories, lacking)
    assert ceiling(replace(case, shown=poorer), law) <= ceiling(replace(case, shown=given_consent), law)


@given(laws, cases, consents)
def test_not_knowing_the_age_never_opens_more(law: Law, case: Case, given_consent: Consent) -> None:
    case = replace(case, shown=given_consent)
    unknown = ceiling(replace(case, age=None), law)
    assert unknown <= ceiling(replace(case, age=law.adult_age - 1), law)
    assert unknown <= ceiling(replace(case, age=law.adult_age), law)


@given(laws, cases)
def test_evidence_never_opens_less_than_the_agreement_alone(law: Law, case: Case) -> None:
    assert ceiling(replace(case, shown=None), law) <= ceiling(case, law)


@given(laws, cases, ages, st.sampled_from(sorted(VICTIMS)), st.sampled_from(["subject", "guardian"]))
def test_a_victims_records_never_open_by_the_consent_of_anybody_else(
    law: Law, case: Case, age: int | None, category: Category, grantor: str
) -> None:
    others = consent(GrantorKind(grantor), frozenset({category}))
    case = replace(case, category=category, age=age)
    assert ceiling(replace(case, shown=others), law) == ceiling(replace(case, shown=None), law)


@given(cases, st.sampled_from(["us-part2", "us-vawa", "us-ferpa", "us-28cfr20", "us-or-juvenile"]))
def test_a_serious_threat_opens_nothing_where_the_law_has_no_such_exception(case: Case, name: str) -> None:
    law = BOOK.laws[name]
    claimed = replace(case, shown=Ground.SERIOUS_IMMINENT_THREAT)
    assert ceiling(claimed, law) == ceiling(replace(case, shown=None), law)


@given(
    cases,
    st.sampled_from(["us-part2", "us-vawa"]),
    st.sampled_from(sorted(set(ProcessKind) - {ProcessKind.COURT_ORDER})),
)
def test_no_process_but_a_courts_order_opens_part_2_or_victim_services(
    case: Case, name: str, kind: ProcessKind
) -> None:
    assert replace(case, shown=kind).widest(BOOK.laws[name]) is None


@given(cases)
def test_intelligence_beyond_law_enforcement_is_at_most_an_assessment(case: Case) -> None:
    law = BOOK.laws["us-28cfr23"]
    if case.recipient is not Sector.LAW_ENFORCEMENT:
        assert ceiling(case, law) <= Level.SUMMARY


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.id)
def test_every_opening_is_cited_and_no_category_is_open_to_everybody(law: Law) -> None:
    for opening in law.openings:
        assert opening.citation
        if opening.basis is BasisKind.AGREEMENT and opening.subjects != frozenset({SubjectKind.GENERAL}):
            assert opening.recipients is not None
            assert opening.purposes is not None


@given(st.permutations(LAWS))
def test_version_does_not_depend_on_the_order_of_laws(order: list[Law]) -> None:
    assert LawBook.of(order).version == BOOK.version
