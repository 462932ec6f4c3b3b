"""One disclosure put to one law alone: the table of cases and the properties ask it the same way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agreements.consents import Consent, ConsentStatus, Evidence, FormElement
from agreements.terms import (
    BasisKind,
    Category,
    GrantorKind,
    Ground,
    ProcessKind,
    Purpose,
    Sector,
    SubjectKind,
)
from policies.statute import Law, Opening

TABLE = Path(__file__).parent.parent / "vectors" / "law_cases.md"
COLUMNS = ("category", "purpose", "from", "to", "evidence", "age", "opens", "by")

Shown = Consent | Ground | ProcessKind | None
"""The one piece of evidence a case rests on."""


@dataclass(frozen=True, slots=True)
class Case:
    category: Category
    purpose: Purpose
    custodian: Sector
    recipient: Sector
    shown: Shown
    age: int | None
    subject: SubjectKind = SubjectKind.PERSON

    def openings(self, law: Law) -> Iterator[Opening]:
        """The openings of a law whose scope reaches the case and whose evidence it shows."""
        reached = law.openings_for(self.category, self.purpose, self.subject, self.recipient, self.custodian)
        return (opening for opening in reached if self._shows(law, opening))

    def widest(self, law: Law) -> Opening | None:
        return max(self.openings(law), key=lambda opening: opening.ceiling, default=None)

    def _shows(self, law: Law, opening: Opening) -> bool:
        if opening.basis is BasisKind.AGREEMENT:
            return True
        if opening.basis is BasisKind.EXCEPTION:
            return isinstance(self.shown, Ground) and self.shown is opening.ground
        if opening.basis is BasisKind.LEGAL_PROCESS:
            return isinstance(self.shown, ProcessKind) and self.shown in opening.processes
        return (
            isinstance(self.shown, Consent)
            and opening.consent is not None
            and opening.consent.accepts(self.shown, self.category, age=self.age, adult_age=law.adult_age)
        )


def consent(
    grantor: GrantorKind,
    categories: frozenset[Category],
    without: frozenset[FormElement] = frozenset(),
) -> Consent:
    """A consent with every element of form but those taken away."""
    has = frozenset(FormElement) - without
    signed = Evidence("signed-form", "sha-256:" + "0" * 64, datetime(2026, 1, 1, tzinfo=UTC))
    return Consent(
        id="con_1",
        status=ConsentStatus.GIVEN,
        grantor=grantor,
        purposes=frozenset(Purpose) if FormElement.PURPOSE_STATED in has else frozenset(),
        categories=categories,
        custodians=frozenset({"custodian"}) if FormElement.CUSTODIAN_NAMED in has else frozenset(),
        recipients=frozenset({"requester"}) if FormElement.RECIPIENT_NAMED in has else frozenset(),
        start=datetime(2026, 1, 1, tzinfo=UTC),
        end=datetime(2027, 1, 1, tzinfo=UTC) if FormElement.EXPIRY_STATED in has else None,
        grantor_named=FormElement.GRANTOR_NAMED in has,
        evidence=signed if FormElement.SIGNED in has else None,
    )


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    law: str
    case: Case
    opens: str
    by: str
    title: str


def rows() -> Iterator[Row]:
    law = ""
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            law = line.removeprefix("## ")
        elif line.startswith("| ") and not line.startswith("| category"):
            cells = dict(zip(COLUMNS, (cell.strip() for cell in line.strip("|").split("|")), strict=True))
            yield _row(law, cells)


def _row(law: str, cells: dict[str, str]) -> Row:
    category = Category(cells["category"])
    case = Case(
        category=category,
        purpose=Purpose(cells["purpose"]),
        custodian=Sector(cells["from"]),
        recipient=Sector(cells["to"]),
        shown=_shown(cells["evidence"], category),
        age=int(cells["age"]) if cells["age"].isdecimal() else None,
        subject=SubjectKind.GENERAL if cells["age"] == "nobody" else SubjectKind.PERSON,
    )
    title = (
        f"{law}: {category.value} for {case.purpose.value} from {case.custodian.value} to "
        f"{case.recipient.value} on {cells['evidence']} at {cells['age']}: {cells['opens']}"
    )
    return Row(law, case, cells["opens"], cells["by"], title)


def _shown(words: str, category: Category) -> Shown:
    if words == "none":
        return None
    if words in set(Ground):
        return Ground(words)
    if words in set(ProcessKind):
        return ProcessKind(words)
    said = words.removeprefix("consent of ")
    if said == words:
        raise ValueError(f"no such evidence: {words}")
    grantor, _, rest = said.partition(" ")
    categories, without = {category}, set()
    if rest == "and more":
        categories.add(Category.HOUSING)
    elif rest:
        without.add(FormElement(rest.removeprefix("without ")))
    return consent(GrantorKind(grantor), frozenset(categories), frozenset(without))
