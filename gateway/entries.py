"""What the ledger's payloads say of a query: parties, reasons, field names; never identity or content."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from agreements.terms import Act, Category, Level
from gateway.answers import Outcome, basis_json
from gateway.facts import Grounds
from gateway.identity import Actor, Requester
from gateway.telling import Telling
from policies.decision import Decision, Denied, Permitted


def asked(
    grounds: Grounds, query_id: str, custodian: str, turn: int, decisions: Mapping[str, Decision], policy: str
) -> dict[str, Any]:
    """The custodian is about to learn of the interest, or is spared it: what was asked and decided."""
    query = grounds.query
    return {
        **_parties(grounds, query_id, custodian, turn, policy),
        "level": query.level.word,
        "subject_kind": query.subject.kind.value,
        "decisions": [decision_body(category, decision) for category, decision in decisions.items()],
        "exception": query.exception.ground.value if query.exception else None,
        "legal_process": query.legal_process.kind.value if query.legal_process else None,
    }


def answered(
    grounds: Grounds, query_id: str, custodian: str, turn: int, outcomes: Iterable[Outcome], policy: str
) -> dict[str, Any]:
    """What became of it, truly, whatever the requester is shown."""
    return {
        **_parties(grounds, query_id, custodian, turn, policy),
        "outcomes": [_outcome_body(outcome) for outcome in outcomes],
    }


def offered(
    telling: Telling,
    by: Actor,
    offer_id: str,
    recipient: str,
    decisions: Mapping[Category, Decision],
    policy: str,
) -> dict[str, Any]:
    """Somebody is about to be told unasked, or is spared it: the teller's own entry."""
    return {
        **told_parties(telling, by, offer_id, recipient, policy),
        "round": 1,
        "subject_kind": telling.query.subject.kind.value,
        "decisions": [
            {**decision_body(category.value, decision), "offered": telling.levels[category].word}
            for category, decision in decisions.items()
        ],
        "exception": telling.query.exception.ground.value if telling.query.exception else None,
        "legal_process": telling.query.legal_process.kind.value if telling.query.legal_process else None,
    }


def told(
    telling: Telling,
    by: Actor,
    offer_id: str,
    recipient: str,
    turn: int,
    outcomes: Sequence[Outcome],
    policy: str,
) -> dict[str, Any]:
    """What became of an offer at one recipient, whose entry it is too once anything was delivered."""
    body = {
        **told_parties(telling, by, offer_id, recipient, policy),
        "round": turn,
        "outcomes": [_outcome_body(outcome) for outcome in outcomes],
    }
    return body | ({"requester": recipient} if any(outcome.disclosed for outcome in outcomes) else {})


def offer_read(
    telling: Telling, reader: Requester, offer_id: str, outcomes: Sequence[Outcome], policy: str
) -> dict[str, Any]:
    """Somebody at the recipient reads what was delivered, as far as they may."""
    return {
        **told_parties(telling, reader.actor, offer_id, reader.agency, policy),
        "requester": reader.agency,
        "outcomes": [_outcome_body(outcome) for outcome in outcomes],
    }


def told_parties(telling: Telling, by: Actor, offer_id: str, recipient: str, policy: str) -> dict[str, Any]:
    """Until something was delivered the recipient is no party to the entry, and its people do not read it."""
    return {
        "act": Act.TELL.value,
        "query": offer_id,
        "recipient": recipient,
        "custodian": telling.teller,
        "user": by.id,
        "role": by.role,
        "case": telling.case.reference,
        "purpose": telling.query.purpose.value,
        "policy": policy,
    }


def decision_body(category: str, decision: Decision) -> dict[str, Any]:
    if isinstance(decision, Permitted):
        return {
            "category": category,
            "masked": decision.masked,
            "decision": "permit",
            "level": decision.permit.level.word,
            "basis": basis_json(decision.permit.basis),
            "consent": decision.consent,
            "awaits": sorted(step.value for step in decision.awaits),
        }
    return {
        "category": category,
        "masked": decision.masked,
        "decision": "deny",
        "reasons": [reason.code for reason in decision.reasons],
    }


def _parties(grounds: Grounds, query_id: str, custodian: str, turn: int, policy: str) -> dict[str, Any]:
    return {
        "query": query_id,
        "round": turn,
        "requester": grounds.requester.agency,
        "custodian": custodian,
        "user": grounds.requester.actor.id,
        "role": grounds.requester.actor.role,
        "case": grounds.case.reference,
        "purpose": grounds.query.purpose.value,
        "policy": policy,
    }


def _outcome_body(outcome: Outcome) -> dict[str, Any]:
    body: dict[str, Any] = {
        "categories": [outcome.category.value],
        "cause": outcome.cause.value,
        "masked": outcome.decision.masked,
        "result": "information-held" if outcome.disclosed else outcome.cause.value,
        "reasons": [reason.code for reason in outcome.reasons],
    }
    if isinstance(outcome.decision, Denied):
        return body
    permit = outcome.decision.permit
    return body | {
        "basis": basis_json(permit.basis),
        "consent": outcome.decision.consent,
        "level": permit.level.word,
        "fields": sorted(_fields(outcome)) if permit.level is Level.RECORD else [],
        "obligations": [duty.code.value for duty in permit.obligations] if outcome.disclosed else [],
    }


def _fields(outcome: Outcome) -> set[str]:
    return {name for holding in outcome.holdings for name in holding.fields}
