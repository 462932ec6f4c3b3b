"""Keys under which a request was carried out, with a fingerprint of it; neither is kept as it came."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Connection, bindparam, insert, select

from gateway.store.hot import Hot
from gateway.store.tables import idempotency
from gateway.vault import Vault

_BY_KEY: Final = Hot(
    select(idempotency.c.query, idempotency.c.fingerprint).where(
        idempotency.c.agency == bindparam("agency"), idempotency.c.key == bindparam("key")
    )
)
_ADD_KEY: Final = Hot(insert(idempotency))


class IdempotencyKeys:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def repeated(
        self, connection: Connection, agency: str, key: str, fingerprint: str
    ) -> tuple[str, bool] | None:
        """The query or offer a key was used for, and whether for this very request; None if unused."""
        named = {"agency": agency, "key": self._vault.tag("idempotency", key)}
        for query, printed in _BY_KEY.rows(connection, named):
            return query, printed == self._vault.tag("fingerprint", fingerprint)
        return None

    def remember(self, connection: Connection, agency: str, key: str, fingerprint: str, id: str) -> None:
        """Keep a key with the query or offer it was used for."""
        row = {
            "agency": agency,
            "key": self._vault.tag("idempotency", key),
            "fingerprint": self._vault.tag("fingerprint", fingerprint),
            "query": id,
        }
        _ADD_KEY.run(connection, row)
