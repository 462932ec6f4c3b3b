"""Questions as Cedar requests, one for each choice among the evidence offered, and the entities they name."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from agreements.consents import Consent
from agreements.exceptions import Representation
from agreements.terms import Level, Purpose, Sector
from policies.facts import Facts
from tests.cedar.expressions import instant

Json = dict[str, Any]

FILLER: Final = ("", "tbd", "aaaa")
"""The words of generated claims that say nothing: Cedar cannot read prose."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question as a request without its level, and each choice of evidence as more of its context."""

    request: Json
    question: Json
    evidence: tuple[Json, ...]

    def at(self, level: Level, *, at_once: bool = False, field: str | None = None) -> list[Json]:
        """May it be answered at least at this level, without waiting for a person, with this field?

        Any one of these allowed says yes.
        """
        wanted = {"question": self.question, "level": int(level), "at_once": at_once}
        wanted |= {} if field is None else {"field": field}
        return [{**self.request, "context": wanted | evidence} for evidence in self.evidence]

    def masked(self) -> Json:
        context = {"question": self.question}
        return {**self.request, "action": _uid("Action", "mask"), "context": context}


def asked_of(facts: Facts, question: Json, evidence: Iterable[Json]) -> Asked:
    """The question between its two agencies for its purpose."""
    request = {
        "principal": _uid("Agency", facts.requester),
        "action": _uid("Action", facts.purpose),
        "resource": _uid("Agency", facts.custodian),
    }
    return Asked(request, question, tuple(evidence))


class Graph:
    """The entities that questions to one site name: agencies, purposes, and what is said more than once.

    An agency the site does not know has a sector all the same, and is not of the site.
    """

    def __init__(self, sectors: Mapping[str, Sector], strangers: Mapping[str, Sector] | None = None) -> None:
        self._nodes = [
            *(
                _node("Agency", each, _uid("Sector", of), _uid("Site", "site"))
                for each, of in sectors.items()
            ),
            *(_node("Agency", each, _uid("Sector", of)) for each, of in (strangers or {}).items()),
            *(_node("Action", purpose, _uid("Action", "disclose")) for purpose in Purpose),
        ]
        self._said: dict[Hashable, Json] = {}

    def text(self) -> str:
        """The entities as Cedar reads them."""
        return json.dumps(self._nodes)

    def ask(self, facts: Facts) -> Asked:
        """The question, with whatever it names added to the entities."""
        question = self._refer("Question", len(self._nodes), question_record(facts))
        return asked_of(facts, question, self._choices(facts))

    def _refer(self, kind: str, key: Hashable, record: Json) -> Json:
        reference = self._said.get((kind, key))
        if reference is None:
            uid = _uid(kind, str(len(self._nodes)))
            self._nodes.append({"uid": uid, "attrs": record, "parents": []})
            reference = self._said[kind, key] = {"__entity": uid}
        return reference

    def _choices(self, facts: Facts) -> Iterator[Json]:
        claim, process = facts.representation, facts.legal_process
        exceptions: list[Json] = [{}]
        if claim is not None:
            said = (claim.ground, *claim.elements.items())
            exceptions.append({"exception": self._refer("Claim", said, claim_record(claim))})
        processes: list[Json] = [{}] + ([] if process is None else [{"process": process.kind}])
        for consent in ({}, *self._consents(facts.consents)):
            for exception in exceptions:
                for stated in processes:
                    yield consent | exception | stated

    def _consents(self, consents: tuple[Consent, ...]) -> Iterator[Json]:
        """Each consent beside the others on record, of which at most two are spoken of."""
        if len(consents) > 3:
            raise ValueError("more consents than a request has room for")
        told = [self._refer("Consent", consent, consent_record(consent)) for consent in consents]
        for place, each in enumerate(told):
            others = told[:place] + told[place + 1 :]
            yield {"consent": each} | {f"other{number}": other for number, other in enumerate(others, 1)}


def question_record(facts: Facts) -> Json:
    """What is asked, in which case; the case as it stands to the person who asks and to the custodian."""
    days = facts.workdays_open
    case = {
        "concern": facts.concern,
        "flags": list(facts.case_flags),
        "invited_by": list(facts.invited_by),
        "blinded": facts.blinded,
        **({} if days is None else {"workdays": days}),
    }
    return {
        "at": instant(facts.at),
        "role": facts.role,
        "subject": facts.subject_kind,
        "act": facts.act,
        "contact": facts.contact,
        "category": facts.category,
        "asked": int(facts.level),
        "case": case,
        **({} if facts.age is None else {"age": facts.age}),
        **({} if facts.regimes is None else {"regimes": list(facts.regimes)}),
        **({} if facts.understands is None else {"understands": list(facts.understands)}),
    }


def consent_record(consent: Consent) -> Json:
    return {
        "status": consent.status,
        "grantor": consent.grantor,
        "purposes": _uids("Action", consent.purposes),
        "categories": list(consent.categories),
        "custodians": _uids("Agency", consent.custodians),
        "recipients": _uids("Agency", consent.recipients),
        "start": instant(consent.start),
        "named": consent.grantor_named,
        "signed": consent.evidence is not None,
        **({} if consent.end is None else {"end": instant(consent.end)}),
    }


def claim_record(claim: Representation) -> Json:
    """What it says in words and what it affirms; whether words say something is settled by `FILLER`."""
    said = claim.elements.items()
    return {
        "ground": claim.ground,
        "texts": [name for name, value in said if isinstance(value, str) and value not in FILLER],
        "affirmed": [name for name, value in said if value is True],
    }


def _node(kind: str, name: str, *parents: Json) -> Json:
    return {"uid": _uid(kind, name), "attrs": {}, "parents": list(parents)}


def _uid(kind: str, name: str) -> Json:
    return {"type": kind, "id": name}


def _uids(kind: str, names: Iterable[str]) -> list[Json]:
    return [{"__entity": _uid(kind, name)} for name in names]
