"""Deciding a pack's cases by the code that decides every question, and saying what came out otherwise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any

from agreements.consents import Consent, Evidence
from agreements.exceptions import ELEMENTS, ElementKind, LegalProcess, Representation
from agreements.terms import Act, ProcessKind
from gateway.pack_sheet import Expected, Given, GivenConsent, GivenException, PackCase
from gateway.packs import Pack
from policies.decide import decide
from policies.decision import Decision, Permitted
from policies.facts import Facts
from policies.rules import RuleBook

_DIGEST = "sha-256:" + "0" * 64
_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that came out otherwise than the sheet expects, in words."""

    key: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class Trial:
    case: PackCase
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        return not self.differences


def try_pack(pack: Pack) -> tuple[Trial, ...]:
    """Every case of a pack, decided under its agreements, its site's regimes and the laws it can read."""
    rules = RuleBook(pack.agreements, pack.site.sectors)
    return tuple(Trial(case, tuple(_differences(pack, rules, case))) for case in pack.sheet.cases)


def _differences(pack: Pack, rules: RuleBook, case: PackCase) -> Iterator[Difference]:
    given, known = case.given, pack.site.agencies
    named = {"requester": given.requester.agency, "custodian": given.custodian}
    strangers = [key for key, agency in named.items() if agency not in known]
    if strangers:
        yield from (Difference(key, "an agency of the site", "none of that id") for key in strangers)
        return
    decision = decide(facts_of_case(pack, given), rules, pack.laws)
    found, wanted = _found(decision), _wanted(case.expect)
    if found["decision"] != wanted["decision"]:
        yield Difference("decision", wanted["decision"], f"{found['decision']}: {_because(decision)}")
        return
    for key, value in wanted.items():
        if found.get(key, "") != value:
            yield Difference(key, value or "none", found.get(key, "") or "none")


def facts_of_case(pack: Pack, given: Given) -> Facts:
    """What a sheet gives, as the facts a decision rests on.

    Raises:
        KeyError: requester or custodian is no agency of the pack's site.
    """
    asking, holding = pack.site.agencies[given.requester.agency], pack.site.agencies[given.custodian]
    joining = given.requester.agency if given.act is Act.TELL else given.custodian
    inviter = given.case.invited.get(joining)
    return Facts(
        at=given.at,
        requester=asking.id,
        requester_sector=asking.sector,
        role=given.requester.role,
        custodian=holding.id,
        custodian_sector=holding.sector,
        purpose=given.purpose,
        subject_kind=given.subject,
        category=given.category,
        level=given.level,
        concern=given.case.concern,
        case_flags=given.case.flags,
        age=given.age,
        regimes=holding.regimes.get(given.category),
        consents=(_consent(given, given.consent),) if given.consent else (),
        representation=_representation(given.exception) if given.exception else None,
        legal_process=_process(given.legal_process) if given.legal_process else None,
        understands=asking.understands,
        person_found=given.person_found,
        act=given.act,
        contact=given.requester.contact,
        invited_by=frozenset({inviter} if inviter else ()),
        blinded=given.case.blinded,
        workdays_open=given.case.workdays_open,
    )


def _consent(given: Given, consent: GivenConsent) -> Consent:
    """Given at the instant of the question and fitting it, save where the sheet says otherwise."""
    ends = datetime.combine(consent.ends, time(), UTC) if consent.ends else None
    return Consent(
        id="con_case",
        status=consent.status,
        grantor=consent.grantor,
        purposes=_or(consent.purposes, given.purpose),
        categories=_or(consent.categories, given.category),
        custodians=_or(consent.custodians, given.custodian),
        recipients=_or(consent.recipients, given.requester.agency),
        start=given.at,
        end=ends or (given.at + _YEAR if consent.written else None),
        grantor_named=consent.written,
        evidence=Evidence("signed-form", _DIGEST, given.at) if consent.written else None,
    )


def _or(scope: frozenset[Any] | None, fits: object) -> frozenset[Any]:
    return frozenset({fits}) if scope is None else scope


def _representation(exception: GivenException) -> Representation:
    elements: dict[str, str | bool] = {
        name: True if kind is ElementKind.TRUE else "as the requester describes it"
        for name, kind in ELEMENTS[exception.ground].items()
    }
    return Representation(exception.ground, elements if exception.made_out else {}, "As described.")


def _process(kind: ProcessKind) -> LegalProcess:
    return LegalProcess(kind, "26-0001", "the court", _DIGEST)


def _because(decision: Decision) -> str:
    if isinstance(decision, Permitted):
        return f"clause {decision.permit.basis.clause} at level {decision.permit.level.word}"
    return f"{decision.reasons[0].code} ({decision.reasons[0].text})"


def _found(decision: Decision) -> dict[str, str]:
    """A decision in the sheet's words."""
    masked = _yes(decision.masked)
    if not isinstance(decision, Permitted):
        return {"decision": "deny", "reason": decision.reasons[0].code, "masked": masked}
    permit = decision.permit
    return {
        "decision": "permit",
        "level": permit.level.word,
        "basis": permit.basis.kind.value,
        "clause": permit.basis.clause,
        "fields": _listed(permit.fields),
        "awaits": _listed(decision.awaits),
        "obligations": _listed(duty.code for duty in permit.obligations),
        "masked": masked,
    }


def _wanted(expected: Expected) -> dict[str, str]:
    wanted = {"decision": expected.decision}
    if expected.masked is not None:
        wanted["masked"] = _yes(expected.masked)
    if not expected.permits:
        return wanted | {"reason": expected.reason or ""}
    if expected.fields is not None:
        wanted["fields"] = _listed(expected.fields)
    return wanted | {
        "level": expected.level.word if expected.level else "",
        "basis": expected.basis or "",
        "clause": expected.clause or "",
        "awaits": _listed(expected.awaits),
        "obligations": _listed(expected.obligations),
    }


def _listed(words: Any) -> str:
    return ", ".join(sorted(str(word) for word in words))


def _yes(value: bool) -> str:  # noqa: FBT001 -- it is the value to be worded
    return "yes" if value else "no"
