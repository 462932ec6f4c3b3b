"""Sessions of the console as kept: by a keyed digest of the secret, sealed but for agency and times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update

from gateway.identity import Actor, Requester
from gateway.store.tables import sessions
from gateway.vault import Vault


@dataclass(frozen=True, slots=True)
class Session:
    """A person signed in to the console, in the role they act in now.

    `authenticated_at` is when their agency's provider last saw them prove who they are. `csrf` stands in
    every form of theirs. Times are UTC.
    """

    key: bytes
    requester: Requester
    roles: tuple[str, ...]
    started_at: datetime
    seen_at: datetime
    authenticated_at: datetime
    csrf: str


class SessionRows:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def key(self, secret: str) -> bytes:
        """What stands for a session's secret in the store."""
        return self._vault.tag("session", secret)

    def add(self, connection: Connection, session: Session) -> None:
        connection.execute(insert(sessions).values(**self._row(session)))

    def find(self, connection: Connection, secret: str) -> Session | None:
        found = select(sessions).where(sessions.c.id == self.key(secret))
        row = connection.execute(found).mappings().first()
        if row is None:
            return None
        opened: dict[str, Any] = self._vault.open(_place(row["id"]), row["sealed"])
        return Session(
            key=row["id"],
            requester=Requester(row["agency"], Actor(opened["id"], opened["name"], opened["role"])),
            roles=tuple(opened["roles"]),
            started_at=row["started_at"],
            seen_at=row["seen_at"],
            authenticated_at=datetime.fromisoformat(opened["authenticated_at"]),
            csrf=opened["csrf"],
        )

    def change(self, connection: Connection, session: Session) -> None:
        connection.execute(update(sessions).where(sessions.c.id == session.key).values(**self._row(session)))

    def remove(self, connection: Connection, key: bytes) -> None:
        connection.execute(delete(sessions).where(sessions.c.id == key))

    def remove_over(self, connection: Connection, started_by: datetime, seen_by: datetime) -> None:
        """Forget every session that began, or was last used, at or before these instants."""
        over = or_(sessions.c.started_at <= started_by, sessions.c.seen_at <= seen_by)
        connection.execute(delete(sessions).where(over))

    def _row(self, session: Session) -> dict[str, Any]:
        actor = session.requester.actor
        sealed = {
            "id": actor.id,
            "name": actor.name,
            "role": actor.role,
            "roles": list(session.roles),
            "authenticated_at": session.authenticated_at.isoformat(),
            "csrf": session.csrf,
        }
        return {
            "id": session.key,
            "agency": session.requester.agency,
            "started_at": session.started_at,
            "seen_at": session.seen_at,
            "sealed": self._vault.seal(_place(session.key), sealed),
        }


def _place(key: bytes) -> str:
    return f"session/{key.hex()}"
