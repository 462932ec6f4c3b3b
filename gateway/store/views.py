"""Views on a decided review: what each side says of it, kept beside each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from gateway.store.oversight_tables import review_views
from gateway.vault import Vault


@dataclass(frozen=True, slots=True)
class ReviewView:
    """What an officer of one side says of how a review was decided."""

    id: str
    review: str
    agency: str
    user: str
    statement: str
    at: datetime


class Views:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def add(self, connection: Connection, view: ReviewView) -> None:
        sealed = self._vault.seal(f"view/{view.id}", {"user": view.user, "statement": view.statement})
        row = {
            "id": view.id,
            "review": view.review,
            "agency": view.agency,
            "at": view.at,
            "sealed": sealed,
        }
        connection.execute(insert(review_views).values(**row))

    def of(self, connection: Connection, review: str) -> Sequence[ReviewView]:
        """Of one review, the oldest first."""
        found = select(review_views).where(review_views.c.review == review)
        views = []
        for row in connection.execute(found.order_by(review_views.c.at, review_views.c.id)).mappings():
            opened: dict[str, Any] = self._vault.open(f"view/{row['id']}", row["sealed"])
            views.append(
                ReviewView(
                    row["id"], row["review"], row["agency"], opened["user"], opened["statement"], row["at"]
                )
            )
        return views
