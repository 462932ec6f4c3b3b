"""What a custodian's person adds to what is held: words of their own, or that they may be rung. Pure.

Neither goes beyond the permit: words need a summary to be permitted, a number a contact.
"""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Final

from agreements.exceptions import says_something
from agreements.permit import Holding
from agreements.terms import Category, Level
from gateway.problems import Problem
from gateway.reviewable import Item, attested_item
from policies.decision import Decision, Permitted

_LONGEST: Final = 1000
"""Characters of a text beside items: an answer, not a record in other words."""


def said_beside(decisions: Mapping[Category, Decision], text: str, about: Category | None) -> Item:
    """A text as one item of the category it belongs to, named by what it says.

    Raises:
        Problem: `unprocessable` where no summary may be told there, more than one category may be meant, or
            the text is too long or says nothing.
    """
    told = _permitted(decisions, Level.SUMMARY, about)
    if not told:
        raise Problem("unprocessable", "text: expected none, as no summary was asked for or may be told.")
    if len(told) > 1:
        raise Problem("unprocessable", "about: expected the category that the text belongs to.")
    if len(text) > _LONGEST or not says_something(text, at_least=2):
        raise Problem("unprocessable", f"text: expected words, at most {_LONGEST} characters.")
    (category,) = told
    mark = sha256(text.encode()).hexdigest()[:12]
    return Item(f"{category.value}-text-{mark}", Holding(category, text))


def rings(decisions: Mapping[Category, Decision], about: Category | None) -> tuple[Item, ...]:
    """That something is held and its custodian may be rung about it, and no more.

    Raises:
        Problem: `unprocessable` where no contact may be told.
    """
    told = _permitted(decisions, Level.CONTACT, about)
    if not told:
        raise Problem(
            "unprocessable", "call_back: expected none, as no contact was asked for or may be told."
        )
    return tuple(map(attested_item, told))


def _permitted(
    decisions: Mapping[Category, Decision], level: Level, about: Category | None
) -> list[Category]:
    return [
        category
        for category, decision in decisions.items()
        if isinstance(decision, Permitted) and decision.permit.level >= level and about in {None, category}
    ]
