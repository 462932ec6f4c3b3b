"""What a decision says for itself: every layer in order, one reason, and what would change it."""

from __future__ import annotations

import ast
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

import policies
from agreements.agreement import Obligation
from agreements.terms import Act, Category, Ground, Level, ObligationCode, Purpose, Role
from policies.decision import Decision, Denied, Layer, Outcome, Permitted
from tests.unit.decision_case import (
    Case,
    asked,
    bound,
    by_consent,
    by_exception,
    claim,
    clause,
    consent,
    law,
    needing,
    needing_consent,
    process,
    prohibition,
    question,
)

THREAT = Ground.SERIOUS_IMMINENT_THREAT

REFUSALS: dict[str, tuple[Layer, Case, tuple[str, ...]]] = {
    "no-agreement": (Layer.AGREEMENT, Case(agreements=()), ("police", "health", "in force", "signed")),
    "no-clause-for-party": (Layer.PARTY, asked(requester="school"), ("lets school ask health",)),
    "no-clause": (
        Layer.CLAUSE,
        asked(category=Category.HOUSING),
        ("covers housing of a person held by health",),
    ),
    "prohibited": (
        Layer.CLAUSE,
        asked(clause(), prohibition()),
        ("county version 1 clause 9", "at every level"),
    ),
    "act-not-allowed": (
        Layer.CLAUSE,
        asked(clause(acts=frozenset({Act.TELL}))),
        ("lets police ask health", "only be told unasked"),
    ),
    "contact-person-only": (
        Layer.ROLE,
        asked(clause(contacts_only=True)),
        ("whom police has named as its contact",),
    ),
    "case-flag-present": (
        Layer.CASE,
        asked(
            needing(case_flags_absent=frozenset({"investigation-open"})),
            case_flags=frozenset({"investigation-open"}),
        ),
        ("closed while", "investigation-open"),
    ),
    "too-long-since-opening": (
        Layer.CASE,
        asked(needing(workdays_since_opening=5)),
        ("for 5 working days", "opened is not known"),
    ),
    "not-invited": (
        Layer.CASE,
        asked(needing(invited_by=frozenset({Role.LIAISON})), invited_by=frozenset({Role.CASEWORKER})),
        ("once a liaison has put health on the case",),
    ),
    "not-yet-unblinded": (
        Layer.CASE,
        asked(needing(unblinded=True), blinded=True),
        ("presented a view",),
    ),
    "purpose-not-allowed": (Layer.PURPOSE, asked(purpose=Purpose.TREATMENT), ("for treatment",)),
    "role-not-allowed": (Layer.ROLE, asked(role=Role.LIAISON), ("lets a liaison ask",)),
    "concern-too-low": (
        Layer.CASE,
        asked(needing(concern_at_least="high")),
        ("county version 1 clause 1", "at least high"),
    ),
    "concern-not-on-scale": (
        Layer.CASE,
        asked(needing(concern_at_least="high"), concern="Okafor"),
        ("the scale of county version 1 clause 1",),
    ),
    "case-flag-missing": (
        Layer.CASE,
        asked(needing(case_flags=frozenset({"level-2", "minor", "here"})), case_flags=frozenset({"here"})),
        ("county version 1 clause 1", "flags level-2, minor."),
    ),
    "category-not-declared": (
        Layer.LAW,
        asked(regimes=None),
        ("health has not declared which law binds mental-health",),
    ),
    "law-unknown": (Layer.LAW, asked(regimes=("lost",)), ("The law lost that health declares",)),
    "law-forbids": (
        Layer.LAW,
        bound(law(by_consent(), by_exception())),
        ("act section 1", "Act 1 (consent): when it may; or Act 1 (exception): when it may"),
    ),
    "consent-missing": (
        Layer.CONSENT,
        asked(needing_consent(exceptions=(THREAT, Ground.MEDICAL_EMERGENCY))),
        (
            "a consent given by the subject that names health, police, mental-health and threat-assessment",
            "the exception serious-imminent-threat or medical-emergency as health finds it",
        ),
    ),
    "exception-elements-missing": (
        Layer.EXCEPTION,
        asked(needing_consent(exceptions=(THREAT,)), representation=claim(threat="", imminence="tbd")),
        ("serious-imminent-threat lacks: threat, imminence.", "or with a consent given by the subject"),
    ),
    "legal-process-missing": (
        Layer.EXCEPTION,
        asked(needing(legal_process=True)),
        ("Clause 1", "legal process that health has verified"),
    ),
    "obligation-not-understood": (
        Layer.OBLIGATIONS,
        asked(
            clause(
                obligations=(Obligation(ObligationCode.STORE_APART), Obligation(ObligationCode.DESTROY_BY))
            ),
            understands=frozenset(),
        ),
        ("systems of police", "honour: destroy-by, store-apart."),
    ),
}


@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_fails_at_one_layer_and_says_what_would_change_it(code: str) -> None:
    layer, case, words = REFUSALS[code]
    refused = case.decision()
    assert isinstance(refused, Denied)
    (reason,) = refused.reasons
    assert reason.code == code
    for expected in words:
        assert expected in reason.text
    _fails_at(refused, layer)


def _fails_at(refused: Denied, layer: Layer) -> None:
    assert [result.layer for result in refused.layers] == list(Layer)
    where = list(Layer).index(layer)
    outcomes = [result.outcome for result in refused.layers]
    assert outcomes[:where] == [Outcome.PASSED] * where
    assert outcomes[where] is Outcome.FAILED
    assert outcomes[where + 1 :] == [Outcome.NOT_REACHED] * (len(Layer) - where - 1)
    assert refused.layers[where].detail == refused.reasons[0].text


def test_every_code_a_refusal_can_have_stands_in_the_table() -> None:
    assert set(REFUSALS) == set(_codes())


def _codes() -> list[str]:
    """The constants that follow a layer in a call or a tuple of the decision's sources."""
    folder = Path(policies.__file__).parent
    found = []
    for name in ("decide.py", "circumstances.py", "evidence.py"):
        for node in ast.walk(ast.parse((folder / name).read_text(encoding="utf-8"))):
            parts = (
                node.args if isinstance(node, ast.Call) else node.elts if isinstance(node, ast.Tuple) else []
            )
            for before, after in pairwise(parts):
                if _names_a_layer(before) and isinstance(after, ast.Constant):
                    found.append(str(after.value))
    return found


def _names_a_layer(node: ast.expr) -> bool:
    return isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Layer"


def test_the_layers_are_asked_in_the_order_of_the_design() -> None:
    assert [layer.value for layer in Layer] == [
        "agreement",
        "party",
        "clause",
        "purpose",
        "role",
        "case",
        "level",
        "law",
        "consent",
        "exception",
        "obligations",
    ]


def _details(decision: Decision) -> dict[Layer, str]:
    assert isinstance(decision, Permitted)
    assert [result.layer for result in decision.layers] == list(Layer)
    assert {result.outcome for result in decision.layers} == {Outcome.PASSED}
    return {result.layer: result.detail for result in decision.layers}


def test_leave_passes_every_layer_and_says_by_what() -> None:
    wide = clause(
        conditions=needing_consent(concern_at_least="low").conditions,
        obligations=(Obligation(ObligationCode.STORE_APART),),
    )
    case = bound(law(by_consent()), level=Level.RECORD, consents=(consent(),)).under(wide)
    assert _details(case.decision()) == {
        Layer.AGREEMENT: "county version 1 is in force",
        Layer.PARTY: "police and health are party to it",
        Layer.CLAUSE: "clause 1: Police may ask the health service.",
        Layer.PURPOSE: "threat-assessment is among its purposes",
        Layer.ROLE: "caseworker is among its roles",
        Layer.CASE: "concern and flags reach low",
        Layer.LEVEL: "asked record, allowed summary",
        Layer.LAW: "act by Act 1 (consent)",
        Layer.CONSENT: "consent con_1",
        Layer.EXCEPTION: "not needed here",
        Layer.OBLIGATIONS: "store-apart",
    }


def test_leave_that_needs_little_says_so() -> None:
    said = _details(asked().decision())
    assert said[Layer.CASE] == "concern and flags reach any concern"
    assert said[Layer.LAW] == "no law declared for this category, on purpose"
    assert said[Layer.CONSENT] == said[Layer.EXCEPTION] == "not needed here"
    assert said[Layer.OBLIGATIONS] == "none"


def test_leave_by_exception_and_process_names_both() -> None:
    needs = needing_consent(exceptions=(THREAT,), legal_process=True)
    said = _details(asked(needs, representation=claim(), legal_process=process()).decision())
    assert said[Layer.EXCEPTION] == "serious-imminent-threat and court-order"


WORDS = "Daniel Okafor born 2008-04-17"


@pytest.mark.parametrize("code", [*REFUSALS, "permitted"])
def test_what_people_wrote_is_in_no_decision(code: str) -> None:
    """Free text of a query may name the subject; whatever is decided, none of it is repeated."""
    case = REFUSALS[code][1] if code in REFUSALS else asked(needing_consent(exceptions=(THREAT,)))
    facts = replace(
        case.facts,
        concern=case.facts.concern if code == "permitted" else WORDS,
        case_flags=case.facts.case_flags | {WORDS},
        representation=replace(
            claim(threat=WORDS, imminence="" if code != "permitted" else WORDS), statement=WORDS
        ),
        legal_process=replace(process(), number=WORDS, court=WORDS, digest=WORDS),
    )
    decision = replace(case, facts=facts).decision()
    assert isinstance(decision, Permitted) is (code == "permitted")
    assert "Okafor" not in repr(decision)


def test_the_refusal_told_is_that_of_the_clause_that_came_furthest() -> None:
    shallow = needing(concern_at_least="high")
    deep = clause(id="2", conditions=needing_consent().conditions)
    deeper = clause(id="3", conditions=needing(legal_process=True).conditions)
    for clauses in ((shallow, deep, deeper), (deeper, deep, shallow)):
        refused = asked(*clauses).decision()
        assert isinstance(refused, Denied)
        assert refused.reasons[0].code == "legal-process-missing"
        assert "Clause 3" in refused.reasons[0].text


def test_a_clause_that_lacks_consent_beside_its_process_asks_for_the_consent() -> None:
    refused = Case(question(legal_process=process())).under(needing_consent(legal_process=True)).decision()
    assert isinstance(refused, Denied)
    assert refused.reasons[0].code == "consent-missing"
