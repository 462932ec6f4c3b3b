"""What a check says of agreements beyond their form: findings with place, grade, words and example."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agreements.agreement import Agreement
from agreements.document import Json
from policies.facts import Facts
from policies.never import Broken
from policies.requests import request_json, request_said
from policies.rules import Rule


class Grade(StrEnum):
    """How much a finding matters; only an error makes a check fail."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


GRADES: Final = tuple(Grade)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a privacy officer should know. `key` is the path of what it is about in the document."""

    code: str
    grade: Grade
    text: str
    agreement: str | None = None
    version: int | None = None
    clause: str | None = None
    key: str = ""
    request: Facts | None = None

    def __str__(self) -> str:
        shown = f" For example: {request_said(self.request)}." if self.request else ""
        return ": ".join(filter(None, (self.grade.value, self._place(), f"{self.text}{shown} [{self.code}]")))

    def _place(self) -> str:
        parts = [self.agreement] if self.agreement else []
        parts += [f"version {self.version}"] if self.version else []
        parts += [f"clause {self.clause}"] if self.clause else []
        return ": ".join(filter(None, (" ".join(parts), self.key)))

    def as_json(self) -> dict[str, Json]:
        return {
            "code": self.code,
            "grade": self.grade.value,
            "agreement": self.agreement,
            "version": self.version,
            "clause": self.clause,
            "key": self.key,
            "text": self.text,
            "request": request_json(self.request) if self.request else None,
        }


def about_agreement(agreement: Agreement, code: str, grade: Grade, text: str, key: str = "") -> Finding:
    return Finding(code, grade, text, agreement.id, agreement.version, key=key)


def about_clause(
    rule: Rule, code: str, grade: Grade, text: str, key: str = "", request: Facts | None = None
) -> Finding:
    """A finding about one clause, `key` being the path within it."""
    position = next(n for n, clause in enumerate(rule.agreement.clauses) if clause is rule.clause)
    path = ".".join(filter(None, (f"clauses[{position}]", key)))
    agreement = rule.agreement
    return Finding(code, grade, text, agreement.id, agreement.version, rule.clause.id, path, request)


def broken_said(broken: Broken) -> str:
    """A statement that is broken, by which clause, and the request that shows it."""
    rule, statement = broken.rule, broken.statement
    where = f"{rule.agreement.id} version {rule.agreement.version} clause {rule.clause.id}"
    told = f"{request_said(broken.request)}: answered with {broken.outcome.level.word} under {where}"
    return f"{statement.id}: {statement.text} Broken by this request: {told}."


def ordered(findings: list[Finding]) -> list[Finding]:
    """Errors first, then by agreement, version and place."""
    return sorted(
        findings,
        key=lambda one: (
            GRADES.index(one.grade), one.agreement or "", one.version or 0, one.key, one.code, one.text,
        ),
    )  # fmt: skip
