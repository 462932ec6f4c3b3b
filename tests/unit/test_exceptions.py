"""Statutory exceptions and legal process: what makes them out, and whom they wait for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agreements.exceptions import ELEMENTS, ElementKind, Representation, says_something
from agreements.terms import ConsentNeed, FindingBy, GrantorKind, Ground, ProcessKind, Purpose, Review
from policies.decision import Await, Denied, Permitted
from tests.unit.decision_case import (
    Case,
    asked,
    bound,
    by_exception,
    claim,
    consent,
    law,
    needing,
    needing_consent,
    process,
)

THREAT = Ground.SERIOUS_IMMINENT_THREAT
LISTED = needing_consent(exceptions=(THREAT,))
RELIED_ON = needing_consent(exceptions=(THREAT,), finding=FindingBy.RELIANCE)
AWAITS_FINDING = "summary by exception under county 1:1 awaiting finding"
AT_ONCE = "summary by exception under county 1:1"
ELEMENTS_MISSING = "refused at exception: exception-elements-missing"
NO_CONSENT = "refused at consent: consent-missing"
ORDERED = needing(legal_process=True)
BY_PROCESS = "summary by legal-process under county 1:1 awaiting legal-process"
NO_PROCESS = "refused at exception: legal-process-missing"

EXCEPTIONS = {
    "listed and made out": (asked(LISTED, representation=claim()), AWAITS_FINDING),
    "listed second and made out": (
        asked(
            needing_consent(exceptions=(Ground.MEDICAL_EMERGENCY, THREAT)),
            representation=claim(),
        ),
        AWAITS_FINDING,
    ),
    "listed and not claimed": (asked(LISTED), NO_CONSENT),
    "not listed": (asked(needing_consent(), representation=claim()), NO_CONSENT),
    "another one listed": (
        asked(needing_consent(exceptions=(Ground.MEDICAL_EMERGENCY,)), representation=claim()),
        NO_CONSENT,
    ),
    "the custodian relies on the statement": (asked(RELIED_ON, representation=claim()), AT_ONCE),
    "the custodian relies on it and lacks an element": (
        asked(RELIED_ON, representation=claim(imminence="")),
        ELEMENTS_MISSING,
    ),
    "a person has found it": (asked(LISTED, representation=claim(), person_found=True), AT_ONCE),
    "a person has found what is not made out": (
        asked(LISTED, representation=claim(imminence=""), person_found=True),
        ELEMENTS_MISSING,
    ),
    "a person has found what is not listed": (
        asked(needing_consent(), representation=claim(), person_found=True),
        NO_CONSENT,
    ),
    "consent given as well: the exception is not used": (
        asked(LISTED, representation=claim(), consents=(consent(),)),
        "summary by consent under county 1:1",
    ),
    "consent given as well, with reliance: one piece of evidence is used": (
        asked(RELIED_ON, representation=claim(), consents=(consent(),)),
        "summary by consent under county 1:1",
    ),
    "elements missing and consent given": (
        asked(LISTED, representation=claim(threat=""), consents=(consent(),)),
        "summary by consent under county 1:1",
    ),
    "no consent needed: the exception is not used": (
        asked(needing(exceptions=(THREAT,)), representation=claim()),
        "summary by agreement under county 1:1",
    ),
    "the exception stands in for another grantor's consent too": (
        asked(
            needing_consent(consent_from=GrantorKind.GUARDIAN, exceptions=(THREAT,)),
            representation=claim(),
            consents=(consent(),),
        ),
        AWAITS_FINDING,
    ),
    "the exception does not stand in for the concern": (
        asked(
            needing_consent(exceptions=(THREAT,), concern_at_least="high"),
            representation=claim(),
        ),
        "refused at case: concern-too-low",
    ),
    "the exception does not stand in for a case flag": (
        asked(
            needing_consent(exceptions=(THREAT,), case_flags=frozenset({"level-2"})),
            representation=claim(),
        ),
        "refused at case: case-flag-missing",
    ),
    "the exception does not stand in for the purpose": (
        asked(LISTED, representation=claim(), purpose=Purpose.TREATMENT),
        "refused at purpose: purpose-not-allowed",
    ),
    "the exception does not stand in for the process": (
        asked(
            needing(consent=ConsentNeed.REQUIRED, exceptions=(THREAT,), legal_process=True),
            representation=claim(),
        ),
        NO_PROCESS,
    ),
    "a finding and a review are both awaited": (
        asked(needing_consent(exceptions=(THREAT,), review=Review.CUSTODIAN), representation=claim()),
        "summary by exception under county 1:1 awaiting finding and review",
    ),
    "reliance does not do away with the review": (
        asked(
            needing_consent(exceptions=(THREAT,), finding=FindingBy.RELIANCE, review=Review.CUSTODIAN),
            representation=claim(),
        ),
        "summary by exception under county 1:1 awaiting review",
    ),
}

PROCESS = {
    "required and stated": (asked(ORDERED, legal_process=process()), BY_PROCESS),
    "required and absent": (asked(ORDERED), NO_PROCESS),
    "required, absent, and consent given": (asked(ORDERED, consents=(consent(),)), NO_PROCESS),
    "not required: it is not used": (
        asked(legal_process=process()),
        "summary by agreement under county 1:1",
    ),
    "it does not stand in for consent": (asked(needing_consent(), legal_process=process()), NO_CONSENT),
    "consent is needed beside it": (
        asked(needing_consent(legal_process=True), legal_process=process()),
        NO_CONSENT,
    ),
    "consent is given beside it": (
        asked(needing_consent(legal_process=True), legal_process=process(), consents=(consent(),)),
        BY_PROCESS,
    ),
    "an exception beside it waits for both": (
        asked(
            needing_consent(legal_process=True, exceptions=(THREAT,)),
            legal_process=process(),
            representation=claim(),
        ),
        "summary by legal-process under county 1:1 awaiting finding and legal-process",
    ),
    "reliance is never on a process": (
        asked(needing(legal_process=True, finding=FindingBy.RELIANCE), legal_process=process()),
        BY_PROCESS,
    ),
    "a person has verified it": (
        asked(ORDERED, legal_process=process(), person_found=True),
        "summary by legal-process under county 1:1",
    ),
}

KINDS = {
    f"a {kind.value} where no law is declared": (asked(ORDERED, legal_process=process(kind)), BY_PROCESS)
    for kind in ProcessKind
}

TABLE = EXCEPTIONS | PROCESS | KINDS


@pytest.mark.parametrize(("case", "verdict"), TABLE.values(), ids=TABLE.keys())
def test_an_exception_or_process_opens_what_its_clause_lists(case: Case, verdict: str) -> None:
    assert case.verdict() == verdict


@pytest.mark.parametrize("ground", list(Ground))
def test_every_ground_opens_by_all_of_its_elements(ground: Ground) -> None:
    listed = needing_consent(exceptions=(ground,))
    assert asked(listed, representation=claim(ground)).verdict() == AWAITS_FINDING
    for name in ELEMENTS[ground]:
        full = claim(ground)
        without = replace(full, elements={key: full.elements[key] for key in full.elements if key != name})
        assert without.missing() == (name,)
        refused = asked(listed, representation=without).decision()
        assert isinstance(refused, Denied)
        assert refused.reasons[0].code == "exception-elements-missing"
        assert name in refused.reasons[0].text


NOTHING_SAID: tuple[str | bool, ...] = (
    "",
    " ",
    "\t\n",
    "ab",
    "a b",
    "...",
    "123456",
    "xxxxxxxx",
    "XxXxX",
    "test",
    " Testing ",
    "ASDF",
    "qwerty",
    "none",
    "n/a",
    "N/A",
    "todo",
    "tbd",
    "emergency",
    "EMERGENCY",
    True,
    False,
)


@pytest.mark.parametrize("value", NOTHING_SAID)
def test_an_element_of_words_that_says_nothing_is_missing(value: str | bool) -> None:
    assert claim(threat=value).missing() == ("threat",)


@pytest.mark.parametrize("value", [False, "true", "yes", "", "True"])
def test_an_element_to_affirm_is_missing_unless_true(value: str | bool) -> None:
    assert claim(recipient_able_to_prevent=value).missing() == ("recipient_able_to_prevent",)


@pytest.mark.parametrize("value", ["gun", "aab", "он вооружён", "持刀者", "A test of the knife", "he's né"])
def test_an_element_of_few_words_in_any_script_is_present(value: str) -> None:
    assert claim(threat=value).missing() == ()


def test_missing_elements_are_named_in_the_order_of_the_ground() -> None:
    nothing = Representation(THREAT, {"other": "he showed the weapon"}, "")
    assert nothing.missing() == ("threat", "imminence", "recipient_able_to_prevent")


def test_elements_of_one_ground_do_not_make_out_another() -> None:
    assert replace(claim(Ground.MEDICAL_EMERGENCY), ground=Ground.MANDATORY_REPORT).missing() == (
        "statute",
        "reporter",
    )


def test_words_are_counted_in_letters_from_a_least_number_on() -> None:
    assert says_something("abc", at_least=3)
    assert not says_something("abc", at_least=4)


def test_every_ground_has_elements_that_are_words() -> None:
    assert set(ELEMENTS) == set(Ground)
    assert all(ElementKind.TEXT in kinds.values() for kinds in ELEMENTS.values())


def test_a_person_who_has_looked_leaves_nothing_awaited() -> None:
    permitted = bound(law(by_exception(person_finds=True)), representation=claim(), person_found=True)
    decision = permitted.under(LISTED).decision()
    assert isinstance(decision, Permitted)
    assert decision.awaits == frozenset[Await]()
