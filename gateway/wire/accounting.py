"""Bodies about accounts of disclosures: asking for one, and having a subject's suspended."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agreements.form import Complaint, Form
from agreements.record import optional, record, required
from agreements.scalar import text, word
from agreements.subject import Subject
from gateway.wire.body import LINE, PROSE
from gateway.wire.query import AGENCY, USER
from gateway.wire.span import END, START, Span
from gateway.wire.subject import NAMED_SUBJECT

_KINDS: Final = ("subject", "representative", "oversight")


@dataclass(frozen=True, slots=True)
class AccountingRequest:
    """`behalf` says who will hold the account: the subject, who acts for it, or an auditor (`oversight`)."""

    subject: Subject
    span: Span
    statute: str
    behalf: str
    user: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class SuspensionRequest:
    subject: Subject
    recipient: str
    form: str
    official: str
    statement: str
    until: datetime | None
    user: dict[str, str] | None


def _accounting(**values: object) -> AccountingRequest:
    span = Span(values.pop("from"), values.pop("to"))  # type: ignore[arg-type]  # the form has checked each value
    return AccountingRequest(span=span, behalf=values.pop("on_behalf_of"), **values)  # type: ignore[arg-type]  # as above


ACCOUNTING: Final[Form[AccountingRequest]] = record(
    _accounting,
    {
        "subject": required(NAMED_SUBJECT, "whom it is about"),
        "from": optional(START, None, "from this instant or day"),
        "to": optional(END, None, "up to this instant, or to the end of this day"),
        "statute": optional(text(maximum=64), "", "the right it is made under"),
        "on_behalf_of": optional(word({kind: kind for kind in _KINDS}), "subject", "who will hold it"),
        "user": optional(USER, None, "the person acting"),
    },
)


def _dated(request: SuspensionRequest) -> Iterable[Complaint]:
    if request.form == "written" and request.until is None:
        yield Complaint(("until",), "an end date where the statement is written")


SUSPENSION: Final[Form[SuspensionRequest]] = record(
    SuspensionRequest,
    {
        "subject": required(NAMED_SUBJECT, "whose account is suspended"),
        "recipient": required(AGENCY, "the agency whose official states it"),
        "form": required(word({"written": "written", "oral": "oral"}), "how it was stated"),
        "official": required(LINE, "who stated it, by name and office"),
        "statement": required(PROSE, "that an account would be reasonably likely to impede, and what"),
        "until": optional(END, None, "when the suspension ends"),
        "user": optional(USER, None, "the person acting"),
    },
).also(_dated)
