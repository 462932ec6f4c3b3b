"""What the custodian's duty person does at a second look: what they release, and what they find met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from agreements.exceptions import Representation, says_something
from agreements.form import Complaint, Form
from agreements.record import optional, record
from gateway.wire.query import EXCEPTION, USER
from gateway.wire.review import ITEMS, ItemChoice


@dataclass(frozen=True, slots=True)
class Acting:
    """`items` None releases everything that may be; `exception` None: none is needed."""

    items: tuple[ItemChoice, ...] | None
    exception: Representation | None
    user: dict[str, str] | None


def _found(acting: Acting) -> Iterable[Complaint]:
    claim = acting.exception
    if claim is None:
        return
    if claim.missing():
        yield Complaint(("exception", "elements"), "every element of the ground, in words of this case")
    if not says_something(claim.statement, at_least=4):
        yield Complaint(("exception", "statement"), "what happened in this case")


ACTING: Final[Form[Acting]] = record(
    Acting,
    {
        "items": optional(ITEMS, None, "what is released; absent, all that may be"),
        "exception": optional(EXCEPTION, None, "the exception that this person finds met"),
        "user": optional(USER, None, "the person acting"),
    },
).also(_found)
