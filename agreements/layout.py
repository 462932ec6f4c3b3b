"""The agreement format, version 1: one declaration of every key around its clauses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from agreements.agreement import Agreement, Clause, Signature
from agreements.clauses import CLAUSE, CONCERN, ID
from agreements.duration import Duration
from agreements.form import Complaint, Form, list_of
from agreements.record import optional, record, required
from agreements.scalar import boolean, duration, instant, integer, text, word_of
from agreements.terms import Instrument

FORMAT_VERSION: Final = 1
MAX_VERSION: Final = 1_000_000
RETAIN: Final = Duration.parse("PT24H")

_JURISDICTION: Final = text(
    maximum=6, pattern="[a-z]{2}(-[a-z0-9]{1,3})?", expected="a jurisdiction such as us, us-or or uk"
)
JWS: Final = text(
    maximum=8192,
    pattern=r"[A-Za-z0-9_-]{1,4096}\.\.[A-Za-z0-9_-]{1,4000}",
    expected="a detached JWS in compact form: header..signature",
)


_SIGNATURE: Final = record(
    Signature,
    {
        "party": required(ID, "The agency that signs."),
        "jws": required(JWS, "Detached JWS over the RFC 8785 form without `signatures`."),
    },
)


def _agreement(
    *,
    schema: int,  # noqa: ARG001 - the form has checked it; the value has no place in an agreement
    id: str,
    title: str,
    instrument: Instrument,
    version: int,
    jurisdiction: str,
    parties: tuple[str, ...],
    effective: datetime,
    expires: datetime,
    review_by: datetime | None,
    concern_scale: tuple[str, ...],
    retain: Duration,
    suspended: bool,
    review_every: Duration | None,
    answer_within: Duration | None,
    clauses: tuple[Clause, ...],
    signatures: tuple[Signature, ...],
) -> Agreement:
    return Agreement(
        id=id,
        version=version,
        title=title,
        instrument=instrument,
        jurisdiction=jurisdiction,
        parties=parties,
        effective=effective,
        expires=expires,
        review_by=review_by or expires,
        concern_scale=concern_scale,
        clauses=clauses,
        retain=retain,
        suspended=suspended,
        review_every=review_every,
        answer_within=answer_within,
        signatures=signatures,
    )


def _hangs_together(agreement: Agreement) -> Iterator[Complaint]:
    if agreement.effective >= agreement.expires:
        yield Complaint(("expires",), "an instant after effective")
    seen: set[str] = set()
    for index, clause in enumerate(agreement.clauses):
        if clause.id in seen:
            yield Complaint(("clauses", index, "id"), "an id no other clause has")
        seen.add(clause.id)
        least = clause.conditions.concern_at_least
        if least is not None and least not in agreement.concern_scale:
            path = ("clauses", index, "conditions", "concern_at_least")
            yield Complaint(path, "a word of concern_scale")


AGREEMENT: Final[Form[Agreement]] = record(
    _agreement,
    {
        "schema": required(integer(FORMAT_VERSION, FORMAT_VERSION), "Version of this format."),
        "id": required(ID, "Name of the agreement, the same in all its versions."),
        "title": required(text(maximum=200), "What people call it."),
        "instrument": required(
            word_of(Instrument),
            "Memorandum of understanding, data sharing agreement or information sharing agreement.",
        ),
        "version": required(integer(1, MAX_VERSION), "Higher than every earlier version."),
        "jurisdiction": required(_JURISDICTION, "Country, or country and part of it, such as us-or."),
        "parties": required(list_of(ID, minimum=2), "Ids of the agencies it binds."),
        "effective": required(instant(), "In force from this instant, UTC."),
        "expires": required(instant(), "No longer in force at this instant, UTC."),
        "review_by": optional(instant(), None, "When the parties review it; absent means `expires`."),
        "concern_scale": required(list_of(CONCERN, minimum=1), "Concern levels, least first."),
        "retain": optional(
            duration(),
            RETAIN,
            "How long content for pending or repeated answers is kept, encrypted; PT0S keeps nothing.",
        ),
        "suspended": optional(boolean(), default=False, about="Whether it is out of force for now."),
        "review_every": optional(
            duration(), None, "How far off the next review of a case on this scale may be, such as P3M."
        ),
        "answer_within": optional(
            duration(), None, "How long a question may wait for a person at the custodian, such as P2D."
        ),
        "clauses": required(list_of(CLAUSE, unique=False), "The numbered provisions."),
        "signatures": optional(list_of(_SIGNATURE), (), "One for each party that has signed."),
    },
).also(_hangs_together)
