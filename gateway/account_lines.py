"""What ledger entries told of a subject, line by line and in plain words. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agreements import vocabulary
from agreements.terms import BasisKind, Purpose
from gateway.policy import PolicySet
from gateway.site import Agency, Site
from gateway.veil import Payload
from policies.accounting import LineKind, Listed

_PURPOSES: Final = vocabulary.sentences(vocabulary.PURPOSES)
_CATEGORIES: Final = vocabulary.sentences(vocabulary.CATEGORIES)
_TOLD: Final = {
    "existence": "that information is held",
    "contact": "that information is held, and whom to contact",
    "summary": "a summary",
    "record": "parts of the record",
}
_OPENED: Final = {
    "agreement": "Under",
    "consent": "With consent, under",
    "exception": "Under an exception of law for safety, by",
    "legal-process": "By legal process, under",
}
_KINDS: Final = {"answered": LineKind.ANSWER, "disclosed": LineKind.PAST_THE_GATEWAY}
_QUESTION: Final = "A question rests on no basis of its own."
_NO_BASIS: Final = {
    LineKind.QUESTION: _QUESTION,
    LineKind.REQUEST: _QUESTION,
    LineKind.PAST_THE_GATEWAY: "Nothing that was agreed allowed it.",
}
"""Why a line has no basis. An answer always has one."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an account: as it is shown, and what decides whether it is listed."""

    shown: dict[str, Any]
    listed: Listed

    @property
    def at(self) -> datetime:
        return datetime.fromisoformat(self.shown["at"])


@dataclass(frozen=True, slots=True)
class LineReader:
    """Reads entries as one agency accounts for them."""

    site: Site
    policy: PolicySet
    agency: str

    def lines(self, payload: Payload) -> Iterator[Line]:
        """What one entry told of its subject, as far as this agency told it or was asked."""
        if payload["kind"] == "asked" and payload["requester"] == self.agency:
            yield self._asked(payload, LineKind.QUESTION, payload["custodian"])
        if payload["kind"] == "asked" and payload["custodian"] == self.agency:
            yield self._asked(payload, LineKind.REQUEST, payload["requester"])
        kind = _KINDS.get(payload["kind"])
        if kind is not None and payload["custodian"] == self.agency:
            for outcome in payload["outcomes"]:
                if outcome["result"] == "information-held":
                    yield self._told(payload, kind, outcome)

    def _asked(self, payload: Payload, kind: LineKind, other: str) -> Line:
        categories = [decision["category"] for decision in payload["decisions"]]
        what = {"categories": categories, "level": payload["level"], "fields": []}
        asking, asked = self.site.agencies.get(payload["requester"]), payload["custodian"]
        name = asking.name if asking else payload["requester"]
        words = f"{name} asked {self._name(asked)} whether it holds {_listing(categories)}."
        return self._line(payload, kind, other, what, None, words)

    def _told(self, payload: Payload, kind: LineKind, outcome: Mapping[str, Any]) -> Line:
        """What was told, answering a question, unasked, or past the gateway and entered afterwards."""
        what = {key: outcome[key] for key in ("categories", "level", "fields")}
        told = _TOLD[outcome["level"]]
        fields = f" ({', '.join(outcome['fields'])})" if outcome["fields"] else ""
        past = f", past the gateway ({payload['how']})" if kind is LineKind.PAST_THE_GATEWAY else ""
        words = (
            f"{self._name(self.agency)} told {self._name(payload['requester'])} {told}{fields}{past}: "
            f"{_listing(outcome['categories'])}."
        )
        return self._line(payload, kind, payload["requester"], what, outcome["basis"], words)

    def _line(
        self, payload: Payload, kind: LineKind, other: str, what: dict[str, Any],
        basis: Mapping[str, Any] | None, words: str,
    ) -> Line:  # fmt: skip
        agency, purpose = self.site.agencies.get(other), payload.get("purpose", "")
        shown = {
            "at": payload.get("occurred_at", payload["at"]),
            "purpose": purpose or None,
            "query": payload.get("query"),
            "kind": kind.value,
            "recipient": other,
            "recipient_name": self._name(other),
            "recipient_contact": agency.liaison.words() if agency else None,
            "what": what,
            "basis": basis,
            "in_words": {
                "what": words,
                "why": f"{purpose}: {_PURPOSES[purpose]}" if purpose in _PURPOSES else "not recorded",
                "basis": self._basis(basis) if basis else _NO_BASIS[kind],
            },
        }
        return Line(shown, self._listed(kind, agency, purpose, what["categories"], basis))

    def _listed(
        self, kind: LineKind, other: Agency | None, purpose: str, categories: list[str],
        basis: Mapping[str, Any] | None,
    ) -> Listed:  # fmt: skip
        """A question of the agency's own tells that the person is known to it, whatever it asks for."""
        regimes = self.site.agencies[self.agency].regimes
        own = kind is LineKind.QUESTION
        laws = {
            law for category, laws in regimes.items() if own or category.value in categories for law in laws
        }
        return Listed(
            kind=kind,
            purpose=Purpose(purpose) if purpose in _PURPOSES else None,
            recipient=other.sector if other else None,
            basis=BasisKind(basis["kind"]) if basis else None,
            laws=frozenset(laws),
        )

    def _basis(self, basis: Mapping[str, Any]) -> str:
        agreement = self.policy.agreement(basis["agreement"], basis["version"])
        title = agreement.title if agreement else f"the agreement {basis['agreement']}"
        clause = (
            next((one for one in agreement.clauses if one.id == basis["clause"]), None) if agreement else None
        )
        quoted = f": {clause.text}" if clause else "."
        opened = _OPENED[basis["kind"]]
        return f"{opened} {title}, version {basis['version']}, clause {basis['clause']}{quoted}"

    def _name(self, agency: str) -> str:
        known = self.site.agencies.get(agency)
        return known.name if known else agency


def _listing(categories: list[str]) -> str:
    return "; ".join(f"{category} ({_CATEGORIES[category].rstrip('.')})" for category in categories)
