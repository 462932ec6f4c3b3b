"""What a custodian's person decides: items to release, or a reason to decline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agreements.form import Form, either, list_of, set_of
from agreements.record import optional, record, required
from agreements.scalar import text, word_of
from agreements.terms import Category
from gateway.wire.body import PROSE
from gateway.wire.query import USER


@dataclass(frozen=True, slots=True)
class ItemChoice:
    """An item by its id, or every item of a category by its name; `fields` None takes all of its fields."""

    id: str
    fields: frozenset[str] | None = None


_ID: Final = text(maximum=80, pattern=r"[a-z0-9-]+", expected="the id of an item")

_CHOICE: Final[Form[ItemChoice]] = either(
    _ID.into(ItemChoice),
    record(
        ItemChoice,
        {
            "id": required(_ID, "id of an item"),
            "fields": optional(set_of(text(maximum=64)), None, "fields to release"),
        },
    ),
)


@dataclass(frozen=True, slots=True)
class Release:
    """Items of what is held, with a text or a number beside them; `items` None: none named.

    The text stands alone where the question is about nobody. `about` says which category it belongs to.
    """

    items: tuple[ItemChoice, ...] | None
    text: str | None
    about: Category | None
    call_back: str
    user: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Reasoned:
    reason: str
    user: dict[str, str] | None


@dataclass(frozen=True, slots=True)
class Stated:
    statement: str
    user: dict[str, str] | None


_ACTING: Final = optional(USER, None, "the person acting")

_NUMBER: Final = text(
    maximum=32, pattern=r"\+?[0-9][0-9 ()./-]{3,30}", expected="a telephone number, such as +1 555 0100"
)
ITEMS: Final = list_of(_CHOICE, maximum=200)

RELEASE: Final[Form[Release]] = record(
    Release,
    {
        "items": optional(ITEMS, None, "what is released; an empty list says that nothing is held"),
        "text": optional(PROSE, None, "words beside the items, or what answers a question about nobody"),
        "about": optional(word_of(Category), None, "the category that the text belongs to"),
        "call_back": optional(_NUMBER, "", "telephone number at which to ring about it"),
        "user": _ACTING,
    },
)
REASON: Final[Form[Reasoned]] = record(
    Reasoned, {"reason": required(PROSE, "why, in words"), "user": _ACTING}
)

STATEMENT: Final[Form[Stated]] = record(
    Stated, {"statement": required(PROSE, "what was done or happened, in words"), "user": _ACTING}
)
