"""Which client assertions were used, for every process that shares the store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import delete, insert, select

from gateway.store.store import Store
from gateway.store.tables import used_assertions as used
from gateway.store.transaction import Transaction
from gateway.vault import Vault


class UsedAssertions:
    """The durable memory behind `gateway.identity.ReplayMemory`."""

    def __init__(self, store: Store, vault: Vault, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    async def first_use(self, issuer: str, jti: str, until: datetime) -> bool:
        """Remember an assertion until it expires; False when it was used before."""
        tag, now = self._vault.tag("jti", jti), self._clock()

        def remember(transaction: Transaction) -> bool:
            connection = transaction.connection
            connection.execute(delete(used).where(used.c.until < now))
            known = select(used.c.issuer).where(used.c.issuer == issuer, used.c.jti == tag)
            if connection.execute(known).first() is not None:
                return False
            connection.execute(insert(used).values(issuer=issuer, jti=tag, until=until))
            return True

        return (await self._store.write(remember)).value
