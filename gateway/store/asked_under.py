"""The queries that were asked under a case."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select

from gateway.store.tables import queries


def asked_under(connection: Connection, agency: str, case: bytes) -> Sequence[str]:
    """Their ids, the latest first; `case` is the case's tag."""
    found = (
        select(queries.c.id)
        .where(queries.c.agency == agency, queries.c.case_reference == case)
        .order_by(queries.c.asked_at.desc(), queries.c.id)
    )
    return connection.execute(found).scalars().all()
