"""Emergency accesses, to be looked at afterwards, and digests of the words they were claimed with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, insert, select, update

from gateway.awaiting import UNREVIEWED, Emergency
from gateway.store.oversight_tables import emergency_words
from gateway.store.reviews import notify
from gateway.store.tables import emergencies
from gateway.store.timers import set_timer
from gateway.vault import Vault

REVIEW_DUE: Final = "emergency-review"
"""The timer of an access that must be reviewed."""


class Emergencies:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def open(self, connection: Connection, emergency: Emergency) -> None:
        """Record an emergency access with the notice to the custodian's privacy officer and its timer."""
        connection.execute(insert(emergencies).values(**self._row(emergency)))
        set_timer(connection, REVIEW_DUE, emergency.id, emergency.custodian, emergency.review_due)
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
            found = found.where(emergencies.c.state.in_(UNREVIEWED if state == "open" else (state,)))
        return [self._read(row) for row in connection.execute(found).mappings()]

    def opened_today(self, connection: Connection, agency: str, actor: str, at: datetime) -> int:
        """How many queries of a person relied on an exception today (UTC)."""
        counted = select(func.count(func.distinct(emergencies.c.query))).where(
            emergencies.c.actor == self.tag(agency, actor), emergencies.c.day == at.date().isoformat()
        )
        return int(connection.execute(counted).scalar_one())

    def is_overdue(self, connection: Connection, agency: str, actor: str, at: datetime) -> bool:
        """Whether an access of a person waits for a review that was due, told so by a timer or not yet."""
        late = select(emergencies.c.id).where(
            emergencies.c.actor == self.tag(agency, actor),
            emergencies.c.state == "open",
            emergencies.c.review_due < at,
        )
        return connection.execute(late.limit(1)).first() is not None

    def every(self, connection: Connection, since: datetime | None) -> Sequence[Emergency]:
        """Every access, or those opened from an instant on."""
        found = select(emergencies).order_by(emergencies.c.opened_at)
        if since is not None:
            found = found.where(emergencies.c.opened_at >= since)
        return [self._read(row) for row in connection.execute(found).mappings()]

    def is_unjustified(self, connection: Connection, query: str) -> bool:
        """Whether somebody found that an exception should not have been used for a query."""
        found = select(emergencies).where(emergencies.c.query == query)
        return any(self._read(row).finding == "unjustified" for row in connection.execute(found).mappings())

    def words_used(
        self, connection: Connection, agency: str, actor: str, texts: Sequence[str]
    ) -> tuple[frozenset[int], frozenset[int]]:
        """Which of these texts the person, and which the agency, has claimed an emergency with before."""
        digests = {self._vault.tag("emergency-words", f"{agency}\0{text}"): n for n, text in enumerate(texts)}
        found = select(emergency_words.c.digest, emergency_words.c.actor).where(
            emergency_words.c.digest.in_(digests)
        )
        known = [(digests[digest], tag) for digest, tag in connection.execute(found)]
        own = self.tag(agency, actor)
        return frozenset(n for n, tag in known if tag == own), frozenset(n for n, _ in known)

    def keep_words(
        self, connection: Connection, agency: str, actor: str, texts: Sequence[str], query: str, at: datetime
    ) -> None:
        """Keep keyed digests of a claim's texts, and nothing of their words."""
        rows = [
            {
                "digest": self._vault.tag("emergency-words", f"{agency}\0{text}"),
                "query": query,
                "agency": agency,
                "actor": self.tag(agency, actor),
                "at": at,
            }
            for text in texts
        ]
        connection.execute(insert(emergency_words), rows)

    def found(self, connection: Connection, emergency: Emergency) -> None:
        row = self._row(emergency)
        connection.execute(update(emergencies).where(emergencies.c.id == emergency.id).values(**row))

    def tag(self, agency: str, actor: str) -> bytes:
        """What stands for a person in other tables."""
        return self._vault.tag("actor", f"{agency}\0{actor}")

    def _row(self, emergency: Emergency) -> dict[str, Any]:
        sealed = {
            "actor": emergency.actor,
            "ground": emergency.ground,
            "finding": emergency.finding,
            "found_by": emergency.found_by,
            "statement": emergency.statement,
            "recipient": emergency.recipient,
            "flags": list(emergency.flags),
        }
        return {
            "id": emergency.id,
            "query": emergency.query,
            "requester": emergency.requester,
            "custodian": emergency.custodian,
            "actor": self.tag(emergency.requester, emergency.actor),
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
            blank,
            finding=opened["finding"],
            found_by=opened["found_by"],
            statement=opened["statement"],
            recipient=opened.get("recipient", ""),
            flags=tuple(opened.get("flags", ())),
        )
