"""What waits for a person: custodians' reviews, emergencies to look at afterwards; and who is told."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from agreements.terms import Category
from gateway.awaiting import WAITING, Emergency, FirstRelease, Review
from gateway.store.tables import emergencies, notices, reviews
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


class Emergencies:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def open(self, connection: Connection, emergency: Emergency) -> None:
        """Record an emergency access together with the notice to the custodian's privacy officer."""
        connection.execute(insert(emergencies).values(**self._row(emergency)))
        for agency in sorted({emergency.custodian, emergency.requester}):
            notify(
                connection, agency, "privacy-officer", "emergency-opened", emergency.id, emergency.opened_at
            )

    def get(self, connection: Connection, id: str) -> Emergency | None:
        row = connection.execute(select(emergencies).where(emergencies.c.id == id)).mappings().first()
        return None if row is None else self._read(row)

    def of(self, connection: Connection, agency: str, state: str | None) -> Sequence[Emergency]:
        mine = (emergencies.c.custodian == agency) | (emergencies.c.requester == agency)
        found = select(emergencies).where(mine).order_by(emergencies.c.opened_at)
        if state is not None:
            found = found.where(emergencies.c.state == state)
        return [self._read(row) for row in connection.execute(found).mappings()]

    def opened_today(self, connection: Connection, agency: str, actor: str, at: datetime) -> int:
        """How many queries of a person relied on an exception today (UTC)."""
        counted = select(func.count(func.distinct(emergencies.c.query))).where(
            emergencies.c.actor == self._tag(agency, actor), emergencies.c.day == at.date().isoformat()
        )
        return int(connection.execute(counted).scalar_one())

    def found(self, connection: Connection, emergency: Emergency) -> None:
        row = self._row(emergency)
        connection.execute(update(emergencies).where(emergencies.c.id == emergency.id).values(**row))

    def _tag(self, agency: str, actor: str) -> bytes:
        return self._vault.tag("actor", f"{agency}\0{actor}")

    def _row(self, emergency: Emergency) -> dict[str, Any]:
        sealed = {
            "actor": emergency.actor,
            "ground": emergency.ground,
            "finding": emergency.finding,
            "found_by": emergency.found_by,
            "statement": emergency.statement,
        }
        return {
            "id": emergency.id,
            "query": emergency.query,
            "requester": emergency.requester,
            "custodian": emergency.custodian,
            "actor": self._tag(emergency.requester, emergency.actor),
            "day": emergency.opened_at.date().isoformat(),
            "state": emergency.state,
            "opened_at": emergency.opened_at,
            "expires_at": emergency.expires_at,
            "review_due": emergency.review_due,
            "sealed": self._vault.seal(f"emergency/{emergency.id}", sealed),
        }

    def _read(self, row: RowMapping) -> Emergency:
        opened = self._vault.open(f"emergency/{row['id']}", row["sealed"])
        columns = {
            name: row[name]
            for name in (
                "id", "query", "requester", "custodian", "state", "opened_at", "expires_at", "review_due"
            )
        }  # fmt: skip
        blank = Emergency(**columns, actor=opened["actor"], ground=opened["ground"])
        return replace(
            blank, finding=opened["finding"], found_by=opened["found_by"], statement=opened["statement"]
        )


def notify(connection: Connection, agency: str, role: str, kind: str, about: str, at: datetime) -> None:
    """Leave a notice, which names ids only, for a role of an agency."""
    row = {"id": new_id("ntc"), "agency": agency, "role": role, "kind": kind, "about": about, "at": at}
    connection.execute(insert(notices).values(**row))


def new_id(prefix: str) -> str:
    """An unguessable id."""
    return f"{prefix}_{secrets.token_hex(12)}"
