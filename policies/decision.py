"""What a decision says: leave or refusal, each with the result of every layer and what would change it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agreements.permit import Permit


class Layer(StrEnum):
    """The layers in the order they are asked; the first that fails refuses."""

    AGREEMENT = "agreement"
    PARTY = "party"
    CLAUSE = "clause"
    PURPOSE = "purpose"
    ROLE = "role"
    CASE = "case"
    LEVEL = "level"
    LAW = "law"
    CONSENT = "consent"
    EXCEPTION = "exception"
    OBLIGATIONS = "obligations"


class Outcome(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    NOT_REACHED = "not-reached"


@dataclass(frozen=True, slots=True)
class LayerResult:
    layer: Layer
    outcome: Outcome
    detail: str


class Await(StrEnum):
    """What a person at the custodian still has to do before an answer may leave."""

    FINDING = "finding"
    LEGAL_PROCESS = "legal-process"
    REVIEW = "review"
    SECOND_REVIEW = "second-review"
    """A second person, after the first."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not, as a stable code, and in words that say what would change it."""

    code: str
    text: str


@dataclass(frozen=True, slots=True)
class Permitted:
    permit: Permit
    awaits: frozenset[Await]
    consent: str | None
    """The consent record the permit rests on, read again when the answer is recorded."""
    masked: bool
    layers: tuple[LayerResult, ...]


@dataclass(frozen=True, slots=True)
class Denied:
    reasons: tuple[Reason, ...]
    masked: bool
    layers: tuple[LayerResult, ...]


Decision = Permitted | Denied
