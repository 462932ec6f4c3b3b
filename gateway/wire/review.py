"""What a custodian's person decides: items to release, or a reason to decline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from agreements.form import Form, either, list_of, set_of
from agreements.record import optional, record, required
from agreements.scalar import text
from gateway.wire.body import PROSE


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

RELEASE: Final[Form[tuple[ItemChoice, ...]]] = record(
    lambda items: items,
    {
        "items": required(
            list_of(_CHOICE, maximum=200), "what is released; an empty list says nothing is held"
        )
    },
)

REASON: Final[Form[str]] = record(lambda reason: reason, {"reason": required(PROSE, "why, in words")})
