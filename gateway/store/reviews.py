"""What waits for a person at the custodian; and who is told."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from agreements.terms import Category
from gateway.awaiting import WAITING, FirstRelease, Review
from gateway.store.tables import notices, reviews
from gateway.vault import Vault


class Reviews:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def open(self, connection: Connection, review: Review) -> None:
        connection.execute(insert(reviews).values(**self._row(review)))

    def get(self, connection: Connection, id: str) -> Review | None:
        row = connection.execute(select(reviews).where(reviews.c.id == id)).mappings().first()
        return None if row is None else self._read(row)

    def of(self, connection: Connection, custodian: str, state: str | None) -> Sequence[Review]:
        """A custodian's reviews; `open` are all that somebody must still decide, half decided ones too."""
        found = select(reviews).where(reviews.c.custodian == custodian).order_by(reviews.c.opened_at)
        if state is not None:
            found = found.where(reviews.c.state.in_(WAITING if state == "open" else (state,)))
        return [self._read(row) for row in connection.execute(found).mappings()]

    def of_query(self, connection: Connection, query: str) -> Sequence[Review]:
        """The reviews that a query waits or waited for."""
        found = select(reviews).where(reviews.c.query == query).order_by(reviews.c.custodian)
        return [self._read(row) for row in connection.execute(found).mappings()]

    def decide(self, connection: Connection, review: Review) -> None:
        row = self._row(review)
        connection.execute(update(reviews).where(reviews.c.id == review.id).values(**row))

    def _row(self, review: Review) -> dict[str, Any]:
        return {
            "id": review.id,
            "query": review.query,
            "custodian": review.custodian,
            "state": review.state,
            "opened_at": review.opened_at,
            "sealed": self._vault.seal(
                f"review/{review.id}",
                {
                    "categories": [category.value for category in review.categories],
                    "awaits": list(review.awaits),
                    "decided_by": review.decided_by,
                    "reason": review.reason,
                    "due": review.due and review.due.isoformat(),
                    "first": review.first and _first_stored(review.first),
                },
            ),
        }

    def _read(self, row: RowMapping) -> Review:
        opened: dict[str, Any] = self._vault.open(f"review/{row['id']}", row["sealed"])
        return Review(
            id=row["id"],
            query=row["query"],
            custodian=row["custodian"],
            state=row["state"],
            opened_at=row["opened_at"],
            categories=tuple(map(Category, opened["categories"])),
            awaits=tuple(opened["awaits"]),
            decided_by=opened["decided_by"],
            reason=opened["reason"],
            due=datetime.fromisoformat(opened["due"]) if opened.get("due") else None,
            first=_first_read(opened["first"]) if opened.get("first") else None,
        )


def _first_stored(first: FirstRelease) -> dict[str, Any]:
    items = [[id, sorted(fields)] for id, fields in first.items]
    return {"by": first.by, "items": items, "text": first.text}


def _first_read(stored: dict[str, Any]) -> FirstRelease:
    items = tuple((id, frozenset(fields)) for id, fields in stored["items"])
    return FirstRelease(stored["by"], items, stored["text"])


def notify(connection: Connection, agency: str, role: str, kind: str, about: str, at: datetime) -> None:
    """Leave a notice, which names ids only, for a role of an agency."""
    row = {"id": new_id("ntc"), "agency": agency, "role": role, "kind": kind, "about": about, "at": at}
    connection.execute(insert(notices).values(**row))


def new_id(prefix: str) -> str:
    """An unguessable id."""
    return f"{prefix}_{secrets.token_hex(12)}"
