"""Law a custodian declares for a category: it holds whatever an agreement says."""

from __future__ import annotations

import pytest

from agreements.consents import FormElement
from agreements.terms import Category, FindingBy, GrantorKind, Ground, Level, ProcessKind, Purpose, Sector
from policies.decision import Denied
from tests.unit.decision_case import (
    Case,
    asked,
    bound,
    by_consent,
    by_exception,
    by_process,
    claim,
    consent,
    law,
    needing,
    needing_consent,
    opening,
    process,
    question,
)

OPENS = "summary by agreement under county 1:1"
FORBIDS = "refused at law: law-forbids"
NEVER = law(opening(purposes=frozenset({Purpose.DECONFLICTION})))
THREAT = Ground.SERIOUS_IMMINENT_THREAT
WITH_EXCEPTION = needing(exceptions=(THREAT,))
RELYING = needing(exceptions=(THREAT,), finding=FindingBy.RELIANCE)
BY_ORDER = needing(legal_process=True)

DECLARED = {
    "no law declared, on purpose": (asked(regimes=()), OPENS),
    "nothing declared": (asked(regimes=None), "refused at law: category-not-declared"),
    "an unknown law": (asked(regimes=("act",)), "refused at law: law-unknown, masked"),
    "a known law and an unknown one": (
        Case(question(regimes=("act", "lost")), laws=(law(opening()),)),
        "refused at law: law-unknown, masked",
    ),
    "an unknown law and a known one that forbids": (
        Case(question(regimes=("lost", "act")), laws=(NEVER,)),
        "refused at law: law-unknown, masked",
    ),
    "a law that is not declared does not bind": (Case(laws=(NEVER,)), OPENS),
}

OPENINGS = {
    "a law without openings": (bound(law()), FORBIDS),
    "a law that opens": (bound(law(opening())), OPENS),
    "two laws that both open": (bound(law(opening()), law(opening(), id="other")), OPENS),
    "two laws of which the first opens": (bound(law(opening()), law(id="other")), FORBIDS),
    "two laws of which the second opens": (bound(law(), law(opening(), id="other")), FORBIDS),
    "an opening for another category": (
        bound(law(opening(categories=frozenset({Category.HOUSING})))),
        FORBIDS,
    ),
    "an opening for another purpose": (bound(NEVER), FORBIDS),
    "an opening for other recipients": (
        bound(law(opening(recipients=frozenset({Sector.EDUCATION})))),
        FORBIDS,
    ),
    "an opening for other custodians": (
        bound(law(opening(custodians=frozenset({Sector.EDUCATION})))),
        FORBIDS,
    ),
    "an opening for all of these": (
        bound(
            law(
                opening(
                    categories=frozenset({Category.MENTAL_HEALTH}),
                    purposes=frozenset({Purpose.THREAT_ASSESSMENT}),
                    recipients=frozenset({Sector.LAW_ENFORCEMENT}),
                    custodians=frozenset({Sector.HEALTH}),
                )
            )
        ),
        OPENS,
    ),
    "a category kept apart and no opening that names it": (
        bound(law(opening(), apart=frozenset({Category.MENTAL_HEALTH}))),
        FORBIDS,
    ),
    "a law caps the level": (
        bound(law(opening(ceiling=Level.CONTACT))),
        "contact by agreement under county 1:1",
    ),
    "the lowest of two laws caps the level": (
        bound(law(opening(ceiling=Level.CONTACT)), law(opening(ceiling=Level.EXISTENCE), id="other")),
        "existence by agreement under county 1:1",
    ),
    "the widest opening of one law counts": (
        bound(law(opening(ceiling=Level.EXISTENCE), opening(), opening(ceiling=Level.CONTACT))),
        OPENS,
    ),
}

EVIDENCE = {
    "law opens by consent and none is given": (bound(law(by_consent())), FORBIDS),
    "law opens by consent and it is given": (
        bound(law(by_consent()), consents=(consent(),)),
        "summary by consent under county 1:1",
    ),
    "law opens by consent of another grantor": (
        bound(law(by_consent(adult=frozenset({GrantorKind.VICTIM}))), consents=(consent(),)),
        FORBIDS,
    ),
    "law opens wider by consent than without": (
        bound(law(opening(ceiling=Level.EXISTENCE), by_consent()), consents=(consent(),)),
        "summary by consent under county 1:1",
    ),
    "law opens as wide without consent: it is not used": (
        bound(law(by_consent(), opening()), consents=(consent(),)),
        OPENS,
    ),
    "law opens by an exception the clause lists": (
        bound(law(by_exception()), representation=claim()).under(WITH_EXCEPTION),
        "summary by exception under county 1:1 awaiting finding",
    ),
    "law opens by an exception the clause does not list": (
        bound(law(by_exception()), representation=claim()),
        FORBIDS,
    ),
    "law opens by another exception than the one the clause lists": (
        bound(law(by_exception(Ground.MEDICAL_EMERGENCY)), representation=claim()).under(WITH_EXCEPTION),
        FORBIDS,
    ),
    "law opens by an exception whose elements are missing": (
        bound(law(by_exception()), representation=claim(threat=" ")).under(WITH_EXCEPTION),
        FORBIDS,
    ),
    "the clause's exception does not open a law that knows none": (
        bound(law(by_consent()), representation=claim()).under(needing_consent(exceptions=(THREAT,))),
        FORBIDS,
    ),
    "law opens by a kind of process it accepts": (
        bound(law(by_process(ProcessKind.COURT_ORDER)), legal_process=process()).under(BY_ORDER),
        "summary by legal-process under county 1:1 awaiting legal-process",
    ),
    "law does not open by a kind of process it does not accept": (
        bound(law(by_process(ProcessKind.COURT_ORDER)), legal_process=process(ProcessKind.SUBPOENA)).under(
            BY_ORDER
        ),
        FORBIDS,
    ),
    "law opens by process and the clause does not": (
        bound(law(by_process(ProcessKind.COURT_ORDER)), legal_process=process()),
        FORBIDS,
    ),
    "two laws, one by consent and one by exception, both shown": (
        bound(
            law(by_consent()),
            law(by_exception(), id="other"),
            representation=claim(),
            consents=(consent(),),
        ).under(WITH_EXCEPTION),
        "summary by exception under county 1:1 awaiting finding",
    ),
    "consent opens a law but not a clause that wants another grantor's": (
        bound(law(by_consent()), consents=(consent(),)).under(
            needing_consent(consent_from=GrantorKind.GUARDIAN)
        ),
        "refused at consent: consent-missing",
    ),
    "between openings as wide, the one that waits for nobody": (
        bound(law(by_exception(id="slow", person_finds=True), by_exception()), representation=claim()).under(
            RELYING
        ),
        "summary by exception under county 1:1",
    ),
    "the opening that reaches as far as asked, though a person must find it": (
        bound(
            law(by_exception(ceiling=Level.CONTACT), by_exception(person_finds=True)), representation=claim()
        ).under(RELYING),
        "summary by exception under county 1:1 awaiting finding",
    ),
    "a person must find what law leaves to a person, whatever was signed": (
        bound(law(by_exception(person_finds=True)), representation=claim()).under(RELYING),
        "summary by exception under county 1:1 awaiting finding",
    ),
}

TABLE = DECLARED | OPENINGS | EVIDENCE


@pytest.mark.parametrize(("case", "verdict"), TABLE.values(), ids=TABLE.keys())
def test_law_opens_by_its_own_openings_and_no_others(case: Case, verdict: str) -> None:
    assert case.verdict() == verdict


@pytest.mark.parametrize(("age", "opens"), [(17, True), (18, False), (None, False)])
def test_whose_consent_law_accepts_follows_the_age_where_it_is_known(age: int | None, opens: bool) -> None:
    guardian_of_minor = by_consent(
        minor=frozenset({GrantorKind.GUARDIAN}), adult=frozenset({GrantorKind.SUBJECT})
    )
    case = bound(law(guardian_of_minor), age=age, consents=(consent(grantor=GrantorKind.GUARDIAN),))
    assert case.verdict() == ("summary by consent under county 1:1" if opens else FORBIDS)


@pytest.mark.parametrize("element", list(FormElement))
def test_a_consent_without_an_element_of_form_does_not_open_the_law(element: FormElement) -> None:
    without = {
        FormElement.GRANTOR_NAMED: consent(grantor_named=False),
        FormElement.EXPIRY_STATED: consent(end=None),
        FormElement.SIGNED: consent(evidence=None),
    }
    shown = without.get(element, consent())
    case = bound(law(by_consent(elements=frozenset({element}))), consents=(shown,))
    # What a consent must name to reach the disclosure at all, it cannot lack here.
    assert case.verdict() == (FORBIDS if element in without else "summary by consent under county 1:1")


def test_a_consent_that_law_wants_alone_may_name_no_other_category() -> None:
    more = consent(categories=frozenset({Category.MENTAL_HEALTH, Category.HOUSING}))
    alone = law(by_consent(alone=True))
    assert bound(alone, consents=(more,)).verdict() == FORBIDS
    assert bound(alone, consents=(consent(),)).verdict() == "summary by consent under county 1:1"


def test_a_refusal_by_law_names_the_law_and_each_of_its_ways() -> None:
    refused = bound(law(by_consent(), by_exception())).decision()
    assert isinstance(refused, Denied)
    assert all(
        words in refused.reasons[0].text for words in ("act section 1", "Act 1 (consent)", "(exception)")
    )


def test_a_refusal_by_law_names_the_elements_an_exception_that_would_do_lacks() -> None:
    lacking = claim(threat=" ", imminence="tbd")
    told = {}
    for name, clause in (("listed", WITH_EXCEPTION), ("not listed", needing())):
        for shown in (lacking, claim()):
            refused = bound(law(by_consent()), representation=shown).under(clause).decision()
            assert isinstance(refused, Denied)
            told[name, shown is lacking] = refused.reasons[0].text
    assert "The exception serious-imminent-threat lacks: threat, imminence." in told.pop(("listed", True))
    assert not any("lacks" in text for text in told.values())
