"""The form of a duty, the same in an agreement's clause and in a law."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from agreements import vocabulary
from agreements.agreement import Obligation
from agreements.document import Json
from agreements.form import Complaint, Form, set_of
from agreements.record import optional, record, required
from agreements.scalar import duration, text, word_of
from agreements.terms import ObligationCode

_TOKENS: Final = set_of(
    text(maximum=64, pattern="[a-z0-9-]{1,64}", expected="a token: 1 to 64 of a-z, 0-9 and -"), minimum=1
)
_NONE: Final[frozenset[str]] = frozenset()


def _says_where_and_whom(duty: Obligation) -> Iterator[Complaint]:
    """Places belong to `store-in` and parties to `notify-party`: neither means anything without."""
    stores, notifies = duty.code is ObligationCode.STORE_IN, duty.code is ObligationCode.NOTIFY_PARTY
    for key, told in (("places", duty.places), ("never_in", duty.never_in)):
        if told and not stores:
            yield Complaint((key,), "only with the code store-in")
    if stores and not (duty.places or duty.never_in):
        yield Complaint(("code",), "places or never_in with the code store-in")
    if duty.places & duty.never_in:
        yield Complaint(("never_in",), "no place that stands in places too")
    if duty.whom and not notifies:
        yield Complaint(("whom",), "only with the code notify-party")
    if notifies and not duty.whom:
        yield Complaint(("code",), "whom with the code notify-party")


def obligation(example: str) -> Form[Obligation]:
    """One duty; `example` is a duration an editor shows for `within`."""
    return record(
        Obligation,
        {
            "code": required(
                word_of(ObligationCode, vocabulary.sentences(vocabulary.OBLIGATIONS)), "The duty."
            ),
            "within": optional(
                duration(), None, f"Time from the answer until the duty is due, such as {example}."
            ),
            "places": optional(_TOKENS, _NONE, "With store-in: where the recipient keeps it."),
            "never_in": optional(_TOKENS, _NONE, "With store-in: where it must not stand."),
            "whom": optional(_TOKENS, _NONE, "With notify-party: whom the recipient tells."),
        },
    ).also(_says_where_and_whom)


def obligation_form(duty: Obligation) -> dict[str, Json]:
    """The duty as it is signed and hashed; keys that say nothing are left out."""
    made: dict[str, Json] = {"code": duty.code.value}
    if duty.within is not None:
        made["within"] = str(duty.within)
    return made | named_tokens(duty)


def named_tokens(duty: Obligation) -> dict[str, Json]:
    """Where it is kept and who is told, as lists in order, only where the duty names any."""
    tokens = {"places": duty.places, "never_in": duty.never_in, "whom": duty.whom}
    return {key: [*sorted(named)] for key, named in tokens.items() if named}
