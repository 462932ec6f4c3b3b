"""Parts of a query whose answer was lost on the way: the process died, or could not record it."""

from __future__ import annotations

from collections.abc import Sequence

from agreements.terms import Category
from gateway.answers import Cause, Outcome
from gateway.store.questions import StoredAnswer, StoredQuery
from policies.decision import Denied
from policies.kept import places_kept


def unanswered(stored: StoredQuery, answers: Sequence[StoredAnswer]) -> list[StoredAnswer]:
    """A part for each custodian that was asked and whose answer was never recorded, to be asked again."""
    told = {answer.custodian for answer in answers}
    lost: dict[str, list[Outcome]] = {}
    for custodian, category in places(stored):
        if custodian not in told:
            # Masked until it is decided again: what is not known to be open is not shown as if it were.
            outcome = Outcome(category, Denied((), masked=True), Cause.UNAVAILABLE)
            lost.setdefault(custodian, []).append(outcome)
    return [
        StoredAnswer(
            stored.id, custodian, 1, stored.asked_at, -1, tuple(outcomes), reviewed=False, content_until=None
        )
        for custodian, outcomes in lost.items()
    ]


def places(stored: StoredQuery) -> list[tuple[str, Category]]:
    """The custodians and categories of a query."""
    if stored.policy is not None:
        return places_kept(stored.facts)
    return [(part["custodian"], Category(part["category"])) for part in stored.explanations]
